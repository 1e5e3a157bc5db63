"""The picture of attention: each part of a view changes it, and every size fits."""

import numpy as np
import pytest

from bigmodel_nb.figures.attention import HEIGHT, WITHOUT_LENS, AttentionFigure
from bigmodel_nb.maths.attention import causal_mask
from bigmodel_nb.maths.attention_view import STAGES, AttentionView, by_hand, view_of

RANDOM = np.random.default_rng(0)


def view(length=5, layers=2, heads=3, stage="softmax", lens=(), hidden=True, **chosen):
    maps = RANDOM.dirichlet(np.ones(length), (layers, heads, length))
    labels = tuple("abcdefghij"[n % 10] for n in range(length))
    where = {"layer": 0, "head": 0, "token": 0, **chosen}
    mask = ~causal_mask(length) if hidden else None
    return AttentionView(labels, stage=stage, matrix=maps[where["layer"], where["head"]], hidden=mask,
                         maps=maps, bits=maps[..., 0].mean(-1), row_bits=1.0, lens=lens, **where)  # fmt: skip


LENS = (("embedding", (("a", 0.9), ("😀", 0.1))), ("block_0", (("b", 1.0), ("c", 0.0))))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("length", "layers", "heads"), [(1, 1, 1), (7, 4, 4), (64, 12, 12), (64, 4, 4)])
def test_every_size_is_drawn(length, layers, heads, theme):
    figure = AttentionFigure(view(length, layers, heads, lens=LENS * layers), theme=theme)
    assert figure.height == HEIGHT and len(np.unique(np.asarray(figure._sheet.image))) > 20
    kind, data = figure.encode()
    assert kind == "png" and len(data) > 1000


def test_what_is_chosen_changes_the_picture_and_updating_is_drawing_anew():
    shown = view(lens=LENS)
    figure = AttentionFigure(shown)
    pictures = {figure.encode()[1]}
    for name in ("token", "head", "layer"):
        state = {**vars(shown), name: 1}
        figure.update(AttentionView(**state))
        pictures.add(figure.encode()[1])
        assert figure.encode()[1] == AttentionFigure(AttentionView(**state)).encode()[1]
    figure.update(shown, answers=False)
    pictures.add(figure.encode()[1])
    assert len(pictures) == 5


def test_colors_keep_their_meaning_while_a_control_moves():
    def scores(factor):
        shown = view(stage="scores", hidden=False)
        return AttentionView(**{**vars(shown), "matrix": factor * np.eye(5)})

    figure = AttentionFigure(scores(1.0))
    figure.update(scores(0.5), rescale=False)
    moving = figure.encode()[1]
    figure.update(scores(0.5))
    assert figure.encode()[1] != moving


@pytest.mark.parametrize("stage", STAGES)
def test_matrices_set_by_hand(stage):
    trace = by_hand(np.eye(4), np.eye(4), np.ones((4, 2)), mask=causal_mask(4))
    shown = view_of(trace, ["the", "cat", "$x_$", "a long word"], stage=stage, token=2)
    figure = AttentionFigure(shown)
    assert figure.height == WITHOUT_LENS and figure.fits(shown) and not figure.fits(view(lens=LENS))
    assert figure.encode()[1]


def test_something_else_is_refused():
    with pytest.raises(TypeError, match=r"view must be what view_of\(\) returns"):
        AttentionFigure(np.eye(3))
