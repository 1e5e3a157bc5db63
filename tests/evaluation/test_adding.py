"""The adding problem at several lengths: trained, judged, and drawn."""

from __future__ import annotations

import pytest

from bigmodel_nb.evaluation.adding import LEARNED, MEASURED, adding_errors, longest_learned
from bigmodel_nb.figures.adding import BASELINE, AddingFigure


@pytest.mark.tensorflow
def test_a_short_sequence_is_learned_and_the_seed_decides(keras):
    settings = {"lengths": (4,), "cells": ["gru"], "units": 16}
    errors = adding_errors(**settings, steps=400)
    assert list(errors) == ["gru"] and list(errors["gru"]) == [4]
    assert errors["gru"][4] < LEARNED
    short = [adding_errors(**settings, steps=20, seed=seed)["gru"][4] for seed in (0, 0, 1)]
    assert short[0] == pytest.approx(short[1], rel=1e-5) and short[0] != pytest.approx(short[2], rel=1e-5)
    assert errors["gru"][4] < short[0]


def test_the_longest_that_was_learned():
    errors = {"simple": {10: 0.001, 30: 0.16, 60: 0.01}, "gru": {10: 0.2}}
    assert longest_learned(errors) == {"simple": 60, "gru": 0}
    assert longest_learned(errors, limit=0.005) == {"simple": 10, "gru": 0}


def test_what_was_measured_has_every_cell_at_every_length():
    lengths = {tuple(of) for of in MEASURED.values()}
    assert set(MEASURED) == {"simple", "lstm", "gru"} and len(lengths) == 1
    assert longest_learned(MEASURED)["simple"] < min(
        longest_learned(MEASURED)[cell] for cell in ("lstm", "gru")
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picture_has_a_line_for_each_cell(theme):
    picture = AddingFigure(MEASURED, theme=theme)
    for cell, line in picture._lines.items():
        x, y = line.get_data()
        assert dict(zip(x, y, strict=True)) == MEASURED[cell]
    assert len({line.get_marker() for line in picture._lines.values()}) == 3
    low, high = picture.axes.get_ylim()
    assert low < BASELINE < high
    before = picture.encode()[1]
    picture.update({"gru": {10: 0.1, 20: 0.2}})
    assert picture.encode()[1] != before and picture.summary.endswith("gru none.")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: adding_errors(lengths=()), "lengths"),
        (lambda: adding_errors(lengths=(1,)), "lengths"),
        (lambda: adding_errors(lengths=30), "lengths"),
        (lambda: adding_errors(cells=()), "cells"),
        (lambda: adding_errors(cells=["rnn"]), "cells"),
        (lambda: adding_errors(steps=0), "steps"),
        (lambda: adding_errors(learning_rate=-1), "learning_rate"),
        (lambda: longest_learned(MEASURED, limit=0), "limit"),
        (lambda: AddingFigure({}), "errors"),
        (lambda: AddingFigure({"rnn": {3: 0.1}}), "errors"),
    ],
)
@pytest.mark.tensorflow
def test_errors_name_the_argument(keras, call, says):
    with pytest.raises((ValueError, TypeError), match=says):
        call()
