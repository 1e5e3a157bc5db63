"""Back-propagation through graphs of numbers: against finite differences, and the claims of the lessons."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.maths.backprop import GRAPHS, OPERATIONS
from bigmodel_nb.maths.loss_view import loss_view


@pytest.mark.parametrize("name", GRAPHS)
@given(data=st.data())
def test_slopes_are_measured_ones(name, data, numeric_gradient):
    graph = GRAPHS[name]
    start = np.array([data.draw(st.floats(-3, 3)) for _name in graph.inputs])

    def loss(numbers):
        return graph.passes(dict(zip(graph.inputs, map(float, numbers), strict=True))).values["loss"]

    passes = graph.passes(dict(zip(graph.inputs, map(float, start), strict=True)))
    if name == "a dead relu" and abs(passes.values["z"]) < 1e-3:
        return  # the corner has no slope
    measured = numeric_gradient(loss, start)
    for slope, key in zip(measured, graph.inputs, strict=True):
        assert passes.slopes[key] == pytest.approx(slope, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("name", GRAPHS)
def test_a_node_gets_the_sum_of_what_comes_back(name):
    graph = GRAPHS[name]
    passes = graph.passes()
    assert [(edge.source, edge.target) for edge in passes.edges] == graph.edges
    for node in graph.nodes[:-1]:
        came = sum(edge.back for edge in passes.edges if edge.source == node.name)
        assert passes.slopes[node.name] == pytest.approx(came)
    for edge in passes.edges:
        assert edge.forward == passes.values[edge.source]
        assert edge.back == pytest.approx(passes.slopes[edge.target] * edge.local)


@pytest.mark.parametrize("name", GRAPHS)
def test_the_rules_in_symbols_are_those_in_numbers(name):
    graph = GRAPHS[name]
    passes = graph.passes()
    for edge in passes.edges:
        rule = graph.rule(edge.source, edge.target)
        if "if" in rule:
            rule = f"1 if {passes.values[edge.source]} > 0 else 0"
        said = eval(rule.replace("·", "*").replace("²", "**2"), {}, passes.values)
        assert said == pytest.approx(edge.local), edge.name
    assert {node.operation for graph in GRAPHS.values() for node in graph.nodes} - {""} <= set(OPERATIONS)


def test_a_dead_relu_sends_nothing_back():
    passes = GRAPHS["a dead relu"].passes()
    assert passes.values["a"] == 0 and passes.values["loss"] > 0
    assert all(passes.slopes[name] == 0 for name in ("w", "x", "b", "z"))


def test_softmax_and_cross_entropy_send_back_p_minus_y():
    passes = GRAPHS["softmax and cross-entropy"].passes()
    known = loss_view("cross-entropy", [2.0, 1.0, -1.0], 0)
    assert passes.values["loss"] == pytest.approx(known.loss)
    np.testing.assert_allclose([passes.slopes[name] for name in ("z1", "z2", "z3")], known.slopes)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (3, "inputs must be values by input, such as "),
        ({"q": 1.0}, "inputs must be one of 'x', 'w', 'b', 'y'"),
        ({"x": "a"}, "inputs['x'] must be a number from"),
        ({"x": float("nan")}, "inputs['x'] must be a number from"),
        ({"x": 1e9}, "inputs['x'] must be a number from"),
    ],
)
def test_wrong_inputs_are_named(inputs, words):
    graph = GRAPHS["one neuron"]
    with pytest.raises((ValueError, TypeError)) as caught:
        graph.passes(inputs)
    assert words in str(caught.value)
