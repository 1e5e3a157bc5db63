"""The runs of a sitting: sorted, filtered, compared, kept in files; weights let go."""

from __future__ import annotations

import csv
import io
import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.training.run import Run
from bigmodel_nb.widgets.studio.overlay import curves_of, overlaid
from bigmodel_nb.widgets.studio.shelf import ORDER, Shelf
from bigmodel_nb.widgets.studio.table import table_html
from bigmodel_nb.widgets.studio.words import differences, fate


def run(val_loss: float, accuracy: float, ended: str = "finished", **config) -> Run:
    return Run(
        ended=ended,
        history={"loss": [2.0, 1.0], "val_loss": [val_loss + 1, val_loss], "val_accuracy": [0.1, accuracy]},
        losses=[2.0, 1.5, 1.2, 1.0],
        epochs=2,
        steps=4,
        best_epoch=2,
        config=config,
        seconds={"total": 0.5},
        model=object(),
    )


@pytest.fixture
def shelf() -> Shelf:
    shelf = Shelf()
    for rate, loss, accuracy in ((0.001, 0.9, 0.7), (0.01, 0.3, 0.95), (0.1, 0.5, 0.9)):
        shelf.add(run(loss, accuracy), {"learning_rate": rate, "optimizer": "adam", "widths": (8,)})
    return shelf


def names(entries) -> list[str]:
    return [entry.name for entry in entries]


def test_runs_are_sorted_by_any_column(shelf):
    assert names(shelf.rows()) == ["run 1", "run 2", "run 3"]
    assert names(shelf.rows("val_loss")) == ["run 2", "run 3", "run 1"]
    assert names(shelf.rows("val_accuracy", down=True)) == ["run 2", "run 3", "run 1"]
    shelf.add(Run(ended="running"), {"learning_rate": 1.0})
    assert names(shelf.rows("val_loss"))[-1] == "run 4", "without a value it comes last"
    assert names(shelf.rows("val_loss", down=True))[-1] == "run 4"


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ("", [1, 2, 3]),
        ("learning_rate>0.005", [2, 3]),
        ("learning_rate >= 0.01 val_loss<0.4", [2]),
        ("optimizer=ADAM", [1, 2, 3]),
        ("optimizer!=adam", []),
        ("run 3", [3]),
        ("finished", [1, 2, 3]),
        ("nonsense>3", []),
        ("widths=(8,)", [1, 2, 3]),
    ],
)
def test_runs_are_filtered_by_words_and_conditions(shelf, filter, found):
    assert names(shelf.rows(filter=filter)) == [f"run {number}" for number in found]


@given(st.text(max_size=30), st.sampled_from(["", "val_loss", "name", "optimizer", "nonsense", "widths"]))
def test_any_filter_is_survived(text, sort):
    shelf = Shelf()
    for loss in (1.0, math.nan):
        shelf.add(run(loss, 0.5), {"learning_rate": 0.1, "widths": (8,), "d_ff": None})
    shelf.rows(sort, text, True)
    table_html(shelf, shelf.rows(sort, text), None, "dark")


def test_the_best_and_the_settings_that_differ(shelf):
    assert shelf.best().name == "run 2" and shelf.best("val_accuracy").name == "run 2"
    assert shelf.differing() == ["learning_rate"]
    assert Shelf().best() is None
    text = differences(shelf["run 1"], shelf["run 2"])
    assert text == "other than run 2: learning rate 0.001 (there 0.01)"
    assert "the same settings" in differences(shelf["run 1"], shelf["run 1"])
    assert fate(shelf["run 2"]).startswith("run 2 after 2 epochs: validation loss 0.3, ")


def test_names_are_unique_and_not_empty(shelf):
    shelf.rename(shelf["run 1"], " first ")
    assert shelf["first"].run.name == "first"
    for wrong in ("", "   ", "run 2"):
        with pytest.raises(ValueError, match="name must be a name that no other run has"):
            shelf.rename(shelf["first"], wrong)
    again = shelf.add(Run(name="first"), {})
    assert again.name == "first (2)"


def test_pinned_runs_keep_their_look_and_others_do_not_take_it():
    shelf = Shelf()
    first = shelf.add(run(1.0, 0.5), {})
    shelf.pin(first)
    looks = [shelf.add(run(1.0, 0.5), {}).look for _number in range(20)]
    assert first.look == ORDER[0] and first.look not in looks
    assert set(looks) == set(ORDER) - {first.look}
    for entry in shelf.entries[1:4]:
        shelf.pin(entry)
    with pytest.raises(ValueError, match="pinned runs must be at most 4"):
        shelf.pin(shelf.entries[5])


