"""Pictures of the next token, of a text in tokens, and of a table of tokens; readable in every case."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.figures.embeddings import NAMED, NEAREST, EmbeddingFigure
from bigmodel_nb.figures.lettering import drawable_text
from bigmodel_nb.figures.sampling import ROWS, SamplingFigure
from bigmodel_nb.figures.tokens import Pieces, TokenFigure
from bigmodel_nb.maths.embeddings import neighbors, plane
from bigmodel_nb.maths.sampling import choose

NAMES = ["$a$", "_", "␣the", "你", *map(chr, range(65, 91))]
LOGITS = np.linspace(4, -4, len(NAMES))


def test_bars_are_probabilities_before_and_after():
    choice = choose(LOGITS, top_k=5, top_p=0.6)
    figure = SamplingFigure(choice, NAMES, top_k=5, top_p=0.6)
    for row in range(ROWS):
        assert figure._before[row].get_width() == choice.full[row]
        assert figure._after[row].get_width() == choice.probabilities[row]
        stays = choice.in_top_p[row]
        assert figure._before[row].get_hatch() == (None if stays else "/////")
        assert figure._labels[row].get_text().startswith("✕") != stays
    assert figure._labels[3].get_text().endswith("U+4F60")
    np.testing.assert_allclose(figure._sum.get_ydata()[-1], 1)
    assert f"{choice.in_top_p.sum()} of {len(NAMES)} stay" == figure._said.get_text()


def test_no_limit_of_the_bars_changes_while_a_control_moves():
    figure = SamplingFigure(choose(LOGITS), NAMES)
    before = figure.bars.get_xlim()
    figure.update(choose(LOGITS, temperature=0), NAMES, rescale=False)
    assert figure.bars.get_xlim() == before and figure._before[0].get_width() == before[1]
    figure.update(choose(LOGITS, temperature=0), NAMES)
    assert figure.bars.get_xlim() == (0, 1)


@pytest.mark.parametrize("size", [1, 2, 30])
def test_a_vocabulary_of_any_size_is_drawn_in_both_themes(size):
    for theme in ("light", "dark"):
        figure = SamplingFigure(choose(LOGITS[:size], top_k=1), NAMES[:size], top_k=1, theme=theme)
        figure.encode()
        assert sum(bar.get_visible() for bar in figure._after) == min(size, ROWS)
        figure.update(choose(LOGITS[:size]), NAMES[:size], answers=False)
        assert figure._hidden.get_visible() and not any(bar.get_visible() for bar in figure._after)


def test_more_tokens_change_the_axis():
    figure = SamplingFigure(choose(LOGITS), NAMES)
    figure.update(choose(np.zeros(5000)), ["x"] * 5000)
    assert figure.sums.get_xlim()[1] > 5000 and len(figure._sum.get_xdata()) < 200


def boxes(figure):
    return [path.vertices for path in figure._boxes.get_paths()]


def test_tokens_wrap_and_what_finds_no_room_is_counted():
    words = ["␣word"] * 400
    figure = TokenFigure({"bytes": Pieces(words, np.full(400, 5))}, "bytes", 2000)
    drawn = boxes(figure)
    assert figure._rest.get_text() == f"and {400 - len(drawn)} more tokens"
    assert all(12 <= box[:, 0].min() and box[:, 0].max() <= 632 for box in drawn)
    assert " ".join(line.get_text() for line in figure._lines).split() == words[: len(drawn)]
    renderer = figure.canvas.get_renderer()
    text = figure._lines[0].get_window_extent(renderer)  # the letters stand in their boxes
    last = max(box[:, 0].max() for box in drawn if box[:, 1].min() < 50)
    assert abs(text.x1 / 2 - last) < 6


def test_counts_and_lengths_are_those_of_the_text():
    splits = {
        "characters": Pieces(list("abc$"), np.ones(4, int)),
        "byte pairs": Pieces(["abc$"], np.array([12])),
    }
    figure = TokenFigure(splits, "byte pairs", 4, theme="dark")
    assert [bar.get_width() for bar in figure._bars[:2]] == [1, 0.25]
    assert figure._numbers[1].get_text() == "1, 0.25 a character"
    assert not figure._bars[2].get_visible() and figure._names[1].get_text() == "▸ byte pairs"
    assert figure._columns[-1].get_height() == 1 and figure._shares[-1].get_text() == "1"
    figure.update(splits, "characters", 4, answers=False)
    assert not figure._numbers[0].get_visible() and figure._hidden.get_visible()
    figure.update({"characters": Pieces([], np.zeros(0, int))}, "characters", 0)
    assert boxes(figure) == []
    figure.encode()


@pytest.mark.parametrize("size", [2, 30, NAMED + 1])
def test_the_chosen_token_is_ringed_and_its_neighbors_framed(size):
    table = np.random.default_rng(0).normal(size=(size, 6))
    names = [f"t{number}" for number in range(size)]
    flat = plane(table)
    figure = EmbeddingFigure(flat, names, 1, *neighbors(table, 1))
    near, cosines = neighbors(table, 0)
    figure.update(flat, names, 0, near, cosines)
    np.testing.assert_array_equal(figure._ring.get_xydata(), flat.points[[0]])
    np.testing.assert_array_equal(figure._frames.get_xydata(), flat.points[near[:NEAREST]])
    np.testing.assert_array_equal([bar.get_width() for bar in figure._cosines[: len(near)]], cosines)
    assert len(figure._static) == (size if size <= NAMED else 0)
    assert figure._called[0].get_visible() == (size > NAMED)
    figure.encode()


def test_a_table_without_any_spread_is_drawn():
    flat = plane(np.ones((3, 1)))
    EmbeddingFigure(flat, ["a", "b", "c"], 0, *neighbors(np.ones((3, 1)), 0)).encode()


def test_what_the_font_lacks_is_written_as_its_code():
    assert drawable_text("é␣a\n你\ud83d") == "é␣aU+000AU+4F60U+D83D"
