# ruff: noqa: E501  (a fault, what is said of it and what mends it stand on one line)
"""The doctor says OK where all is well, and of every fault that it knows what it is and what mends it.

The faults are made: an empty environment, packages that fail to import with the words of the real
ones, kernels and settings where Jupyter looks for them, folders that cannot be written.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections import namedtuple
from pathlib import Path

import pytest

from bigmodel_nb import cli
from bigmodel_nb.cli import course
from bigmodel_nb.cli.doctor import (
    child,
    finding,
    frameworks,
    installation,
    jupyter,
    machine,
    one_line,
    report,
)

OK, LIMIT, WRONG = finding.OK, finding.LIMIT, finding.WRONG


@pytest.fixture(autouse=True)
def plain(monkeypatch, tmp_path):
    """A folder of the reader's own; nothing that this computer's user has set."""
    for name in ("KERAS_BACKEND", "KERAS_HOME", "CUDA_VISIBLE_DEVICES", "COLAB_RELEASE_TAG", "VIRTUAL_ENV",
                 "CONDA_PREFIX", "http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """`fake("tensorflow", code)` is a module that is imported instead of the real one."""
    folder = tmp_path / "fake"

    def make(name: str, code: str) -> None:
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "__init__.py").write_text(code)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))

    return make


# -- where all is well, and where nothing is there ------------------------------------------------


@pytest.mark.process
def test_this_environment_will_do(root, tmp_path):
    """The real thing, as the reader types it: TensorFlow is imported, a kernel started."""
    for options in ([], ["--line"]):
        ran = subprocess.run(
            [Path(sys.executable).with_name("bigmodel"), "doctor", *options],
            capture_output=True, text=True, timeout=400,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "WRONG" not in ran.stdout and ran.stderr == ""
        if options:
            assert ran.stdout.count("\n") == 1 and ran.stdout.endswith("will run\n")
            assert str(tmp_path) not in ran.stdout and str(root) not in ran.stdout
        else:
            topics = [line.split()[1] for line in ran.stdout.splitlines() if line.startswith("OK")]
            assert {"Python", "TensorFlow", "Keras", "JupyterLab", "Kernel", "Widgets"} <= set(topics)
        for name in ("tensorflow", "keras", "jupyterlab", "ipykernel", "ipywidgets"):
            assert installation.version(name) in ran.stdout
    assert list(Path.cwd().iterdir()) == [], "the doctor leaves nothing behind"


@pytest.mark.process
def test_an_environment_without_anything(root, tmp_path):
    """Python alone: the doctor needs nothing else, and names all that is missing."""
    venv.create(tmp_path / "venv", with_pip=False)
    program = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    ran = subprocess.run(
        [program, "-m", "bigmodel_nb", "doctor"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 1 and ran.stderr == "", ran.stderr
    lines = ran.stdout.splitlines()
    wrong = [line.split()[1] for line in lines if line.startswith("WRONG")]
    assert wrong == ["Packages", "NumPy", "JupyterLab", "Kernel", "Widgets"]
    assert sum("mend it: " in line and "pip install" in line for line in lines) == 5
    assert "-m pip install 'numpy>=2.0'" in ran.stdout
    assert lines[-1].startswith("The course will not run here until the 5 lines marked WRONG are mended")


# -- Python and its environment -------------------------------------------------------------------


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 14, 0), (2, 7, 18)])
def test_a_python_that_does_not_suit(version):
    found = installation.examine_python(version)
    assert found.level == WRONG and ".".join(map(str, version)) in found.said and "3.12" in found.mend


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 1), (3, 13, 9)])
def test_a_python_that_suits(version):
    assert installation.examine_python(version, "Linux x86_64").level == OK


def test_a_mac_with_an_intel_processor():
    found = installation.examine_python((3, 12, 1), "Darwin x86_64")
    assert found.level == WRONG and "Intel" in found.said and "Colab" in found.mend


def test_no_virtual_environment(monkeypatch):
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)
    found = installation.examine_environment()
    assert found.level == LIMIT and "-m venv" in found.mend
    monkeypatch.setenv("CONDA_PREFIX", sys.prefix)
    assert installation.examine_environment().level == OK


def test_another_environment_is_activated(monkeypatch, tmp_path):
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path))
    found = installation.examine_environment()
    assert found.level == LIMIT and str(tmp_path) in found.said


@pytest.mark.parametrize(
    ("found", "wanted", "suits"),
    [
        ("2.20.0", ">=2.20,<3", True),
        ("2.19.1", ">=2.20,<3", False),
        ("3.0", ">=2.20,<3", False),
        ("3.0.0rc1", ">=2.20,<3", False),
        ("7.7.1", ">=7.7.1,<9", True),
        ("10.0", ">=9", True),
        ("4", "", True),
    ],
)
def test_versions_are_compared_as_numbers(found, wanted, suits):
    assert installation.suits(found, wanted) is suits


def test_a_package_that_is_too_old(monkeypatch):
    real = installation.version
    monkeypatch.setattr(installation, "version", lambda name: "3.7.1" if name == "matplotlib" else real(name))
    found = installation.examine_packages()
    assert found.level == WRONG and "matplotlib: 3.7.1 is installed; the course needs >=3.10" in found.said
    assert found.mend.endswith("-m pip install 'matplotlib>=3.10'")


def test_an_installation_without_chapters(monkeypatch, tmp_path):
    monkeypatch.setattr(course, "__file__", str(tmp_path / "bigmodel_nb" / "cli" / "course.py"))
    found = installation.examine_course()
    assert found.level == WRONG and "pip install" in found.mend


@pytest.mark.parametrize("name", ["tensorflow.py", "random.py", "numpy.py"])
def test_a_file_that_hides_a_package(name):
    Path(name).write_text("")
    (found,) = installation.examine_shadows([Path.cwd()])
    assert found.level == WRONG and name in found.said and found.mend.startswith("mv ")


# -- TensorFlow, Keras, NumPy ---------------------------------------------------------------------

FINE_NUMPY = "__version__ = '2.1.3'"
FINE_TENSORFLOW = """
__version__ = "2.20.0"
class test: is_built_with_cuda = lambda: True
class config: list_physical_devices = lambda kind: []
constant, reduce_sum = list, sum
"""
FINE_KERAS = """
__version__ = "3.13.2"
class backend: backend = lambda: "tensorflow"
class ops: ones = softmax = sum = lambda x: 1.0
"""


@pytest.fixture
def fine(fake):
    fake("numpy", FINE_NUMPY)
    fake("tensorflow", FINE_TENSORFLOW)
    fake("keras", FINE_KERAS)


def test_the_stand_ins_are_well(fine):
    assert [found.level for found in frameworks.examine(frameworks.ask())] == [OK, OK]


@pytest.mark.parametrize(
    ("code", "said", "mend"),
    [
        ("raise ModuleNotFoundError(\"No module named 'tensorflow'\")", "is not installed", "pip install 'tensorflow>="),
        ("import nothing_of_this_name", "it lacks nothing_of_this_name", "--force-reinstall"),
        ("raise ImportError('numpy.core.multiarray failed to import')", "does not fit NumPy 2.1.3", "numpy"),
        ("raise ValueError('numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C"
         " header, got 88 from PyObject')", "does not fit NumPy 2.1.3", "numpy"),
        ("raise ImportError('A module that was compiled using NumPy 1.x cannot be run in\\nNumPy 2.1.3 as it"
         " may crash.')", "does not fit NumPy 2.1.3", "numpy"),
        ("raise TypeError('Descriptors cannot be created directly.\\nIf this call came from a _pb2.py file')",
         "does not fit the installed protobuf", "protobuf"),
        ("raise ImportError(\"/lib/libm.so.6: version `GLIBC_2.29' not found\")", "newer system library", "Linux"),
        ("raise ImportError('DLL load failed while importing _pywrap_tensorflow_internal: not found')",
         "lacks a Windows library", "vc_redist"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGILL)", "AVX", "Colab"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "memory runs out", "close other programs"),
        ("import os; os._exit(7)", "it ended with status 7", "--force-reinstall"),
        ("raise RuntimeError('something new')", "RuntimeError: something new", "--force-reinstall"),
        ("__version__ = '2.20.0'", "has no attribute 'reduce_sum'", "--force-reinstall"),
        (FINE_TENSORFLOW.replace("2.20.0", "2.12.0"), "2.12.0 is installed; the course needs >=2.20", "tensorflow>=2.20"),
        (FINE_TENSORFLOW.replace("sum\n", "len\n"), "1 + 2 + 3 gives 3.0", "--force-reinstall"),
    ],
)  # fmt: skip
def test_a_tensorflow_that_does_not_work(fine, fake, code, said, mend):
    fake("tensorflow", code)
    found = frameworks.examine(frameworks.ask())[0]
    assert (found.level, found.topic) == (WRONG, "TensorFlow")
    assert said in found.said and mend in found.mend


def test_a_tensorflow_that_hangs(fine, fake, monkeypatch):
    """Also what it started is ended."""
    fake("tensorflow", "import subprocess, time\nsubprocess.Popen(['sleep', '600'])\ntime.sleep(600)")
    monkeypatch.setattr(frameworks, "PATIENCE", 1.0)
    (found,) = frameworks.examine(frameworks.ask())
    assert found.level == WRONG and found.said == "did not answer within 1 s"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise ModuleNotFoundError(\"No module named 'keras'\")", "is not installed"),
        (FINE_KERAS.replace("3.13.2", "2.15.0"), "2.15.0 is installed; the course needs >=3.10"),
        ("raise ValueError('Unable to import backend : theano')", "Unable to import backend : theano"),
    ],
)
def test_a_keras_that_does_not_work(fine, fake, code, said):
    fake("keras", code)
    tensorflow, keras = frameworks.examine(frameworks.ask())
    assert (tensorflow.level, keras.level, keras.topic) == (OK, WRONG, "Keras")
    assert said in keras.said and "pip install" in keras.mend


def test_a_numpy_that_does_not_work(fine, fake):
    fake(
        "numpy",
        "raise ImportError('Error importing numpy: you should not try to import numpy from its source')",
    )
    (found,) = frameworks.examine(frameworks.ask())
    assert (found.level, found.topic) == (WRONG, "NumPy") and "source" in found.said


def test_what_a_file_in_this_folder_does_to_the_import():
    """As in a notebook, this folder comes first."""
    Path("tensorflow.py").write_text("")
    found = frameworks.examine(frameworks.ask())[0]
    assert found.level == WRONG


@pytest.mark.parametrize(
    ("named", "level", "said"),
    [
        ("tensorflow", OK, "TensorFlow"),
        ("theano", WRONG, "'theano', which Keras does not know"),
        ("jax", WRONG, "asks for jax, which is not installed"),
    ],
)
def test_the_backend_of_keras(monkeypatch, tmp_path, named, level, said):
    monkeypatch.setattr(installation, "version", lambda name: None)
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras" / "keras.json").write_text(json.dumps({"backend": named}))
    from_file = frameworks.examine_backend()
    assert from_file.level == level and said in from_file.said
    assert level == OK or "keras.json" in from_file.mend
    monkeypatch.setenv("KERAS_BACKEND", named)
    found = frameworks.examine_backend()
    assert found.level == level and said in found.said
    assert level == OK or found.mend == "unset KERAS_BACKEND"


def test_another_backend_that_is_there_is_a_limit(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setattr(installation, "version", lambda name: "2.0")
    assert frameworks.examine_backend().level == LIMIT


# -- Jupyter --------------------------------------------------------------------------------------


@pytest.fixture
def without(monkeypatch):
    """`without("jupyterlab")`: packages that count as not installed."""

    def take_away(*names: str) -> None:
        real = installation.version
        monkeypatch.setattr(installation, "version", lambda name: None if name in names else real(name))

    return take_away


def test_no_jupyterlab(without, monkeypatch):
    without("jupyterlab", "notebook")
    found = jupyter.examine_server()
    assert found.level == WRONG and "[lab]" in found.mend
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab-x")
    assert jupyter.examine_server().level == OK


def test_notebook_instead_of_jupyterlab(monkeypatch):
    monkeypatch.setattr(installation, "version", lambda name: {"notebook": "7.4"}.get(name))
    assert jupyter.examine_server().level == LIMIT


def test_no_ipykernel(without):
    without("ipykernel")
    found = jupyter.examine_kernel(child.Answer())
    assert found.level == WRONG and found.mend.endswith("-m pip install ipykernel")


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """`kernel(program)` puts a kernel python3 that runs `program` before that of the environment."""

    def put(program: str, *arguments: str) -> Path:
        folder = tmp_path / "jupyter" / "kernels" / "python3"
        folder.mkdir(parents=True)
        argv = [program, *(arguments or ("-m", "ipykernel_launcher", "-f", "{connection_file}"))]
        (folder / "kernel.json").write_text(
            json.dumps({"argv": argv, "display_name": "x", "language": "python"})
        )
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
        return folder

    return put


@pytest.mark.process
def test_a_kernel_whose_interpreter_is_gone(kernel, tmp_path):
    folder = kernel(str(tmp_path / "gone" / "python"))
    found = jupyter.examine_kernel(jupyter.ask())
    assert found.level == WRONG and "gone/python, which does not exist" in found.said
    assert str(folder) in found.mend and "ipykernel install" in found.mend


@pytest.mark.process
def test_a_kernel_of_a_python_without_ipykernel(kernel, tmp_path):
    venv.create(tmp_path / "venv", with_pip=False)
    kernel(str(tmp_path / "venv" / "bin" / "python"))
    found = jupyter.examine_kernel(jupyter.ask())
    assert found.level == WRONG and "has no ipykernel" in found.said


@pytest.mark.process
def test_a_kernel_of_another_python(kernel, tmp_path, monkeypatch):
    """It has ipykernel, but not the course."""
    venv.create(tmp_path / "venv", with_pip=False)
    program = tmp_path / "venv" / "bin" / "python"
    lent = tmp_path / "lent"
    lent.mkdir()
    # everything of this environment but its .pth files, which lead to the course
    start = f"import sys; sys.path[:] = [p for p in sys.path if p != ''] + {[p for p in sys.path if 'site-packages' in p]!r}"
    start += "\nfrom ipykernel import kernelapp\nkernelapp.launch_new_instance()"
    (lent / "start.py").write_text(start)
    kernel(str(program), str(lent / "start.py"), "-f", "{connection_file}")
    found = jupyter.examine_kernel(jupyter.ask())
    assert found.level == WRONG and "the course is not installed there" in found.said, found
    assert str(program) in found.said


@pytest.mark.process
def test_a_kernel_that_ends_at_once(kernel):
    kernel(sys.executable, "-c", "raise SystemExit(3)")
    found = jupyter.examine_kernel(jupyter.ask())
    assert found.level == WRONG and "does not start" in found.said


def test_a_jupyter_that_does_not_import(fake):
    fake("jupyter_client", "raise ImportError('cannot import name X from zmq')")
    found = jupyter.examine_kernel(jupyter.ask())
    assert found.level == WRONG and "cannot import name X from zmq" in found.said


@pytest.fixture
def shown(tmp_path):
    """What the kernel and the server would answer, where all is well; keywords change it."""

    def facts(
        ipywidgets: str | None = "8.1.7", manager: str | None = "5.0.15", settings: object = None
    ) -> dict:
        extensions, labconfig = tmp_path / "extensions", tmp_path / "labconfig"
        if manager:
            (extensions / jupyter.MANAGER).mkdir(parents=True)
            (extensions / jupyter.MANAGER / "package.json").write_text(json.dumps({"version": manager}))
        if settings is not None:
            labconfig.mkdir()
            (labconfig / "page_config.json").write_text(json.dumps({"disabledExtensions": settings}))
        kernel = {"prefix": sys.prefix, "executable": sys.executable, "ipywidgets": ipywidgets}
        return {"kernel": kernel, "extensions": [str(extensions)], "settings": [str(labconfig)]}

    return facts


def test_widgets_that_are_well(shown):
    assert jupyter.examine_widgets(shown(settings={"other": True, jupyter.MANAGER: False})).level == OK


@pytest.mark.parametrize(
    ("changed", "said", "mend"),
    [
        ({"ipywidgets": None}, "not installed where the notebooks run", "ipywidgets>="),
        ({"ipywidgets": "7.5.0"}, "7.5.0 is installed; the course needs >=7.7.1,<9", "ipywidgets>="),
        ({"manager": None}, "lacks its part of ipywidgets", "jupyterlab_widgets"),
        ({"manager": "3.1.11"}, "for another", "--upgrade"),
        ({"ipywidgets": "7.7.1"}, "for another", "--upgrade"),
        ({"settings": {jupyter.MANAGER: True}}, "switched off", "labextension enable"),
        ({"settings": [jupyter.MANAGER + ":plugin"]}, "switched off", "labextension enable"),
    ],
)
def test_widgets_that_will_not_show(shown, changed, said, mend):
    found = jupyter.examine_widgets(shown(**changed))
    assert found.level == WRONG and said in found.said and mend in found.mend


# -- the computer ---------------------------------------------------------------------------------


@pytest.fixture
def nvidia(tmp_path, monkeypatch):
    """`nvidia(script)` is the nvidia-smi of this computer; None: there is none."""

    def put(script: str | None) -> None:
        folder = tmp_path / "nvidia"
        folder.mkdir()
        if script is not None:
            (folder / "nvidia-smi").write_text(f"#!/bin/sh\n{script}\n")
            (folder / "nvidia-smi").chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))

    return put


CARD = "echo 'NVIDIA T4'"


@pytest.mark.parametrize(
    ("script", "facts", "level", "said"),
    [
        (None, {"gpus": 0}, OK, "none found"),
        ("echo 'No devices were found'", {"gpus": 0}, OK, "none found"),
        (CARD, {"gpus": 1}, OK, "TensorFlow sees 1"),
        (CARD, {}, OK, "could not be asked"),
        (
            CARD,
            {"gpus": 0, "cuda": True},
            LIMIT,
            "NVIDIA T4 is there; TensorFlow does not see it: CUDA's libraries",
        ),
        (CARD, {"gpus": 0, "cuda": False}, LIMIT, "was built without CUDA"),
        (
            "echo 'NVIDIA-SMI has failed because it couldn'; exit 9",
            {"gpus": 0},
            LIMIT,
            "NVIDIA-SMI has failed",
        ),
    ],
)
def test_the_graphics_processor(nvidia, script, facts, level, said):
    nvidia(script)
    found = machine.examine_gpu(facts)
    assert found.level == level and said in found.said
    assert level == OK or found.mend


def test_a_graphics_processor_that_is_hidden(nvidia, monkeypatch):
    nvidia(CARD)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    found = machine.examine_gpu({"gpus": 0, "cuda": True})
    assert found.level == LIMIT and found.mend == "unset CUDA_VISIBLE_DEVICES"


@pytest.mark.parametrize(
    ("total", "free", "allowed", "level"),
    [
        (16, 8, None, OK),
        (16, 8, "max", OK),
        (16, 2, None, LIMIT),
        (0.5, 0.4, None, WRONG),
        (16, 8, 2, LIMIT),
        (16, 8, 0.7, WRONG),
    ],
)
def test_memory_of_the_computer_or_of_its_container(tmp_path, total, free, allowed, level):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "meminfo").write_text(
        f"MemTotal: {round(total * 1e6)} kB\nMemFree: 1 kB\nMemAvailable: {round(free * 1e6)} kB\nHugePages_Total: 0\n"
    )
    if allowed is not None:
        limits = tmp_path / "sys" / "fs" / "cgroup"
        limits.mkdir(parents=True)
        (limits / "memory.max").write_text(f"{allowed if allowed == 'max' else round(allowed * 1e9)}\n")
        (limits / "memory.current").write_text("1000000\n")
    found = machine.examine_memory(tmp_path)
    assert found.level == level, found


def test_memory_that_cannot_be_told(tmp_path):
    assert machine.examine_memory(tmp_path).level == OK


@pytest.mark.parametrize(("free", "level"), [(50e9, OK), (0.5e9, LIMIT), (1e6, WRONG)])
def test_room_on_disk(monkeypatch, tmp_path, free, level):
    """The fuller one of two folders counts, and one that is still to be made is on its parent's disk."""
    usage = namedtuple("usage", "total used free")
    full = str(tmp_path)
    monkeypatch.setattr(
        machine.shutil, "disk_usage", lambda path: usage(1, 1, free if str(path) == full else 99e9)
    )
    found = machine.examine_disk([Path("/"), tmp_path / "not" / "yet"])
    assert found.level == level
    assert level == OK or full in found.said