def test_weights_of_the_best_the_pinned_and_the_latest_are_kept():
    shelf = Shelf()
    entries = shelf.entries
    shelf.pin(shelf.add(run(0.9, 0.5), {}))
    shelf.add(run(0.3, 0.9), {})
    for _number in range(4):
        shelf.add(run(2.0, 0.1), {})
    assert [entry.model is not None for entry in entries] == [True, True, False, False, False, True]
    shelf.pin(entries[0], False)
    assert entries[0].model is None and entries[1].model is not None


def test_long_runs_keep_some_of_their_losses(shelf):
    long = run(5.0, 0.1)
    long.losses = [1.0] * 100_000
    entry = shelf.add(long, {}, steps_per_epoch=1000)
    assert len(entry.run.losses) == 100_000, "it may still go on"
    shelf.add(run(2.0, 0.1), {})
    assert len(entry.run.losses) <= 20_000 and entry.steps_per_epoch == 200


def test_at_most_seven_are_overlaid_each_with_its_own_look(shelf):
    for _number in range(10):
        shelf.add(run(1.0, 0.5), {})
    shelf.pin(shelf.entries[0]), shelf.pin(shelf.entries[3])
    front, selected = shelf.entries[-1], shelf.entries[6]
    shelf.distinguish(selected, front)
    drawn = overlaid(shelf, front, selected)
    assert selected in drawn
    assert drawn[-1] is front and shelf.entries[0] in drawn and shelf.entries[3] in drawn
    assert len({entry.look for entry in drawn}) == len(drawn) <= 7
    assert overlaid(Shelf(), None, None) == []


def test_changes_are_told_in_words():
    entry = Shelf().add(run(1.0, 0.5, changes=[[3, "learning_rate", 0.01], [5, "dropout", 0.5]]), {})
    assert curves_of(entry, True).changes == [(3, "learning rate 0.01"), (5, "dropout 0.5")]


# -- files --------------------------------------------------------------------------------------


def test_saved_and_loaded(shelf, tmp_path):
    shelf.rename(shelf["run 1"], "a/b: über & <so>")
    shelf["run 2"].run.config["changes"] = [[2, "learning_rate", 0.5]]
    files = shelf.save(tmp_path / "runs")
    assert len({file.name for file in files}) == 3
    assert all(isinstance(Run.load(file), Run) for file in files)
    other = Shelf()
    assert len(other.load(tmp_path / "runs")) == 3
    assert sorted(names(other.entries)) == sorted(names(shelf.entries))
    loaded = other["run 2"]
    assert loaded.settings == shelf["run 2"].settings and loaded.changes() == [[2, "learning_rate", 0.5]]
    assert loaded.run.history == shelf["run 2"].run.history and loaded.model is None
    assert other.load(tmp_path / "runs") == [], "they are there already"


def test_runs_that_fit_saved_and_other_files(shelf, tmp_path):
    Run(name="night", config={"learning_rate": 0.1, "batch_size": 8}, losses=[1.0]).save(
        tmp_path / "night.json"
    )
    (tmp_path / "other.json").write_text("{}")
    (entry,) = shelf.load(tmp_path)
    assert entry.name == "night" and entry.settings == {"learning_rate": 0.1, "batch_size": 8}
    assert shelf.load(tmp_path / "nowhere") == []


def test_exports(shelf):
    rows = list(csv.DictReader(io.StringIO(shelf.to_csv())))
    assert [row["name"] for row in rows] == ["run 1", "run 2", "run 3"]
    assert float(rows[1]["val_loss"]) == 0.3 and rows[1]["widths"] == "(8,)"
    records = json.loads(shelf.to_json())
    assert [Run.from_dict(record).history["val_loss"][-1] for record in records] == [0.9, 0.3, 0.5]
    assert Shelf().to_csv() == "" and json.loads(Shelf().to_json()) == []


# -- the table ----------------------------------------------------------------------------------


def test_the_table_shows_what_differs_and_marks_the_best(shelf):
    html = table_html(shelf, shelf.rows("val_loss"), shelf["run 3"], "light")
    text = [re.sub("<[^>]+>", "", row) for row in html.split("</tr>")]
    assert [row[:7] for row in text[1:4]] == ["run 2" + "0.", "▸ run 3", "run 1" + "0."]
    assert "learning rate" in text[0] and "optimizer" not in text[0]
    assert re.search(r"font-weight:600\">0\.3<", html) and not re.search(r"font-weight:600\">0\.5<", html)
    assert html.count("<svg") == 3
    assert "No run passes" in table_html(shelf, [], None, "light")
    assert table_html(Shelf(), [], None, "light") == ""


def test_names_are_text_in_the_table(shelf):
    shelf.rename(shelf["run 1"], "<script>alert(1)</script>")
    assert "<script>" not in table_html(shelf, shelf.entries, None, "light")
