"""The pictures of a loss and of back-propagation: numbers where they belong, in place as from scratch."""

import numpy as np
import pytest

from bigmodel_nb.figures.backprop import BackpropFigure, reached, steps_of
from bigmodel_nb.figures.losses import LossFigure
from bigmodel_nb.maths.backprop import GRAPHS
from bigmodel_nb.maths.loss_view import VIEWS, curve, loss_view


def drawn(figure) -> np.ndarray:
    figure.encode()
    return np.asarray(figure.canvas.buffer_rgba()).copy()


def view(kind, first=0.7, twice=False):
    scores = [first, -0.5, 2.0] if kind == "cross-entropy" else [first]
    return loss_view(kind, scores, 1, twice=twice)


def test_bars_and_curve_are_those_of_the_view():
    here = view("cross-entropy", twice=True)
    figure = LossFigure(here, 1)
    heights = [[bar.get_height() for bar in bars] for bars in figure._bars]
    np.testing.assert_allclose(heights, [here.scores, here.probabilities, here.slopes])
    seconds = [[bar.get_height() for bar in bars] for bars in figure._seconds[1:]]
    np.testing.assert_allclose(seconds, [here.second.probabilities, here.second.slopes])
    across, losses, twice = curve(here, 1)
    np.testing.assert_array_equal(figure._line.get_xydata(), np.stack([across, losses], axis=1))
    np.testing.assert_array_equal(figure._second_line.get_ydata(), twice)
    (left, right), (low, high) = figure._tangents[0].get_data()
    assert (high - low) / (right - left) == pytest.approx(here.slopes[1])
    assert [frame.get_height() for frame in figure._wanted] == [0, 1, 0]


def test_without_answers_only_the_scores_are_there():
    figure = LossFigure(view("cross-entropy"), 1)
    figure.update(view("cross-entropy"), 1, answers=False)
    assert [bar.get_visible() for bars in figure._bars for bar in bars] == 3 * [True] + 6 * [False]
    assert len(figure._line.get_xdata()) == 0 and figure._title.get_text() == ""


@pytest.mark.parametrize("kind", VIEWS)
def test_a_loss_in_place_is_as_from_scratch(kind):
    figure = LossFigure(view("cross-entropy", twice=True), 1)
    figure.update(view(kind, 1e5), 0)
    np.testing.assert_array_equal(drawn(figure), drawn(LossFigure(view(kind, 1e5), 0)))


@pytest.mark.parametrize("name", GRAPHS)
def test_numbers_come_step_by_step(name):
    graph = GRAPHS[name]
    passes, most = graph.passes(), steps_of(graph)
    figure = BackpropFigure(graph, passes, step=0)
    counts = []
    for step in range(most + 1):
        figure.update(graph, passes, step=step)
        forward, back = reached(graph, step)
        assert {node for node, word in figure._values.items() if word.get_text()} == forward
        sent = {edge for edge, word in figure._backward.items() if word.get_text()}
        assert sent == {edge for edge in graph.edges if edge[1] in back}
        counts.append(len(forward) + len(back))
    assert np.diff(counts).tolist() == [1] * most
    assert all(word.get_text() for word in (*figure._slopes.values(), *figure._forward.values()))


def test_a_graph_in_place_is_as_from_scratch():
    names = list(GRAPHS)
    figure = BackpropFigure(GRAPHS[names[0]], GRAPHS[names[0]].passes())
    for name in names[1:]:
        graph = GRAPHS[name]
        settings = {"edge": graph.edges[0], "step": steps_of(graph) - 1}
        figure.update(graph, graph.passes(), **settings)
        fresh = BackpropFigure(graph, graph.passes(), **settings)
        np.testing.assert_array_equal(drawn(figure), drawn(fresh))


@pytest.mark.parametrize("name", GRAPHS)
def test_no_number_lies_on_another(name):
    graph = GRAPHS[name]
    figure = BackpropFigure(graph, graph.passes())
    figure.encode()
    renderer = figure.canvas.get_renderer()
    words = [*figure._values.values(), *figure._slopes.values(), *figure._forward.values()]
    boxes = [word.get_window_extent(renderer) for word in [*words, *figure._backward.values()]]
    for place, box in enumerate(boxes):
        assert figure.figure.bbox.x0 <= box.x0 and box.x1 <= figure.figure.bbox.x1
        # a pixel more or less is no overlap that anybody sees
        assert not any(
            box.x0 + 1 < other.x1
            and other.x0 + 1 < box.x1
            and box.y0 + 3 < other.y1
            and other.y0 + 3 < box.y1
            for other in boxes[:place]
        ), place


def test_wrong_arguments_are_named():
    graph = GRAPHS["one neuron"]
    for settings in ({"edge": ("x", "z")}, {"step": 99}, {"theme": "pink"}):
        with pytest.raises(ValueError, match=r" must be .*; received: "):
            BackpropFigure(graph, graph.passes(), **settings)
    with pytest.raises(ValueError, match="place must be a whole number from 0 to 0"):
        LossFigure(view("Huber"), 1)
