"""Show code: what a reader pastes into a chapter leaves the chapter as it was."""

import ast
import importlib
from pathlib import Path
from typing import Any

import nbformat
import pytest

from bigmodel_nb.maths.descent import OPTIMIZERS
from bigmodel_nb.widgets import (
    AttentionExplorer,
    BackpropExplorer,
    BallExplorer,
    BatchExplorer,
    ConvolutionExplorer,
    DescentExplorer,
    FitExplorer,
    LossExplorer,
    PlaygroundExplorer,
    RecurrenceExplorer,
    SamplingExplorer,
    TokenExplorer,
)

CHAPTERS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def names(source: str) -> dict[str, str]:
    """The names that a cell binds outside its functions, and from where."""
    bound: dict[str, str] = {}
    for part in ast.parse(source).body:
        for node in [part] if isinstance(part, ast.FunctionDef | ast.ClassDef) else ast.walk(part):
            if isinstance(node, ast.ImportFrom):
                bound |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
            elif isinstance(node, ast.Import):
                bound |= {one.asname or one.name: one.name for one in node.names}
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                bound[node.name] = "the cell"
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                bound[node.id] = "the cell"
    return bound


# Names that a chapter uses within one cell only, where it gives them itself.
HARMLESS = {
    "BatchExplorer": {"rows"},
    "DescentExplorer": {"rows"},
    "PlaygroundExplorer": {"inputs", "start"},
    "ConvolutionExplorer": {"picture"},
}


def thing(place: str) -> Any:
    """What an import brings: "numpy" or "bigmodel_nb.maths.descent.Adam"."""
    module, _dot, name = place.rpartition(".")
    return getattr(importlib.import_module(module), name) if module else importlib.import_module(name)


@pytest.mark.parametrize(
    "make",
    [
        BallExplorer,
        lambda: DescentExplorer("bowl", list(OPTIMIZERS)),
        BatchExplorer,
        PlaygroundExplorer,
        LossExplorer,
        BackpropExplorer,
        FitExplorer,
        ConvolutionExplorer,
        RecurrenceExplorer,
        lambda: RecurrenceExplorer(view="gradients"),
        TokenExplorer,
        SamplingExplorer,
        AttentionExplorer,
    ],
)
def test_pasted_code_takes_no_name_from_a_chapter_that_shows_the_explorer(make):
    explorer = make()
    kind, pasted = type(explorer).__name__, names(explorer.code())
    explorer.close()
    chapters = [nbformat.read(chapter, 4) for chapter in CHAPTERS]
    showing = [one for one in chapters if any(kind in cell.source for cell in one.cells)]
    assert showing
    for cell in [cell for chapter in showing for cell in chapter.cells if cell.cell_type == "code"]:
        theirs = names(cell.source)
        for name in theirs.keys() & pasted.keys() - HARMLESS.get(kind, set()):
            assert "the cell" not in (theirs[name], pasted[name]), f"{name} of: {cell.source}"
            assert thing(theirs[name]) is thing(pasted[name]), f"{name} of: {cell.source}"
