"""The four pictures of a sweep: what is written and drawn is what they are given, and it is legible."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.colors import to_rgb

from bigmodel_nb.figures.sweep_curves import MOST, SweepCurve, SweepCurves
from bigmodel_nb.figures.sweep_importance import SweepImportance
from bigmodel_nb.figures.sweep_labels import best_place, goodness, ink_on, ramp, short, value_label
from bigmodel_nb.figures.sweep_map import SweepMap
from bigmodel_nb.figures.sweep_parallel import SweepParallel
from bigmodel_nb.figures.theme import THEMES
from bigmodel_nb.maths.importance import importance

RATES = ("learning_rate", [0.001, 0.01, 0.1])
WIDTHS = ("widths", [(32,), (64, 32)])
MEANS = np.array([[0.5, 0.2, np.nan], [0.4, 0.30001, np.nan]])
LOST = np.array([[0, 0, 3], [0, 1, 0]])
DEVIATIONS = np.array([[0.01, 0.02, np.nan], [0.03, 0.0401, np.nan]])


def heat_map(**changes) -> SweepMap:
    given = {
        "means": MEANS, "across": RATES, "down": WIDTHS, "deviations": DEVIATIONS, "diverged": LOST,
        "counts": np.isfinite(MEANS) * 2,
    }  # fmt: skip
    return SweepMap(**(given | changes))


def said(picture: SweepMap) -> list[list[str]]:
    return [[text.get_text() for _ground, _hatched, text in row] for row in picture._cells]


def texts_of(picture) -> list[str]:
    return [text.get_text() for axes in picture.figure.axes for text in axes.texts]


# -- the heat map -------------------------------------------------------------------------------


def test_every_cell_says_its_figure_and_its_spread():
    picture = heat_map()
    assert said(picture) == [
        ["0.500\n± 0.010", "★ 0.200\n± 0.020", "✕"],
        ["0.400\n± 0.030", "0.300\n1 of 3 ✕", ""],
    ]
    assert [tick.get_text() for tick in picture.axes.get_yticklabels()] == ["32", "64×32"]
    assert "1 cell without a figure yet" in picture._key.get_text() and "diverged" in picture._key.get_text()


def test_diverged_cells_are_hatched_and_empty_ones_are_not():
    picture = heat_map()
    hatched = [[one.get_visible() for _ground, one, _text in row] for row in picture._cells]
    assert hatched == [[False, False, True], [False, True, False]]
    whole, part = picture._cells[0][2][1], picture._cells[1][1][1]
    assert whole.get_hatch() == part.get_hatch() == "////"
    assert whole.get_width() == 1 and part.get_width() < 0.3


def test_frames_stand_around_the_best_and_the_chosen():
    picture = heat_map(chosen=(1, 0))
    assert picture._best_frame.get_xy() == (0.5, -0.5)
    x, y = picture._chosen_frame.get_xy()
    assert picture._chosen_frame.get_visible() and -0.5 < x < -0.4 and 0.5 < y < 0.6
    picture.update(MEANS, across=RATES, down=WIDTHS, metric="val_accuracy", mode="max", chosen=None)
    assert picture._best_frame.get_xy() == (-0.5, -0.5) and not picture._chosen_frame.get_visible()
    assert picture.axes.get_title(loc="left") == "Validation accuracy"


def test_other_figures_in_place_are_what_a_new_picture_draws():
    used = heat_map(means=[[9.0, 8.0, 7.0]] * 2, chosen=(0, 0))
    used.encode()
    used.update(
        MEANS, across=RATES, down=WIDTHS, deviations=DEVIATIONS, diverged=LOST, counts=np.isfinite(MEANS) * 2
    )
    assert used.encode()[1] == heat_map().encode()[1]
    used.update([[1.0, 2.0]], across=("seed", [0, 1]))
    assert used.encode()[1] == SweepMap([[1.0, 2.0]], across=("seed", [0, 1])).encode()[1]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("rows, columns", [(1, 1), (2, 8), (12, 12)])
def test_what_is_written_fits_its_cell_and_can_be_read(theme, rows, columns):
    random = np.random.default_rng(rows)
    values = (
        random.lognormal(0, 2, (rows, columns)) if columns < 12 else random.uniform(0.1, 9, (rows, columns))
    )
    picture = SweepMap(
        values,
        across=("learning_rate", list(np.geomspace(1e-5, 1, columns))),
        down=("activation", [f"function number {row}" for row in range(rows)]),
        deviations=values / 7,
        theme=theme,
    )
    picture.encode()
    renderer = picture.canvas.get_renderer()
    labels = [
        tick.label1 for axis in (picture.axes.xaxis, picture.axes.yaxis) for tick in axis._update_ticks()
    ]
    for text in [*labels, picture.axes.xaxis.label, picture.axes.yaxis.label]:
        box = text.get_window_extent(renderer)
        assert box.x0 >= 0 and box.x1 <= picture.figure.bbox.x1 and box.y0 >= 0, text.get_text()
    side_by_side = [tick.label1.get_window_extent(renderer) for tick in picture.axes.xaxis._update_ticks()]
    assert all(one.x1 < other.x0 for one, other in itertools.pairwise(side_by_side))
    for ground, _hatched, text in itertools.chain(*picture._cells):
        assert text.get_text()
        cell, box = ground.get_window_extent(renderer), text.get_window_extent(renderer)
        assert cell.x0 <= box.x0 and box.x1 <= cell.x1 and cell.y0 - 1 <= box.y0 and box.y1 <= cell.y1 + 1
        assert contrast(text.get_color(), ground.get_facecolor()) >= 4.5


def contrast(one, other) -> float:
    """WCAG 2's contrast ratio."""

    def luminance(color) -> float:
        parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in to_rgb(color)]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_order_is_seen_without_hue(theme):
    colors = ramp(THEMES[theme])(np.linspace(0, 1, 9))
    grays = colors[:, :3] @ [0.2126, 0.7152, 0.0722]
    steps = np.diff(grays)
    assert (steps < -0.02).all() if theme == "light" else (steps > 0.02).all()
    assert all(contrast(ink_on(color), color) >= 4.5 for color in ramp(THEMES[theme])(np.linspace(0, 1, 99)))