def test_a_course_folder_that_cannot_be_written(monkeypatch):
    Path(course.FOLDER).touch()
    found = machine.examine_folders()
    assert [each.level for each in found] == [WRONG]
    assert course.FOLDER in found[0].said and "--folder" in found[0].mend


def test_a_full_disk(monkeypatch):
    """What the system says is passed on."""

    def full(dir):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(machine.tempfile, "TemporaryFile", full)
    assert "No space left on device" in machine.examine_folders()[0].said


def test_a_progress_file_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "progress.json", tmp_path):
        monkeypatch.setenv("BIGMODEL_PROGRESS", str(path))
        found = machine.examine_folders()
        assert [each.level for each in found] == [LIMIT]
        assert str(path) in found[0].said and "BIGMODEL_PROGRESS" in found[0].mend


def test_the_progress_file_is_the_one_that_is_used(monkeypatch):
    from bigmodel_nb import progress

    assert machine.progress_file() == progress.path()
    monkeypatch.delenv("BIGMODEL_PROGRESS")
    assert machine.progress_file() == progress.path()


def test_no_folder_for_temporary_files(monkeypatch):
    def none():
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(machine.tempfile, "gettempdir", none)
    assert machine.temporary_folder() is None
    assert "TMPDIR" in " ".join(each.mend or "" for each in machine.examine_folders())


