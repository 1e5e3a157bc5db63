"""What this computer offers for training, what of it will be used, and why: `report()`.

    report()                # cores, memory, GPUs, TensorFlow, XLA, precision, threads
    report().line           # all that in one line, for the first cell of a chapter

    processor   cores and memory, and what a container leaves of them
    cards       graphics cards that the system knows of
    backends    what Keras computes with, and the accelerators it sees
    unused      why a card that is there is not used, and what mends it
    xla         whether XLA works, by a trial
    settings    memory growth and threads, set before TensorFlow starts
    precision   in how many bits to compute
    summary     the report itself

What concerns GPUs is tested with lists of devices made up for the tests, and was not run on a GPU.
"""

from __future__ import annotations

from bigmodel_nb.training.hardware.precision import Device, Precision, choose_precision
from bigmodel_nb.training.hardware.processor import Memory, Processor, find_memory, find_processor
from bigmodel_nb.training.hardware.summary import Report, report
from bigmodel_nb.training.hardware.unused import Unused
from bigmodel_nb.training.hardware.xla import Xla, try_xla

__all__ = [
    "Device",
    "Memory",
    "Precision",
    "Processor",
    "Report",
    "Unused",
    "Xla",
    "choose_precision",
    "find_memory",
    "find_processor",
    "report",
    "try_xla",
]