@settings(max_examples=10)
@given(arrays(np.float64, (2, 3), elements=st.floats(-1e300, 1e300) | st.just(np.nan)), st.booleans())
def test_any_figures_are_drawn(values, largest):
    mode = "max" if largest else "min"
    good, place = goodness(values, mode), best_place(values, mode)
    assert (np.isnan(good) == np.isnan(values)).all()
    if place is None:
        assert np.isnan(values).all()
    else:
        assert good[place] == np.nanmax(good) == 1
        assert values[place] == (np.nanmax(values) if largest else np.nanmin(values))
    heat_map(means=values, mode=mode, deviations=None).encode()


def test_one_cell_far_behind_does_not_hide_the_others():
    good = goodness([0.1, 0.2, 0.3, 1e9], "min")
    assert good[0] == 1 and good[1] > good[2] > 0.2 and good[3] == 0


@pytest.mark.parametrize(
    "value, label",
    [
        (0.001, "0.001"), (1e-05, "1e-05"), (3, "3"), ("relu", "relu"), ((64, 32), "64×32"), ((), "none"),
        (None, "None"), (True, "True"), ("a very long name of one", "a very long n…"),
    ],
)  # fmt: skip
def test_values_on_axes(value, label):
    assert value_label(value) == label


@pytest.mark.parametrize(
    "number, text",
    [(0.21345, "0.213"), (12.0, "12.0"), (999.9, "1,000"), (12345.6, "12,346"), (1.5e9, "1.5e+09"),
     (0.0, "0"), (3e-7, "3e-07"), (-2.5, "-2.50")],
)  # fmt: skip
def test_figures_in_cells(number, text):
    assert short(number) == text


# -- curves -------------------------------------------------------------------------------------


def runs(slope: float) -> list[list[float]]:
    return [[3 - slope * epoch + 0.1 * seed for epoch in range(10)] for seed in range(3)]


def test_curves_are_means_with_the_deviation_of_seeds():
    picture = SweepCurves(10, [SweepCurve("a", runs(0.1), runs(0.2))])
    line, bars, seeds = picture._lines[picture.right][0]
    np.testing.assert_allclose(line.get_ydata(), np.mean(runs(0.2), axis=0))
    ups = [segment for segment in bars.get_segments() if segment[0][0] == segment[1][0]]
    assert len(ups) >= 5
    assert all(high[1] - low[1] == pytest.approx(2 * np.std([0, 0.1, 0.2], ddof=1)) for low, high in ups)
    assert len(seeds.get_segments()) == 3
    assert picture.left.get_ylim() == picture.right.get_ylim()


def test_a_seed_that_ended_early_leaves_a_mean_of_the_others():
    picture = SweepCurves(5, [SweepCurve("a", [[1.0, 2.0, float("nan")], [3.0, 4.0, 5.0, 6.0, 7.0]])])
    line, bars, _seeds = picture._lines[picture.left][0]
    np.testing.assert_allclose(line.get_ydata(), [2, 3, 5, 6, 7])
    assert len(bars.get_segments()) == 2 * 3, "only two epochs have two seeds"
    assert len(picture._lines[picture.right][0][0].get_ydata()) == 0


def test_several_curves_have_looks_names_and_no_single_seeds():
    curves = [SweepCurve(f"rate {n}", runs(n / 10), runs(n / 20)) for n in range(MOST)]
    picture = SweepCurves(10, curves, by="learning rate, dropout", theme="dark")
    lines = [line for line, _bars, _seeds in picture._lines[picture.left]]
    assert len({(line.get_color(), line.get_linestyle(), line.get_marker()) for line in lines}) == MOST
    assert [text.get_text() for text in picture._legend.get_texts()] == [f"rate {n}" for n in range(MOST)]
    assert picture.left.get_title(loc="right") == "by learning rate, dropout"
    assert not any(seeds.get_segments() for _line, _bars, seeds in picture._lines[picture.left])
    picture.update(curves[:1])
    assert len(picture._legend.get_texts()) == 1 and len(lines[1].get_ydata()) == 0
    picture.update([])
    assert picture._legend is None and picture.encode()[0] == "png"


