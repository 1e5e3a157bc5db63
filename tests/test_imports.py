"""Nothing heavy before it is needed. Each question is asked of a fresh Python."""

from __future__ import annotations

import ast
import sys

import pytest

import bigmodel_nb

HEAVY = ("IPython", "PIL", "ipywidgets", "keras", "matplotlib", "numpy", "sklearn", "tensorflow", "zmq")
WITHOUT_PICTURES = (
    "arguments",
    "data",
    "evaluation",
    "exercises",
    "language",
    "maths",
    "models",
    "progress",
    "quiet",
    "writing",
)
FRAMEWORKS = ("keras", "matplotlib.pyplot", "sklearn", "tensorflow")


def loaded_after(python, code: str, names: tuple[str, ...]) -> list[str]:
    """Which of `names` are loaded once `code` has run."""
    asked = python(f"{code}\nimport sys\nprint([name for name in {names!r} if name in sys.modules])")
    return ast.literal_eval(asked.stdout.splitlines()[-1])


def test_the_package_loads_nothing_heavy(python):
    assert loaded_after(python, "import bigmodel_nb", HEAVY) == []


def test_the_package_adds_a_handful_of_standard_modules(python):
    code = "import sys; before = set(sys.modules)\nimport bigmodel_nb\nprint(set(sys.modules) - before)"
    added = ast.literal_eval(python(code).stdout)
    ours = {name for name in added if name.partition(".")[0] == "bigmodel_nb"}
    assert ours == {"bigmodel_nb", "bigmodel_nb.quiet"}
    assert {name.partition(".")[0] for name in added - ours} <= sys.stdlib_module_names
    assert len(added) < 40


@pytest.mark.parametrize("command", ["--version", "--help", "lab --help", "update --help"])
def test_the_command_starts_without_the_frameworks(python, command):
    code = f"""
import contextlib
from bigmodel_nb.cli import main
with contextlib.suppress(SystemExit):
    main({command.split()!r})
"""
    assert loaded_after(python, code, HEAVY) == []


@pytest.mark.parametrize("layer", WITHOUT_PICTURES)
def test_a_layer_without_pictures_loads_no_framework(python, layer):
    assert loaded_after(python, f"import bigmodel_nb.{layer}", (*FRAMEWORKS, "matplotlib")) == []


@pytest.mark.parametrize("layer", ["figures", "widgets"])
def test_pictures_and_explorers_load_no_framework(python, layer):
    assert loaded_after(python, f"import bigmodel_nb.{layer}", FRAMEWORKS) == []


@pytest.mark.parametrize(
    "explorer",
    [
        "AttentionExplorer",
        "BackpropExplorer",
        "BallExplorer",
        "BatchExplorer",
        "ConvolutionExplorer",
        "DescentExplorer",
        "FitExplorer",
        "LossExplorer",
        "PlaygroundExplorer",
        "SamplingExplorer",
        "TokenExplorer",
        "RecurrenceExplorer",
    ],
)
def test_an_explorer_is_on_screen_without_a_framework(python, explorer):
    code = f"""
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display
from bigmodel_nb.widgets import {explorer}
InteractiveShell.instance()
explorer = {explorer}()
display(explorer)
explorer.settle()
assert explorer.summary_text and not explorer.message
explorer.close()
"""
    assert loaded_after(python, code, (*FRAMEWORKS, "scipy")) == []


def test_layers_are_reached_through_the_package(python):
    answer = python("import bigmodel_nb; print(bigmodel_nb.maths.__name__, 'maths' in dir(bigmodel_nb))")
    assert answer.stdout.split() == ["bigmodel_nb.maths", "True"]


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'bigmodel_nb' has no attribute 'nonsense'"):
        bigmodel_nb.nonsense  # noqa: B018


def test_the_docstring_is_a_map_of_the_layers():
    for layer in bigmodel_nb._LAYERS:
        assert f"    {layer} " in bigmodel_nb.__doc__
