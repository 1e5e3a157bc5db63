"""What every test shares: a home of its own, so that no test reads or writes the user's; which
tests share a worker; and Python processes to ask questions of."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from bigmodel_nb import quiet

ROOT = Path(__file__).resolve().parents[1]

# Set here, not in a fixture: kernels, servers and workers that tests start inherit them.
_home = tempfile.TemporaryDirectory(prefix="bigmodel-tests-", ignore_cleanup_errors=True)
for _name, _folder in {
    "BIGMODEL_CACHE": "data",
    "BIGMODEL_PROGRESS": "progress.json",
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "jupyter/config",
    "JUPYTER_DATA_DIR": "jupyter/data",
    "JUPYTER_RUNTIME_DIR": "jupyter/runtime",
    "MPLCONFIGDIR": "matplotlib",
}.items():
    os.environ[_name] = os.path.join(_home.name, _folder)
os.environ.pop("BIGMODEL_LANGUAGE", None)
os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"

quiet.install()  # before a test imports TensorFlow

# The machine may be slow and shared; a build tries the same examples each time.
settings.register_profile("course", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("course")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """One worker imports TensorFlow and one drives the browser; what takes long comes first. The rest
    of a file stays together, so that what its tests share is made once; chapters go one by one."""
    for item in items:
        if "keras" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("tensorflow"):
            item.add_marker(pytest.mark.tensorflow)
        if not any(map(item.get_closest_marker, ("xdist_group", "notebook"))):
            shared = [name for name in ("browser", "tensorflow") if item.get_closest_marker(name)]
            item.add_marker(pytest.mark.xdist_group(shared[0] if shared else item.nodeid.partition("::")[0]))
    items.sort(key=_cost)


def _cost(item):
    for rank, marker in enumerate(("browser", "notebook", "tensorflow", "process")):
        if item.get_closest_marker(marker):
            return rank
    return 9


@pytest.fixture(scope="session")
def keras():
    """Keras, as an oracle and to be trained: imported once for the whole run, where a test asks for it."""
    import keras

    return keras


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def chapters(root) -> list[Path]:
    """The notebooks of the course, in order."""
    return sorted((root / "notebooks").glob("*.ipynb"))


@pytest.fixture(autouse=True)
def the_same_weights():
    """Keras draws the seeds of first weights from Python's generator: the same ones in each run of a test."""
    random.seed(20)


@pytest.fixture
def python():
    """Runs code in a fresh Python and returns the finished process; keyword arguments are environment
    variables, None takes one away. It fails where the code fails, unless `fails=True`."""

    def run(code: str, fails: bool = False, **environment: str | None) -> subprocess.CompletedProcess[str]:
        known = {**os.environ, **environment}
        process = subprocess.run(
            [sys.executable, "-c", code],
            env={name: value for name, value in known.items() if value is not None},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert (process.returncode != 0) == fails, process.stderr
        return process

    return run
