"""Show code: what a reader pastes into a chapter leaves the chapter as it was."""

import ast
from pathlib import Path

import nbformat
import pytest

from bigmodel_nb.maths.descent import OPTIMIZERS
from bigmodel_nb.widgets import BatchExplorer, DescentExplorer

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


@pytest.mark.parametrize(
    "make", [lambda: DescentExplorer("bowl", list(OPTIMIZERS)), BatchExplorer], ids=["descent", "batches"]
)
def test_pasted_code_takes_no_name_from_a_chapter_that_shows_the_explorer(make):
    explorer = make()
    pasted = names(explorer.code())
    explorer.close()
    harmless = {"rows"}  # chapter 1 uses it within one loop only
    chapters = [nbformat.read(chapter, 4) for chapter in CHAPTERS]
    showing = [one for one in chapters if any(type(explorer).__name__ in cell.source for cell in one.cells)]
    assert showing
    for cell in [cell for chapter in showing for cell in chapter.cells]:
        if cell.cell_type == "code":
            theirs = names(cell.source)
            for name in theirs.keys() & pasted.keys() - harmless:
                assert theirs[name] == pasted[name] != "the cell", f"{name} of: {cell.source}"
