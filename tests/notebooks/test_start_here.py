"""Chapter 0 keeps its promises: short, honest about what exists, and a fault that the check names."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
CELLS = {
    cell["id"]: cell
    for cell in json.loads((NOTEBOOKS / "00-start-here.ipynb").read_text(encoding="utf-8"))["cells"]
}


def source(name: str) -> str:
    return "".join(CELLS[name]["source"])


@pytest.mark.parametrize(("further", "most"), [(False, 700), (True, 1000)])
def test_it_is_short(further, most):
    prose = " ".join(
        source(name)
        for name, cell in CELLS.items()
        if cell["cell_type"] == "markdown" and ("further" in cell["metadata"].get("tags", [])) == further
    )
    assert 300 < len(re.sub(r"<[^>]*>", " ", prose).split()) < most


def test_the_first_thing_on_the_page_is_the_ball():
    first, second = list(CELLS)[:2]
    assert CELLS[first]["cell_type"] == "markdown" and len(source(first).split()) < 60
    assert "BallExplorer(rate=0.1, prediction=True)" in source(second)


def test_the_map_knows_which_chapters_exist():
    rows = re.findall(r"^\| (?:\[)?(\d) · .*\| (.*) \|$", source("map"), re.MULTILINE)
    assert [number for number, _state in rows] == list("123456789")
    exist = {path.name[1] for path in NOTEBOOKS.glob("0[1-9]-*.ipynb")}
    assert {number for number, state in rows if state == "**here**"} == exist
    assert {number for number, state in rows if state == "to come"} == set("123456789") - exist
    linked = set(re.findall(r"\]\((0\d-[^)]+\.ipynb)\)", source("map")))
    assert linked == {path.name for path in NOTEBOOKS.glob("0[1-9]-*.ipynb")}


def test_the_prefilled_answer_is_wrong_and_can_be_mended(monkeypatch, tmp_path):
    monkeypatch.setenv("BIGMODEL_PROGRESS", str(tmp_path / "progress.json"))
    from bigmodel_nb.exercises import descent

    definition, call = source("exercise-update-step").rsplit("\n\n", 1)
    for code, words in {
        definition: "walks uphill",
        definition.replace("w + rate", "w - rate"): "This line trains every model of this course",
    }.items():
        names = {"descent": descent}
        exec(code, names)
        assert words in repr(eval(call, names))


def test_a_small_gpt_keeps_the_promise_to_write(capsys):
    names = {}
    exec(source("write"), names)
    texts = capsys.readouterr().out.split("\n \n")
    for text, beginning in zip(texts, ("A function ", "An exception ", "The class "), strict=False):
        assert text.strip().startswith(beginning) and len(text) > 100
    weights = sum(value.size for value in names["writer"].weights.values())
    assert f"{weights:,} numbers" in source("writes") and "manual of Python" in source("writes")
