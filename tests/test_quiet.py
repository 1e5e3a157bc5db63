"""TensorFlow's start-up messages never reach a reader, and nothing else is lost.

Most of it is tried on a stand-in: a module called `tensorflow` that writes to descriptor 2 what the
test asks for. The real one is imported where only it can answer.
"""

from __future__ import annotations

import textwrap

import pytest

from bigmodel_nb import quiet

NOISE = """\
2026-01-31 12:00:00.123456: I tensorflow/core/util/port.cc:153] oneDNN custom operations are on.
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1700000000.314917    7047 port.cc:153] oneDNN custom operations are on.
W0000 00:00:1700000000.314917 7047 gpu_device.cc:2342] Cannot dlopen some GPU libraries.
Skipping registering GPU devices...
E0000 00:00:1700000000.358793    7066 cuda_platform.cc:52] failed call to cuInit
To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow.
"""
SETTINGS = {"TF_CPP_MIN_LOG_LEVEL": None, "BIGMODEL_TF_LOG_LEVEL": None}


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Puts a module called `tensorflow` with this code first on the path of new processes."""

    def write(code: str) -> None:
        header = "import os, sys\ndef low(text): os.write(2, text.encode())\n"
        (tmp_path / "tensorflow.py").write_text(header + textwrap.dedent(code), encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    return write


def test_the_log_is_held_back_and_kept(python, stand_in):
    stand_in(f"low({NOISE!r})")
    asked = python(
        "import bigmodel_nb, tensorflow\nprint('\\n'.join(bigmodel_nb.quiet.captured()))", **SETTINGS
    )
    assert asked.stderr == ""
    assert asked.stdout == NOISE


def test_everything_else_is_replayed_in_order(python, stand_in):
    stand_in(f"""
        low("first\\n")
        low({NOISE!r})
        print("said by Python", file=sys.stderr)
        low("F0000 00:00:1700000000.1 7047 fatal.cc:1] something serious\\n")
        low("no newline at the end, \\u00e9")
    """)
    asked = python("import bigmodel_nb, tensorflow", **SETTINGS)
    assert asked.stderr == (
        "first\nsaid by Python\nF0000 00:00:1700000000.1 7047 fatal.cc:1] something serious\n"
        "no newline at the end, é"
    )


def test_after_the_import_descriptor_2_is_itself_again(python, stand_in):
    stand_in("low('WARNING: All log messages before absl::InitializeLog() ...\\n')")
    asked = python(
        "import os, bigmodel_nb, tensorflow\nos.write(2, b'I0000 00:00:1.1 7 a.cc:1] after')", **SETTINGS
    )
    assert asked.stderr == "I0000 00:00:1.1 7 a.cc:1] after"


def test_a_failing_import_shows_all_it_said(python, stand_in):
    stand_in(f"low({NOISE!r})\nraise ImportError('libtensorflow is damaged')")
    asked = python("import bigmodel_nb, tensorflow", fails=True, **SETTINGS)
    assert asked.stderr.startswith(NOISE)
    assert "ImportError: libtensorflow is damaged" in asked.stderr


def test_after_a_failure_the_next_try_is_quiet_too(python, stand_in):
    stand_in("""
        low("WARNING: All log messages before absl::InitializeLog() ...\\n")
        if not os.environ.get("SECOND"):
            os.environ["SECOND"] = "1"
            raise KeyboardInterrupt
    """)
    asked = python(
        "import os, bigmodel_nb\ntry:\n import tensorflow\nexcept KeyboardInterrupt: print('interrupted')\n"
        "os.write(2, b'--- again\\n')\nimport tensorflow",
        **SETTINGS,
    )
    assert asked.stdout == "interrupted\n"
    assert asked.stderr == "WARNING: All log messages before absl::InitializeLog() ...\n--- again\n"


@pytest.mark.parametrize("level", ["0", "1", "3", ""])
def test_a_setting_of_the_users_own_is_respected(python, stand_in, level):
    stand_in(f"low({NOISE!r})")
    asked = python(
        "import os, bigmodel_nb, tensorflow; print(repr(os.environ['TF_CPP_MIN_LOG_LEVEL']))",
        TF_CPP_MIN_LOG_LEVEL=level,
        BIGMODEL_TF_LOG_LEVEL=None,
    )
    assert asked.stderr == NOISE
    assert asked.stdout.strip() == repr(level)


def test_what_a_child_process_inherits_is_known_as_ours(python, stand_in):
    stand_in(f"low({NOISE!r})")
    code = """
        import subprocess, sys, bigmodel_nb
        subprocess.run([sys.executable, "-c", "import bigmodel_nb, tensorflow"], check=True)
    """
    assert python(textwrap.dedent(code), **SETTINGS).stderr == ""


def test_without_descriptor_2_the_import_works(python, stand_in):
    stand_in("value = 7")
    asked = python(
        "import os\nos.close(2)\nimport bigmodel_nb, tensorflow\nprint(tensorflow.value)", **SETTINGS
    )
    assert asked.stdout == "7\n"


def test_without_a_place_for_temporary_files_the_import_works(python, stand_in):
    stand_in("low('WARNING: All log messages before absl::InitializeLog() ...\\n')\nvalue = 7")
    asked = python(
        "import tempfile\ndef full(*_, **__): raise OSError('disk full')\ntempfile.TemporaryFile = full\n"
        "import bigmodel_nb, tensorflow\nprint(tensorflow.value)",
        **SETTINGS,
    )
    assert asked.stdout == "7\n"
    assert asked.stderr == "WARNING: All log messages before absl::InitializeLog() ...\n"


@pytest.mark.parametrize("stderr", ["None", "io.StringIO()", "closed", "object()"])
def test_sys_stderr_may_be_anything(python, stand_in, stderr):
    stand_in("low('plain\\n')\nvalue = 7")
    asked = python(
        f"import io, sys\nclosed = io.StringIO(); closed.close()\nsys.stderr = {stderr}\n"
        "import bigmodel_nb, tensorflow\nprint(tensorflow.value)\nsys.stderr = sys.__stderr__",
        **SETTINGS,
    )
    assert (asked.stdout, asked.stderr) == ("7\n", "plain\n")


def test_lines_of_other_threads_come_through(python, stand_in):
    stand_in("import time\nsys.importing.set(); sys.written.wait(30)")
    code = """
        import os, sys, threading
        sys.importing, sys.written = threading.Event(), threading.Event()
        def write():
            sys.importing.wait(30)
            os.write(2, b"from another thread\\n")
            sys.written.set()
        thread = threading.Thread(target=write); thread.start()
        import bigmodel_nb, tensorflow
        thread.join()
    """
    assert python(textwrap.dedent(code), **SETTINGS).stderr == "from another thread\n"


def test_the_module_and_its_loader_are_what_they_would_be(python, stand_in):
    stand_in("value = 7")
    look = """
        import importlib, sys, tensorflow
        print(type(tensorflow.__loader__).__name__, tensorflow.__spec__.name, tensorflow.__file__)
        importlib.reload(tensorflow)
        print(tensorflow.value, len(sys.meta_path))
    """
    plain = python(textwrap.dedent(look), **SETTINGS)
    ours = python("import bigmodel_nb\n" + textwrap.dedent(look), **SETTINGS)
    assert ours.stdout == plain.stdout


def test_without_tensorflow_the_error_is_the_usual_one(python):
    asked = python(
        "import sys, bigmodel_nb\nsys.path[:] = [p for p in sys.path if 'site-packages' not in p]\n"
        "import tensorflow",
        fails=True,
        **SETTINGS,
    )
    assert "ModuleNotFoundError: No module named 'tensorflow'" in asked.stderr


def test_installing_twice_changes_nothing(python):
    asked = python(
        "import sys, bigmodel_nb\nbefore = len(sys.meta_path)\nbigmodel_nb.quiet.install()\n"
        "print(len(sys.meta_path) - before)",
        **SETTINGS,
    )
    assert asked.stdout == "0\n"


TRAIN = """
import bigmodel_nb, tensorflow, keras, numpy
model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(3), keras.layers.Dense(1)])
model.compile("adam", "mse")
history = model.fit(numpy.zeros((8, 2)), numpy.zeros((8, 1)), verbose=0)
"""


# What is written to descriptor 2 reaches a notebook by way of a thread: the cell waits for it.
TELL = "import os, time\nprint('x'); os.write(2, b'told\\n'); time.sleep(1)"


@pytest.mark.process
def test_the_real_one_builds_and_trains_in_silence(python):
    asked = python(TRAIN, **SETTINGS)
    assert (asked.stdout, asked.stderr) == ("", "")


@pytest.mark.process
def test_the_real_one_is_as_loud_as_the_user_asked_for(python):
    asked = python("import bigmodel_nb, tensorflow", TF_CPP_MIN_LOG_LEVEL="0", BIGMODEL_TF_LOG_LEVEL=None)
    assert "absl::InitializeLog()" in asked.stderr


@pytest.mark.process
def test_in_a_notebook_nothing_of_it_lands_in_the_output(monkeypatch):
    from nbclient import NotebookClient
    from nbformat import v4

    for name in (*SETTINGS, "PYTEST_CURRENT_TEST"):  # with the last, kernels do not watch descriptor 2
        monkeypatch.delenv(name, raising=False)
    notebook = v4.new_notebook(
        cells=[v4.new_code_cell(TRAIN), v4.new_code_cell(TELL)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    NotebookClient(notebook, timeout=300).execute()
    assert notebook.cells[0].outputs == []
    told = {output.name: output.text for output in notebook.cells[1].outputs}
    assert told == {"stdout": "x\n", "stderr": "told\n"}


COMPILING = """
import os
from bigmodel_nb import quiet
quiet.install()
with quiet.compiling():
    with quiet.compiling():  # within another: nothing more happens
        os.write(2, b"I0000 00:00:1700000000.123456    1234 compiler.cc:12] Compiled cluster\\n")
        os.write(2, b"a word of the reader's\\n")
os.write(2, b"after\\n")
print(quiet.captured())
"""


def test_what_compilers_say_is_held_back(python):
    ran = python(COMPILING, **{quiet.SETTING: None, quiet.OURS: None})
    assert ran.stderr == "a word of the reader's\nafter\n"
    assert "Compiled cluster" in ran.stdout


def test_compilers_may_speak_where_the_user_says_so(python):
    ran = python(COMPILING, **{quiet.SETTING: "0", quiet.OURS: None})
    assert "Compiled cluster" in ran.stderr and "Compiled cluster" not in ran.stdout
