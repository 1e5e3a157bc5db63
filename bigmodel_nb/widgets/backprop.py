"""Back-propagation through a small graph: numbers on every edge, the chain rule for one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.figures.backprop import BackpropFigure, reached, steps_of
from bigmodel_nb.language import gettext as _
from bigmodel_nb.language import ngettext
from bigmodel_nb.maths.backprop import GRAPHS, MOST, Edge, Graph, Passes, checked_values
from bigmodel_nb.widgets.controls import choice
from bigmodel_nb.widgets.explorer import Explorer, all_or_nothing
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.lesson import checked_show
from bigmodel_nb.widgets.options import offer
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.transport import Transport
from bigmodel_nb.widgets.words import amount


class BackpropExplorer(Explorer):
    """The forward and the backward pass through a small graph of numbers, step by step.

    Arguments, each also a control: `graph`, one of `maths.backprop.GRAPHS` ("one neuron", "two paths that
    meet", "a dead relu", "softmax and cross-entropy"); `values` of its inputs by name, such as
    `{"x": 2.0}`; `edge`, such as "z → a" (or ("z", "a")), for which the chain rule is spelled out (default:
    the first); `position`, the step shown, forward and then backward (default: the last).

    `show`, `prediction` and `theme` as in `DescentExplorer`. Controls: `graph`, `values[graph][input]`,
    `edge`, `transport`. Results: `passes`, a `maths.backprop.Passes`; `chain_rule()`; `summary_text`.
    """

    figure: BackpropFigure
    CONTROLS = ("graph", "values", "edge", "play")

    @all_or_nothing
    def __init__(
        self,
        graph: str = "one neuron",
        values: Mapping[str, float] | None = None,
        edge: str | Sequence[str] | None = None,
        *,
        position: int | None = None,
        show: Sequence[str] | None = None,
        prediction: Prediction | None = None,
        theme: str = "light",
    ):
        chosen = GRAPHS[arguments.one_of("graph", graph, GRAPHS)]
        given = checked_values("values", {} if values is None else values, chosen)
        shown = checked_show(show, self.CONTROLS)
        marked = _edge_named(edge, chosen)
        most = steps_of(chosen)
        position = most if position is None else arguments.whole("position", position, 0, most)
        super().__init__()
        self.ask(prediction)
        self.values: dict[str, dict[str, Knob]] = {}
        self.graph = choice(_("graph"), [(_(name), name) for name in GRAPHS], graph, _("what is computed"))
        self.edge = choice(_("edge"), _edges(chosen), marked, _("for which the chain rule is spelled out"))
        self.transport = Transport(most, interval=700, label=_("step shown"))
        self.transport.position = position
        self._value_box = ipywidgets.VBox()
        with self.silently():
            for name, value in given.items():
                self._knobs()[name].value = value
        self._show_knobs()
        self.theme = theme
        self.compute()
        self.figure = BackpropFigure(self.network(), self.passes, theme=theme)
        self.graph.observe(self._graph_changed, "value")
        self.edge.observe(self.changed, "value")
        self.transport.observe(self.changed, "position")
        parts = {"graph": self.graph, "values": self._value_box, "edge": self.edge}
        self.keep(*parts.values(), self.transport)
        names = self.CONTROLS if shown is None else shown
        self.assemble(
            [parts[name] for name in names if name in parts],
            beneath=[self.transport] if "play" in names else [],
        )

    # -- controls ---------------------------------------------------------------------------

    def network(self) -> Graph:
        """The graph that is shown."""
        return GRAPHS[self.graph.value]

    def _knobs(self) -> dict[str, Knob]:
        """The knobs of the inputs of this graph, made when they are first needed."""
        graph = self.network()
        if graph.name not in self.values:
            made = {
                name: Knob(
                    f"values[{name!r}]", start, -4, 4, step=0.1, label=_("input {name}").format(name=name),
                    check=lambda name, value: arguments.between(name, value, -MOST, MOST),
                )
                for name, start in graph.inputs.items()
            }  # fmt: skip
            self.values[graph.name] = made
            self.keep(*made.values())
            for knob in made.values():
                knob.observe(self.changed, "value")
        return self.values[graph.name]

    def _show_knobs(self) -> None:
        self._value_box.children = list(self._knobs().values())

    def _graph_changed(self, change) -> None:
        graph = self.network()
        with self.silently():
            self._show_knobs()
            offer(self.edge, _edges(graph))
            self.transport.span(steps_of(graph))
            self.transport.position = steps_of(graph)
        self.changed(change)

    # -- what an explorer says --------------------------------------------------------------

    def _given(self) -> dict[str, float]:
        return {name: knob.value for name, knob in self._knobs().items()}

    def _step(self) -> int:
        return self.transport.position if self.revealed else steps_of(self.network()) // 2

    def compute(self) -> None:
        self.passes: Passes = self.network().passes(self._given())

    def draw(self, rescale: bool) -> None:
        self.figure.update(self.network(), self.passes, edge=self._ends(), step=self._step(), rescale=rescale)

    def _ends(self) -> tuple[str, str]:
        source, _arrow, target = self.edge.value.partition(" → ")
        return source, target

    def chosen_edge(self) -> Edge:
        """The edge for which the chain rule is spelled out."""
        return next(edge for edge in self.passes.edges if edge.name == self.edge.value)

    def chain_rule(self) -> str:
        """The chain rule for the chosen edge, in symbols and in numbers."""
        return self._rule(self.chosen_edge())

    def _rule(self, edge: Edge) -> str:
        graph = self.network()
        above, local = self.passes.slopes[edge.target], graph.rule(edge.source, edge.target)
        words = (
            f"d loss/d {edge.source} = d loss/d {edge.target} · d {edge.target}/d {edge.source}"
            f" = {amount(above)} · {f'({local})' if ' ' in local else local}"
            f" = {amount(above)} · {amount(edge.local)} = {amount(edge.back)}"
        )
        if edge.target == graph.output:
            words = f"d loss/d {edge.source} = {local} = {amount(edge.back)}"
        others = [one for one in self.passes.edges if one.source == edge.source]
        if len(others) == 1:
            return words + "."
        total = " + ".join(amount(one.back) for one in others)
        return _(
            "over this edge, {rule}. {source} has {count} edges, and what comes back over them is added: "
            "{total} = {sum}."
        ).format(
            rule=words, source=edge.source, count=len(others), total=total,
            sum=amount(self.passes.slopes[edge.source]),
        )  # fmt: skip

    def describe(self) -> str:
        graph, step = self.network(), self._step()
        if not self.revealed:
            return _("Forward, the loss is {loss}. Predict, and the slopes come back.").format(
                loss=amount(self.passes.values[graph.output])
            )
        half, (_forward, back) = steps_of(graph) // 2, reached(graph, step)
        if step < half:
            newest = [node.name for node in graph.nodes if node.operation][:step][-1:]
            if not newest:
                return _("Nothing is computed yet: the inputs are there.")
            name = newest[0]
            return _("Forward, step {step} of {half}: {name} = {formula} = {value}.").format(
                step=step,
                half=half,
                name=name,
                formula=graph.formula(name),
                value=amount(self.passes.values[name]),
            )
        loss = _("Forward, the loss is {loss}.").format(loss=amount(self.passes.values[graph.output]))
        edge = self.chosen_edge()
        if edge.target not in back:
            sent = ngettext(
                "Backward, {count} of {half} nodes has sent its slopes.",
                "Backward, {count} of {half} nodes have sent their slopes.",
                len(back),
            ).format(count=len(back), half=half)
            return f"{loss} {sent} " + _("None has come over {edge} yet.").format(edge=edge.name)
        return f"{loss} " + _("Edge {edge}: {rule}").format(edge=edge.name, rule=self.chain_rule())

    def longest(self) -> str:
        rule = max((self._rule(edge) for edge in self.passes.edges), key=len)
        loss = _("Forward, the loss is {loss}.").format(loss="-1.23e-05")
        return f"{loss} " + _("Edge {edge}: {rule}").format(edge="e1 → loss", rule=rule + 20 * "0")

    def code(self) -> str:
        with self._lock:
            return (
                "from bigmodel_nb.figures.backprop import BackpropFigure\n"
                "from bigmodel_nb.maths.backprop import GRAPHS\n\n"
                f"graph = GRAPHS[{self.graph.value!r}]\n"
                f"passes = graph.passes({self._given()!r})\n"
                "print(passes.slopes)\n"
                f"BackpropFigure(graph, passes, edge={self._ends()!r}, step={self._step()}, "
                f"theme={self.theme!r})\n"
            )


def _edges(graph: Graph) -> list[tuple[str, str]]:
    names = [f"{source} → {target}" for source, target in graph.edges]
    return [(name, name) for name in names]


def _edge_named(edge: str | Sequence[str] | None, graph: Graph) -> str:
    names = [name for _title, name in _edges(graph)]
    if edge is None:
        return names[0]
    if not isinstance(edge, str):
        try:
            source, target = edge
        except (TypeError, ValueError):
            raise arguments.wrong_type(
                "edge", _("one of {choices}").format(choices=", ".join(names)), edge
            ) from None
        edge = f"{source} → {target}"
    return arguments.one_of("edge", " → ".join(edge.replace("->", "→").replace("→", " ").split()), names)
