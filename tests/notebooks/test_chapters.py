"""What holds for every chapter with exercises; its own claims are tested in a file for each chapter."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from statistics import median

import pytest

from .chapter import read

IDEAS = {
    "01-gradient-descent": "descent",
    "02-neural-networks": "networks",
    "03-regularization": "regularization",
    "04-convolutional-networks": "convolutions",
    "05-recurrent-networks": "recurrence",
    "06-transformers": "attention",
}
PACKAGES = {stem: importlib.import_module(f"bigmodel_nb.exercises.{idea}") for stem, idea in IDEAS.items()}
each_chapter = pytest.mark.parametrize("stem", PACKAGES)


def test_no_chapter_is_forgotten(root):
    packages = {path.parent.name for path in Path(root, "bigmodel_nb", "exercises").glob("*/__init__.py")}
    assert packages - {"answers"} == set(IDEAS.values())


@each_chapter
def test_its_length(root, stem):
    cells = read(root, stem)

    def words(further):
        return sum(
            len(re.sub(r"```.*?```", "", cell["source"], flags=re.DOTALL).split())
            for cell in cells
            if cell["cell_type"] == "markdown" and ("further" in cell["tags"]) == further
        )

    lines = [len(cell["source"].splitlines()) for cell in cells if cell["cell_type"] == "code"]
    assert 1800 <= words(further=False) <= 2800
    assert words(further=True) <= 1000
    assert median(lines) <= 6 and sum(lines) <= 330


@each_chapter
def test_nothing_in_the_core_needs_what_is_further(root, stem):
    cells = read(root, stem)
    last_of_core = max(place for place, cell in enumerate(cells) if "further" not in cell["tags"])
    assert all("further" not in cell["tags"] for cell in cells[:last_of_core])


@pytest.mark.parametrize(
    ("stem", "exercise"),
    [pytest.param(stem, one, id=one.key) for stem, found in PACKAGES.items() for one in found.EXERCISES],
)
def test_its_exercises_are_those_of_the_package(root, stem, exercise):
    name = "exercise-" + exercise.handle.partition(".")[2].replace("_", "-")
    cell = next(cell for cell in read(root, stem) if cell["id"] == name)
    assert re.sub(r"\n{3,}", "\n\n", cell["source"]) == exercise.cell.strip("\n")
    assert "exercise" in cell["tags"]


@each_chapter
def test_its_exercises_come_in_the_order_of_the_overview(root, stem):
    text = "\n".join(cell["source"] for cell in read(root, stem))
    handles = re.findall(rf"^({IDEAS[stem]}\.\w+)\.check", text, re.MULTILINE)
    assert handles == [exercise.handle for exercise in PACKAGES[stem].EXERCISES]


@each_chapter
def test_each_question_is_asked_once_and_has_its_answer_among_the_options(root, stem):
    predictions = importlib.import_module(f"bigmodel_nb.exercises.{IDEAS[stem]}.predictions")
    asked = re.findall(r"predictions\.(\w+)\)", "\n".join(cell["source"] for cell in read(root, stem)))
    known = {name: value for name, value in vars(predictions).items() if isinstance(value, dict)}
    known = {name: value for name, value in known.items() if "truth" in value}
    assert sorted(asked) == sorted(known)
    for question in known.values():
        assert question["truth"] in question["options"]
        assert question["key"].startswith(stem[:2] + "/")
