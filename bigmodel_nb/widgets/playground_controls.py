"""The controls of the playground: made here, laid out in pages or for a lesson."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.data.playground import MAKERS, MOST_POINTS, NOISES, QUANTITIES
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.activations import ACTIVATIONS
from bigmodel_nb.maths.features import FEATURES
from bigmodel_nb.maths.initializers import INITIALIZERS
from bigmodel_nb.maths.knobs import share_below_one
from bigmodel_nb.maths.losses import LOSSES, CrossEntropy
from bigmodel_nb.maths.optimizers import OPTIMIZERS
from bigmodel_nb.widgets.controls import button, choice, layout, switch
from bigmodel_nb.widgets.knob import Knob

MOST_LAYERS, MOST_UNITS = 6, 8
# epochs that a tick of a tenth of a second trains for, at most
PACES: dict[str, int | None] = {
    "faster and faster": 4, "as fast as it goes": None, "60 epochs a second": 6, "10 epochs a second": 1,
}  # fmt: skip
RISING = "faster and faster"  # from 4 by a twelfth of what was trained: the beginning is there to be seen
YES_OR_NO = "binary cross-entropy"
USABLE = [name for name in LOSSES if name != CrossEntropy.name]  # the network has one output
# the controls that begin a new run, and those that may change while it goes on
STRUCTURE = (
    "data", "noise", "n", "share", "seed", "activation", "initializer", "optimizer", "loss", "batch_size",
    "patience", "depth",
)  # fmt: skip
LIVE = {"rate": "learning_rate", "l1": "l1", "l2": "l2", "dropout": "dropout"}


def usual_loss(data: str) -> str:
    """The loss that follows from the output: yes or no, or a quantity."""
    return "squared error" if data in QUANTITIES else YES_OR_NO


def checked_hidden(hidden: Any) -> list[int]:
    """The number of units of each of 0 to 6 hidden layers."""
    expected = _("0 to {layers} whole numbers from 1 to {units}, the units of each hidden layer").format(
        layers=MOST_LAYERS, units=MOST_UNITS
    )
    if isinstance(hidden, (str, dict)):
        raise arguments.wrong_type("hidden", expected, hidden)
    try:
        widths = list(hidden)
    except TypeError:
        raise arguments.wrong_type("hidden", expected, hidden) from None
    if len(widths) > MOST_LAYERS:
        raise arguments.wrong_value("hidden", expected, hidden)
    return [arguments.whole("hidden", width, 1, MOST_UNITS) for width in widths]


def make_data(explorer: Any, data: str, noise: float, n: int, share: float, seed: int) -> None:
    """The controls of the points."""
    titles = {
        "circle": _("circle"), "xor": _("exclusive or (xor)"), "gaussians": _("two Gaussians"),
        "spiral": _("spiral"), "moons": _("two moons"), "plane": _("a slope (regression)"),
        "multi-gaussian": _("hills and hollows (regression)"),
    }  # fmt: skip
    explorer.data = choice(_("data"), [(titles[name], name) for name in MAKERS], data, _("the points"))
    explorer.noise = Knob(
        "noise", noise, 0, 0.5, step=0.01, check=lambda name, value: arguments.between(name, value, 0, 10),
        help=_("standard deviation of what is added; the points lie between -1 and 1"),
    )  # fmt: skip
    explorer.n = Knob("n", n, 50, 1000, whole=True, step=10, label=_("points"), check=_whole(20, MOST_POINTS))
    explorer.share = Knob(
        "share", share, 0.1, 0.9, step=0.05, label=_("share to train on"),
        check=lambda name, value: arguments.between(name, value, 0.1, 0.9),
    )  # fmt: skip
    explorer.seed = Knob("seed", seed, 0, 20, whole=True, check=_whole(0, 2**31))
    explorer.anew_button = button(_("New points and weights"), "random", _("the next seed"))


def make_network(
    explorer: Any, inputs: Sequence[str], hidden: Sequence[int], activation: str, initializer: str
) -> None:
    """The controls of the network."""
    explorer.inputs = {
        name: switch(name, name in inputs, _("show the network {name}").format(name=name))
        for name in FEATURES
    }
    explorer.depth = Knob(
        "depth", len(hidden), 0, MOST_LAYERS, whole=True, label=_("hidden layers"),
        check=_whole(0, MOST_LAYERS),
    )  # fmt: skip
    explorer.widths = [
        Knob(
            "hidden", hidden[place] if place < len(hidden) else 4, 1, MOST_UNITS, whole=True,
            label=_("units in layer {number}").format(number=place + 1), check=_whole(1, MOST_UNITS),
        )
        for place in range(MOST_LAYERS)
    ]  # fmt: skip
    explorer.activation = choice(
        _("activation"), _same(ACTIVATIONS), activation, _("what hidden units make of their sum")
    )
    explorer.initializer = choice(
        _("initialization"), _same(INITIALIZERS), initializer, _("how the weights begin")
    )


def make_training(explorer: Any, rate: float, optimizer: str, loss: str, batch_size: int, pace: str) -> None:
    """The controls of the training."""
    explorer.rate = Knob(
        "learning_rate", rate, 1e-4, 3, log=True, label=_("learning rate"), check=arguments.positive
    )
    explorer.optimizer = choice(_("optimizer"), _same(OPTIMIZERS), optimizer)
    explorer.loss = choice(_("loss"), _same(USABLE), loss, _("what a wrong output costs"))
    explorer.batch_size = Knob(
        "batch_size", batch_size, 1, 50, whole=True, label=_("batch size"), check=_whole(1)
    )
    explorer.pace = choice(_("speed"), _same(PACES), pace)


def make_regularization(explorer: Any, l1: float, l2: float, dropout: float, patience: int) -> None:
    """The controls of what keeps weights small or stops in time."""
    more = {"check": arguments.non_negative, "step": 0.001}
    explorer.l1 = Knob("l1", l1, 0, 0.1, label="L1", help=_("times the sum of |w|"), **more)  # type: ignore[arg-type]
    explorer.l2 = Knob("l2", l2, 0, 0.1, label="L2", help=_("times the sum of w squared"), **more)  # type: ignore[arg-type]
    explorer.dropout = Knob(
        "dropout", dropout, 0, 0.8, step=0.05, check=share_below_one,
        help=_("share of hidden units silenced in each step"),
    )  # fmt: skip
    explorer.patience = Knob(
        "patience", patience, 0, 100, whole=True, label=_("early stopping after"), check=_whole(0),
        help=_("epochs without a better validation loss; 0: never"),
    )  # fmt: skip


def make_looks(explorer: Any, discretize: bool, show_test: bool) -> None:
    """The controls of what is shown."""
    explorer.discretize = switch(_("only the side (discretize)"), discretize)
    explorer.show_test = switch(_("test points"), show_test)


def source_choice(source: str) -> ipywidgets.Dropdown:
    """What kind of code is shown."""
    titles = [(_("NumPy"), "numpy"), (_("Keras"), "keras"), (_("this explorer, in one line"), "one line")]
    return choice(_("code with"), titles, source)


def row(parts: Sequence[ipywidgets.Widget]) -> ipywidgets.HBox:
    """Controls beside one another, in as many lines as they need."""
    return ipywidgets.HBox(list(parts), layout=layout(flex_flow="row wrap", max_width="640px"))


def noise_of(data: str) -> float:
    return NOISES[data]


def _same(names: Any) -> list[tuple[str, str]]:
    return [(_(name), name) for name in names]


def _whole(low: int, high: int | None = None) -> Callable[[str, Any], int]:
    return lambda name, value: arguments.whole(name, value, low, high)
