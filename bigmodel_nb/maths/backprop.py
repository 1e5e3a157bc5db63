"""Back-propagation through a small graph of numbers, with every step in sight.

    graph = GRAPHS["one neuron"]
    passes = graph.passes({"x": 2.0, "w": 0.5, "b": -0.3, "y": 1.0})
    passes.values["loss"], passes.slopes["w"]        # what comes out, and d loss / d w
    passes.edges                                     # on each edge: the number that goes forward, and back

A node is an input or one operation on earlier nodes. Forward, each node gets its value. Backward, each edge
carries what its target was sent, times the operation's own slope for that edge; where edges meet, a node's
slope is the sum. S. Linnainmaa, 1970, thesis (in Finnish); D. E. Rumelhart, G. E. Hinton, R. J. Williams,
1986, "Learning representations by back-propagating errors".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigmodel_nb.arguments import between, one_of, wrong_type
from bigmodel_nb.language import gettext as _

MOST = 1e6  # an input may be as large as this


@dataclass(frozen=True)
class Operation:
    """`value` of some numbers, `slopes` of that for each of them, and both in symbols.

    `symbol` and `rules` are formats of the names of the numbers, {0} and {1}, and of the result, {out}.
    """

    value: Callable[..., float]
    slopes: Callable[..., tuple[float, ...]]
    symbol: str
    rules: tuple[str, ...]


def _sigmoid(z: float) -> float:
    return float(0.5 + 0.5 * np.tanh(0.5 * z))


OPERATIONS: dict[str, Operation] = {
    "multiply": Operation(lambda a, b: a * b, lambda a, b: (b, a), "{0} · {1}", ("{1}", "{0}")),
    "add": Operation(lambda *parts: float(sum(parts)), lambda *parts: (1.0,) * len(parts), "sum", ("1",)),
    "subtract": Operation(lambda a, b: a - b, lambda a, b: (1.0, -1.0), "{0} - {1}", ("1", "-1")),
    "square": Operation(lambda a: a * a, lambda a: (2 * a,), "{0}²", ("2 · {0}",)),
    "tanh": Operation(np.tanh, lambda a: (1 - np.tanh(a) ** 2,), "tanh {0}", ("1 - {out}²",)),
    "relu": Operation(
        lambda a: max(a, 0.0), lambda a: (float(a > 0),), "relu {0}", ("1 if {0} > 0, else 0",)
    ),
    "sigmoid": Operation(
        _sigmoid, lambda a: (_sigmoid(a) * (1 - _sigmoid(a)),), "sigmoid {0}", ("{out} · (1 - {out})",)
    ),
    "exp": Operation(np.exp, lambda a: (np.exp(a),), "exp {0}", ("{out}",)),
    "log": Operation(np.log, lambda a: (1 / a,), "ln {0}", ("1 / {0}",)),
}


@dataclass(frozen=True)
class Node:
    """`name`, and where it stands in a picture: `column` from the left, `row` from the top, in units of a
    node. An input has a `start` value and no operation."""

    name: str
    column: float
    row: float
    operation: str = ""
    sources: tuple[str, ...] = ()
    start: float = 0.0


@dataclass(frozen=True)
class Edge:
    """From `source` to `target`: the value that went `forward`, the operation's slope for it (`local`), and
    what came `back`: the slope of the target times that."""

    source: str
    target: str
    forward: float
    local: float
    back: float

    @property
    def name(self) -> str:
        return f"{self.source} → {self.target}"


@dataclass(frozen=True)
class Passes:
    """Both passes: the value of each node, the slope of the last node for each, and what went over edges."""

    values: dict[str, float]
    slopes: dict[str, float]
    edges: list[Edge]


@dataclass(frozen=True)
class Graph:
    """A graph of numbers; `nodes` stand in an order in which each can be computed, the loss last."""

    name: str
    nodes: tuple[Node, ...] = field(repr=False)

    @property
    def inputs(self) -> dict[str, float]:
        """The inputs, and what they start from."""
        return {node.name: node.start for node in self.nodes if not node.operation}

    @property
    def output(self) -> str:
        return self.nodes[-1].name

    @property
    def edges(self) -> list[tuple[str, str]]:
        """Source and target of each edge."""
        return [(source, node.name) for node in self.nodes for source in node.sources]

    def passes(self, inputs: Mapping[str, float] | None = None) -> Passes:
        """The forward and the backward pass; inputs that are not given have their start values."""
        given = self.inputs | checked_values("inputs", {} if inputs is None else inputs, self)
        values: dict[str, float] = {}
        slopes_of: dict[str, tuple[float, ...]] = {}
        with np.errstate(all="ignore"):
            for node in self.nodes:
                if not node.operation:
                    values[node.name] = given[node.name]
                    continue
                operation, arguments = OPERATIONS[node.operation], [values[name] for name in node.sources]
                values[node.name] = float(operation.value(*arguments))
                slopes_of[node.name] = tuple(float(slope) for slope in operation.slopes(*arguments))
            slopes = dict.fromkeys(values, 0.0)
            slopes[self.output] = 1.0
            edges: list[Edge] = []
            for node in reversed(self.nodes):
                for source, local in zip(node.sources, slopes_of.get(node.name, ()), strict=True):
                    back = slopes[node.name] * local
                    slopes[source] += back
                    edges.append(Edge(source, node.name, values[source], local, back))
        order = {pair: place for place, pair in enumerate(self.edges)}
        return Passes(values, slopes, sorted(edges, key=lambda edge: order[edge.source, edge.target]))

    def node(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)

    def rule(self, source: str, target: str) -> str:
        """The slope of a target for one of its sources, in symbols: "w" for d(w · x)/dx."""
        node = self.node(target)
        rules = OPERATIONS[node.operation].rules
        rule = rules[min(node.sources.index(source), len(rules) - 1)]
        return rule.format(*node.sources, out=target)

    def formula(self, name: str) -> str:
        """How a node is computed, in symbols; "" for an input."""
        node = self.node(name)
        if not node.operation:
            return ""
        if node.operation == "add":
            return " + ".join(node.sources)
        return OPERATIONS[node.operation].symbol.format(*node.sources)


def checked_values(name: str, values: Any, graph: Graph) -> dict[str, float]:
    """`values` as numbers for inputs of a graph."""
    if not isinstance(values, Mapping):
        raise wrong_type(name, _("values by input, such as {example}").format(example='{"x": 2.0}'), values)
    return {
        one_of(name, key, graph.inputs): between(f"{name}[{key!r}]", value, -MOST, MOST)
        for key, value in values.items()
    }


def _neuron(name: str, bend: str, start: Mapping[str, float]) -> Graph:
    """One unit with a squared error."""
    return Graph(
        name,
        (
            Node("x", 0, 0, start=start["x"]),
            Node("w", 0, 2, start=start["w"]),
            Node("b", 1, 2, start=start["b"]),
            Node("y", 3, 2, start=start["y"]),
            Node("wx", 0, 1, "multiply", ("w", "x")),
            Node("z", 1, 1, "add", ("wx", "b")),
            Node("a", 2, 1, bend, ("z",)),
            Node("e", 3, 1, "subtract", ("a", "y")),
            Node("loss", 4, 1, "square", ("e",)),
        ),
    )


_TWO_PATHS = Graph(
    "two paths that meet",
    (
        Node("x", 0, 0.5, start=1.5),
        Node("u", 1, 0, "square", ("x",)),
        Node("w", 1, 2, start=-2.0),
        Node("v", 1, 1, "multiply", ("w", "x")),
        Node("s", 2, 0.5, "add", ("u", "v")),
        Node("loss", 3, 0.5, "square", ("s",)),
    ),
)
_SOFTMAX = Graph(
    "softmax and cross-entropy",
    (
        Node("z1", 0, 0, start=2.0),
        Node("z2", 0, 1.15, start=1.0),
        Node("z3", 0, 2.0, start=-1.0),
        Node("e1", 1.2, 0.55, "exp", ("z1",)),
        Node("e2", 1.2, 1.25, "exp", ("z2",)),
        Node("e3", 1.2, 2.0, "exp", ("z3",)),
        Node("s", 2.5, 1.25, "add", ("e1", "e2", "e3")),
        Node("l", 3.6, 1.25, "log", ("s",)),
        Node("loss", 4.7, 0.3, "subtract", ("l", "z1")),
    ),
)
GRAPHS: dict[str, Graph] = {
    graph.name: graph
    for graph in (
        _neuron("one neuron", "tanh", {"x": 2.0, "w": 0.5, "b": -0.3, "y": -1.0}),
        _TWO_PATHS,
        _neuron("a dead relu", "relu", {"x": 2.0, "w": -0.5, "b": 0.2, "y": 1.0}),
        _SOFTMAX,
    )
}
