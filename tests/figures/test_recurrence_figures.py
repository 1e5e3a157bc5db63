"""The pictures of recurrence: what is drawn is what was given, in place, and limits hold while it moves."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.figures.gradient_paths import HIGHEST, LOWEST, GradientFigure
from bigmodel_nb.figures.letters import drawable_letters
from bigmodel_nb.figures.recurrence import ROWS, StateFigure
from bigmodel_nb.figures.unit_text import UnitTextFigure, spread
from bigmodel_nb.maths.gradient_paths import GradientPath, as_inputs, gradient_paths, step_labels
from bigmodel_nb.maths.recurrent_weights import initial_weights
from bigmodel_nb.maths.through_time import trace

TEXT = "a state is handed on"


def run_of(cell, steps=20, units=6, **options):
    inputs = as_inputs(TEXT, steps)
    return trace(cell, inputs, initial_weights(cell, inputs.shape[2], units, **options))


def pixels(figure):
    return figure.encode()[1]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("cell", ["simple", "lstm", "gru"])
def test_another_state_in_place_is_the_same_picture_as_a_new_one(cell, theme):
    figure = StateFigure(run_of("lstm"), step_labels(TEXT, 20), theme=theme)
    figure.encode()
    run, labels = run_of(cell, 31, radius=1.4), step_labels(TEXT, 31)
    figure.update(run, labels, position=12, unit=2, rescale=False)
    again = StateFigure(run, labels, position=12, unit=2, theme=theme)
    assert pixels(figure) == pixels(again)
    assert sum(axes.get_visible() for axes in figure.rows) == len(ROWS[cell])


def test_steps_to_come_are_not_shown():
    run, labels = run_of("gru"), step_labels(TEXT, 20)
    other = run_of("gru")
    other.states[:, 9:] = 0.9
    first, second = (StateFigure(one, labels, position=8) for one in (run, other))
    assert pixels(first) == pixels(second)
    for figure, one in ((first, run), (second, other)):
        figure.update(one, labels, position=9)
    assert pixels(first) != pixels(second)


def test_a_step_is_named_by_what_was_read_whatever_it_is():
    labels = ["$", "\x1b", "\n", "\U0001f600", "é", " "] * 3
    run = run_of("simple", len(labels))
    for position, seen in enumerate(("$", "·", "↵", "·", "é", " ")):
        figure = StateFigure(run, labels, position=position, first=100)
        assert figure._title.get_text() == f"step {100 + position}: “{seen}”"
        figure.encode()
    assert drawable_letters("a\tb") == "a·b"


def test_many_steps_and_long_labels_have_room():
    for steps, sequence in ((150, TEXT), (40, [0.123, -1.5])):
        inputs = as_inputs(sequence, steps)
        run = trace("simple", inputs, initial_weights("simple", inputs.shape[2], 4))
        figure = StateFigure(run, step_labels(sequence, steps))
        words = [one for one in figure.line.get_xticklabels() if one.get_text()]
        assert 0 < len(words) <= 20


def test_gradients_are_lines_of_powers_with_a_dash_and_a_marker_each():
    paths = gradient_paths(as_inputs(TEXT, 40), radius=0.8)
    figure = GradientFigure(paths)
    looks = set()
    for cell, path in paths.items():
        line = figure._lines[cell]
        np.testing.assert_allclose(line.get_ydata(), np.clip(np.log10(path.norms), LOWEST, HIGHEST))
        looks.add((line.get_marker(), str(line._unscaled_dash_pattern)))
    assert len(looks) == 3


def test_limits_hold_while_it_moves_and_follow_at_rest():
    figure = GradientFigure(gradient_paths(as_inputs(TEXT, 40)))
    before = figure.axes.get_ylim()
    steep = gradient_paths(as_inputs(TEXT, 40), radius=0.3)
    figure.update(steep, rescale=False)
    assert figure.axes.get_ylim() == before
    figure.update(steep)
    assert figure.axes.get_ylim()[0] < before[0]


def test_zero_and_infinity_are_drawn_at_the_edges():
    norms = np.array([0.0, np.inf, 1e300, 1e-300, 1.0])
    figure = GradientFigure({"lstm": GradientPath(norms, norms, 1.0, 1.0)})
    assert list(figure._lines["lstm"].get_ydata()) == [LOWEST, HIGHEST, HIGHEST, LOWEST, 0]
    figure.encode()


def test_what_was_clipped_is_faint_beside_it_and_answers_can_wait():
    figure = GradientFigure(gradient_paths(as_inputs(TEXT, 40), radius=3.0, clip=1.0))
    assert figure._before["simple"].get_visible()
    hidden = gradient_paths(as_inputs(TEXT, 40), radius=3.0)
    figure.update(hidden, answers=False)
    assert not any(line.get_visible() for line in (*figure._lines.values(), *figure._before.values()))
    figure.update(hidden)
    assert figure._lines["simple"].get_visible() and not figure._before["simple"].get_visible()


def test_pieces_are_spread_over_cells():
    letters, owner = spread(["to", " ", "\n", ""])
    assert letters == "to ↵·" and list(owner) == [0, 0, 1, 2, 3]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_text_in_place_is_the_same_picture_as_a_new_one(theme):
    random = np.random.default_rng(0)
    texts = [list("what is remembered " * 40), ["what ", "is ", "re", "member", "ed\n"] * 30]
    values = [np.tanh(random.normal(size=len(one))) for one in texts]
    figure = UnitTextFigure(texts[0], values[0], theme=theme)
    figure.encode()
    for position, places in ((0, [3, 0, 140]), (120, [5])):
        figure.update(texts[1], values[1], position=position, places=places, title="unit 1")
        again = UnitTextFigure(
            texts[1], values[1], position=position, places=places, title="unit 1", theme=theme
        )
        assert pixels(figure) == pixels(again)


def test_shades_are_parts_of_the_largest_activation():
    values = np.array([0.5, -0.25, 0.0, 0.1])
    first, second = (UnitTextFigure(list("abcd"), scale * values, position=3) for scale in (1.0, 0.02))
    np.testing.assert_array_equal(first._tiles.tiles[0][2], second._tiles.tiles[0][2])
    assert second._strongest.get_text() == "strongest shade: ±0.01"


def test_letters_can_be_read_on_the_strongest_shade():
    """A contrast of 4.5 or more (WCAG 2.1) between ink and both ends of the shading."""
    for theme in ("light", "dark"):
        figure = UnitTextFigure(["  "] * 4, np.array([-1.0, 1.0, -1.0, 1.0]), position=3, theme=theme)
        page = figure._tiles.tiles[0][2]
        for column in (0.5, 2.5):
            ground = page[4, int(column * 18)]
            assert _contrast(ground[:3], figure._ink) >= 4.5


def _contrast(one, other):
    def light(color):
        parts = np.asarray(color, float) / 255
        parts = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return parts @ [0.2126, 0.7152, 0.0722]

    bright, dark = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)
