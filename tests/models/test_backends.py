"""The same networks on JAX and PyTorch: every `checks_*.py` here, in a process of its own for each.

On TensorFlow the same checks run in the test process (`test_networks.py`, `test_transformer.py`).
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = sorted(path.stem for path in HERE.glob("checks_*.py"))

# One process for all files: importing a framework takes longer than most checks.
CHILD = """
import importlib, json, sys, traceback
sys.path.insert(0, sys.argv[1])
import bigmodel_nb, keras
print(json.dumps(["backend", keras.backend.backend()]))
for file in sys.argv[2:]:
    for check in importlib.import_module(file).CHECKS:
        try:
            check()
            wrong = ""
        except Exception:
            wrong = traceback.format_exc()
        print(json.dumps([f"{file}.{check.__name__}", wrong]), flush=True)
"""


def reports(output: str) -> dict[str, str]:
    """What the child said: check -> what went wrong, empty where nothing did."""
    return dict(json.loads(line) for line in output.splitlines() if line.startswith('["'))


def expected() -> set[str]:
    """The checks by name, read from the files: one that a child leaves out would go unnoticed."""
    return {
        f"{file}.{line.split()[1].partition('(')[0]}"
        for file in FILES
        for line in (HERE / f"{file}.py").read_text(encoding="utf-8").splitlines()
        if line.startswith("def check_")
    }


@pytest.mark.process
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_same_checks_pass(backend):
    if importlib.util.find_spec(backend) is None:
        pytest.fail(f"{backend} is not installed, so nothing is known of it; `make test` installs it", False)
    ran = subprocess.run(
        [sys.executable, "-c", CHILD, str(HERE), *FILES],
        env={
            **os.environ,
            "KERAS_BACKEND": backend,
            "JAX_PLATFORMS": "cpu",
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # compiling is what takes long here, not computing
            "CUDA_VISIBLE_DEVICES": "",
        },
        capture_output=True,
        text=True,
        timeout=900,
    )
    found = reports(ran.stdout)
    assert ran.returncode == 0, ran.stderr[-4000:]
    assert found.pop("backend") == backend
    wrong = [f"{name}\n{what}" for name, what in found.items() if what]
    assert not wrong, "\n".join(wrong)
    assert set(found) == expected() and len(found) >= 15


def test_a_check_that_fails_is_seen():
    said = 'noise\n["backend", "jax"]\n["a.check_b", ""]\n["a.check_c", "AssertionError"]\n'
    assert reports(said) == {"backend": "jax", "a.check_b": "", "a.check_c": "AssertionError"}
