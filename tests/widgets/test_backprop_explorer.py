"""The explorer of back-propagation: what it shows is what maths computes, and its cell makes it again."""

from __future__ import annotations

import pytest

from bigmodel_nb.maths.backprop import GRAPHS
from bigmodel_nb.widgets import BackpropExplorer


@pytest.mark.parametrize("graph", GRAPHS)
def test_any_graph_is_computed_drawn_and_printed(made, run_cell, graph):
    values = dict.fromkeys(GRAPHS[graph].inputs, 0.75)
    explorer = made(BackpropExplorer(graph, values, position=7, theme="dark"))
    assert explorer.passes == GRAPHS[graph].passes(values) and explorer.message == ""
    names, figure = run_cell(explorer.code())
    assert names["passes"] == explorer.passes
    assert figure.encode()[1] == bytes(explorer.image.value)