def test_a_proxy_between_the_computer_and_itself(monkeypatch):
    assert machine.examine_network().level == OK
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    found = machine.examine_network()
    assert found.level == LIMIT and "no_proxy" in found.mend
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
    assert machine.examine_network().level == OK


def test_a_computer_that_does_not_reach_itself(monkeypatch):
    def refused(*_arguments, **_settings):
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(machine.socket, "create_connection", refused)
    assert machine.examine_network().level == WRONG


# -- what is printed ------------------------------------------------------------------------------

FINDINGS = [
    finding.ok("Python", "3.12.1, /home/ada/.venv/bin/python", "Python 3.12.1"),
    finding.limit("Memory", "0.5 GB free of 8.0", "memory 0.5/8.0 GB", "close other programs"),
]
BROKEN = finding.wrong(
    "TensorFlow", "is not installed " + "x" * 10 + " word" * 30, "tensorflow missing", "pip install it"
)


def test_the_report_is_aligned_and_says_what_to_do():
    printed = report([*FINDINGS, BROKEN])
    lines = printed.splitlines()
    assert lines[2:5] == [
        "OK     Python      3.12.1, /home/ada/.venv/bin/python",
        "LIMIT  Memory      0.5 GB free of 8.0",
        "                   mend it: close other programs",
    ]
    assert max(map(len, lines)) <= 100 and "\x1b" not in printed
    assert lines[-1].startswith("The course will not run here until the line marked WRONG is mended.")
    assert "worth a look" in report(FINDINGS)
    assert report(FINDINGS[:1]).endswith("The course will run here. Open it: bigmodel lab")


def test_the_line_for_an_instructor():
    line = one_line([*FINDINGS, BROKEN])
    assert "\n" not in line and "/home/ada" not in line
    assert line.endswith("; Python 3.12.1; LIMIT: memory 0.5/8.0 GB; WRONG: tensorflow missing; will not run")
    assert one_line(FINDINGS).endswith("; will run")


@pytest.mark.parametrize(("broken", "status"), [([], 0), ([BROKEN], 1)])
def test_the_exit_status(monkeypatch, capsys, broken, status):
    from bigmodel_nb.cli import doctor

    monkeypatch.setattr(doctor, "examine", lambda: FINDINGS + broken)
    assert cli.main(["doctor"]) == status
    assert cli.main(["doctor", "--line"]) == status
    assert capsys.readouterr().out.count("will run") + status * 2 >= 2
