"""The report on the machine at hand, in this process and in processes set up otherwise."""

from __future__ import annotations

import json
import os

import pytest

from bigmodel_nb.training import report

REPORT = """
import bigmodel_nb
from bigmodel_nb.training import report
"""


@pytest.mark.tensorflow
def test_the_report_on_this_machine():
    import tensorflow as tf

    found = report()
    assert found.backend.name == "tensorflow" and found.backend.version == tf.__version__
    assert len(found.gpus) == len(tf.config.get_visible_devices("GPU"))
    assert found.xla.works is True and report().xla is found.xla
    assert found.line.count("\n") == 0 and tf.__version__ in found.line
    topics = [topic for topic, _said in found.rows]
    for topic in ("Processor", "Memory", "Back end", "GPU", "XLA", "Precision", "Threads"):
        assert topic in topics and f"\n{topic}" in "\n" + repr(found)
    assert found._repr_html_().count("<tr>") == len(found.rows)


@pytest.mark.tensorflow
def test_the_record_of_the_report_survives_json():
    record = report(try_xla=False).to_dict()
    assert json.loads(json.dumps(record)) == record
    assert record["processor"]["logical"] == os.cpu_count()


@pytest.mark.process
def test_a_hidden_card_is_explained(python, tmp_path):
    """nvidia-smi stands in PATH and names a card; CUDA_VISIBLE_DEVICES hides it, and says the report."""
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'Tesla T4, 15360, 550.54, 7.5, 70.00'\n")
    program.chmod(0o755)
    said = python(
        REPORT + "found = report(try_xla=False)\nprint(found.line)\nprint(found.unused[0])",
        CUDA_VISIBLE_DEVICES="-1",
        PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
    ).stdout
    assert "no GPU in use" in said
    assert "Tesla T4 is there and is not used: CUDA_VISIBLE_DEVICES is '-1', which hides it." in said
    assert "unset CUDA_VISIBLE_DEVICES, then restart the kernel" in said


@pytest.mark.process
def test_a_processor_divided_into_virtual_devices(python):
    said = python(
        """
import bigmodel_nb
import tensorflow as tf
two = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], two)
from bigmodel_nb.training import report
tf.config.threading.set_intra_op_parallelism_threads(1)
found = report()
print(found.backend.cpu_devices, found.xla.works, found.threads.intra)
print(found.threads)
print(len(tf.config.list_logical_devices("CPU")))
"""
    ).stdout.splitlines()
    assert said[0] == "2 True 1" and said[1].startswith("Set by you: 1") and said[2] == "2"


@pytest.mark.process
def test_importing_it_loads_no_framework(python):
    code = """
import sys
from bigmodel_nb.training import hardware, schedules
hardware.choose_precision(hardware.Device("T4", capability=(7, 5)))
hardware.find_processor(), hardware.find_memory()
print([name for name in ("keras", "tensorflow", "jax", "torch") if name in sys.modules])
"""
    assert python(code).stdout.strip() == "[]"