def test_limits_stay_while_it_moves_and_fit_at_rest():
    picture = SweepCurves(10, [SweepCurve("a", runs(0.2))])
    before = picture.left.get_ylim()
    picture.update([SweepCurve("a", [[2.5, 2.4]])], rescale=False)
    assert picture.left.get_ylim() == before
    picture.update([SweepCurve("a", [[2.5, 2.4]])])
    assert picture.left.get_ylim() != before


# -- importance ---------------------------------------------------------------------------------


def test_bars_are_shares_and_the_means_stand_beside_them():
    random = np.random.default_rng(0)
    values = random.normal(size=(3, 2, 4)) * 0.1 + np.array([0.0, 2.0, 5.0])[:, None, None]
    found = importance(values, chance=2)
    knobs = [RATES, WIDTHS, ("seed", [0, 1, 2, 3])]
    picture = SweepImportance(knobs, found, about="learning_rate")
    labels = [tick.get_text() for tick in picture.bars.get_yticklabels()]
    assert labels == ["learning rate", "widths", "in combination", "seed (chance)"]
    assert picture.bars.texts[0].get_text() == f"{found.shares[0]:.0%}"
    widths = [bar.get_width() for bar in picture.bars.patches]
    np.testing.assert_allclose(widths, [*found.shares[:2], found.together, found.chance])
    assert [bool(bar.get_hatch()) for bar in picture.bars.patches] == [False, False, True, True]
    np.testing.assert_allclose(picture.right.lines[0].get_ydata(), values.mean(axis=(1, 2)))
    picture.update(knobs, None)
    assert texts_of(picture) == ["nothing to compare yet"] * 2


# -- parallel coordinates -----------------------------------------------------------------------


def test_each_setting_is_a_line_and_the_best_stands_out():
    places = np.array(list(np.ndindex(3, 2)))
    figures = np.array([0.5, 0.1, 0.4, 0.3, np.nan, np.nan])
    lost = np.array([False] * 5 + [True])
    picture = SweepParallel([RATES, WIDTHS], places, figures, diverged=lost)
    (collection,) = picture.axes.collections
    assert len(collection.get_segments()) == 4
    axes_lines = 3
    others = picture.axes.lines[axes_lines:]
    assert [line.get_linestyle() for line in others] == ["--", ":", "-"] or len(others) == 3
    best = others[-1]
    assert best.get_color() == picture.theme.ink
    np.testing.assert_allclose(best.get_ydata()[-1], 0, atol=1e-9)
    assert {"learning rate", "widths", "validation loss", "diverged", "64×32"} <= set(texts_of(picture))


def test_what_does_not_match_is_faint_and_is_not_the_best():
    places = np.array(list(np.ndindex(3, 2)))
    bright = places[:, 0] == 2
    picture = SweepParallel([RATES, WIDTHS], places, np.arange(6.0), bright=bright)
    (collection,) = picture.axes.collections
    assert sorted(collection.get_colors()[:, 3].round(2).tolist()) == [0.13] * 4 + [0.95] * 2
    assert picture.axes.lines[-1].get_ydata()[-1] == pytest.approx(0.8)


@pytest.mark.parametrize(
    "figures", [[np.nan] * 6, [1.0] * 6, [np.nan] * 5 + [2.0], [1e300, -1e300, 0, 1, 2, 3]]
)
@pytest.mark.parametrize("theme", THEMES)
def test_borderline_results_are_drawn_without_a_warning(figures, theme):
    places = np.array(list(np.ndindex(3, 2)))
    picture = SweepParallel([RATES, WIDTHS], places, figures, theme=theme)
    assert picture.encode()[0] == "png"


# -- wrong arguments ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: heat_map(means=[[1.0]]), "means must be an array of shape"),
        (lambda: heat_map(means="much"), "means must be an array"),
        (lambda: heat_map(deviations=[1.0]), "deviations must be"),
        (lambda: heat_map(mode="low"), "mode must be one of"),
        (lambda: heat_map(chosen=(0, 9)), "chosen must be a whole number from 0 to 2"),
        (lambda: SweepCurves(0), "epochs must be"),
        (lambda: SweepCurves(3, ["a"]), "curves must be a list of at most 6 of SweepCurve"),
        (lambda: SweepCurves(3, [SweepCurve("a")] * 7), "curves must be a list of at most 6"),
        (lambda: SweepImportance([RATES], importance([[1.0, 2.0]])), "found must be the importance of 1"),
        (lambda: SweepImportance([RATES], about="depth"), "about must be one of"),
        (lambda: SweepParallel([RATES], [[0, 1]], [1.0]), "places must be an array of shape"),
        (lambda: SweepParallel([RATES], [[0]], [1.0], bright=[True, True]), "bright must be 1 of True"),
        (lambda: SweepParallel([RATES], [[0]], "abc"), "figures must be"),
    ],
)
def test_wrong_arguments_are_named(call, words):
    with pytest.raises((TypeError, ValueError), match=f"^{words}.*; received: "):
        call()
