"""bigmodel_nb: how big models are built, in Jupyter.

The package is the machinery behind the chapters in `notebooks/`. Each layer knows only those
below it, and the same file name in each of them is one idea, top to bottom:
`maths/descent.py`, `figures/descent.py`, `widgets/descent.py`, `exercises/descent`.

    maths       the algorithms as a book would state them: NumPy arrays in, NumPy arrays out
    data        data sets in parts, texts, tokenizers: ready without a network, or on request
    models      networks, built with Keras from records that say what they are
    training    fit and its Run; finders, estimates, and what this computer offers
    evaluation  why a model answers as it does: saliency, Grad-CAM, receptive fields
    figures     pictures that are drawn once and then updated; matplotlib, never pyplot
    widgets     explorers: the mathematics under sliders, for a notebook
    exercises   checks that name what is wrong, hints in steps, solutions
    progress    the reader's predictions and results, kept in one file on this computer

A chapter imports by idea, and so can you:

    from bigmodel_nb.widgets import DescentExplorer
    DescentExplorer()

Importing `bigmodel_nb` itself loads none of these and nothing heavy; a layer is loaded when it is
first used, and TensorFlow when something first needs it. Its start-up messages are kept out of
the way then (`bigmodel_nb.quiet` says how, and how to have them back).
"""

from __future__ import annotations

import importlib
from types import ModuleType

from bigmodel_nb import quiet

__version__ = "0.1.0"

_LAYERS = ("data", "evaluation", "exercises", "figures", "maths", "models", "progress", "training", "widgets")

quiet.install()


def __getattr__(name: str) -> ModuleType:
    if name in _LAYERS:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAYERS})
