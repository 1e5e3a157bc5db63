"""A training that can be looked at, stopped, changed and gone on with: what drives the playground.

network = Network.initial([2, 4, 2, 1], activation="tanh", loss="binary cross-entropy", seed=0)
experiment = Experiment(network, (x, y), (x_test, y_test), batch_size=10, optimizer=GradientDescent(0.03))
experiment.run(100)                     # epochs
experiment.train_losses[-1], experiment.network
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from bigmodel_nb.arguments import non_negative, number, one_of, positive, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.fused import FusedTraining, Pass, columns
from bigmodel_nb.maths.knobs import share_below_one
from bigmodel_nb.maths.losses import LOSSES
from bigmodel_nb.maths.neurons import MOST_EPOCHS, Network
from bigmodel_nb.maths.optimizers import Optimizer

Pair = tuple[Any, Any]
# what may change while it trains, and what is right for it
CHANGEABLE = {"learning_rate": positive, "l1": non_negative, "l2": non_negative, "dropout": share_below_one}


class Measured:
    """The loss of a network that is being trained on examples x (n, inputs) with truths y."""

    def __init__(self, training: FusedTraining, network: Network, x: Any, y: Any):
        rows = network._rows(x)
        self._inputs, self._loss = columns(rows), LOSSES[network.loss]
        self._truth = network._truth(y, len(rows))
        self._pass = Pass(training.weights, network.activations, len(rows))

    def outputs(self) -> np.ndarray:
        """What the network computes now: (n, outputs), good until the next call."""
        with np.errstate(all="ignore"):
            return self._pass.forward(self._inputs).T

    def loss(self) -> float:
        """The mean loss now, without penalties."""
        outputs = self.outputs()
        with np.errstate(all="ignore"):
            return self._loss.value(outputs, self._truth)

    def right(self) -> float:
        """The share of examples whose only output is on the side of its truth: above 0 for yes."""
        middle = 0.5 if self._loss.name == "binary cross-entropy" else 0.0
        return float(np.mean((self.outputs() > 0) == (self._truth > middle)))


class Experiment:
    """Trains `network` on `train` and measures it on `test` after each epoch; both are (x, y).

    `batch_size`, `optimizer` and `seed` as in `neurons.train`. With `validation` data and a `patience` of 1
    or more it stops early and goes back to its best epoch. `changes` are made on the way: (epoch, what,
    value), where `what` is one of `CHANGEABLE` or a weight (layer, from, to), counted from 0; the bias of
    a unit comes after its weights. A change at epoch 100 is made before the 101st.

    `train_losses` and `test_losses` begin before the first epoch, and have no penalties in them. Ended it
    is when `diverged` or `stopped`; `best_epoch` says where early stopping went back to.
    """

    def __init__(
        self,
        network: Network,
        train: Pair,
        test: Pair,
        *,
        batch_size: int,
        optimizer: Optimizer,
        seed: int = 0,
        validation: Pair | None = None,
        patience: int = 0,
        changes: Sequence[tuple] = (),
    ):
        self.training = FusedTraining(
            network, *train, batch_size=whole("batch_size", batch_size, 1), optimizer=optimizer, seed=seed
        )
        self._train = Measured(self.training, network, *train)
        self._test = Measured(self.training, network, *test)
        self._validation = Measured(self.training, network, *validation) if validation else None
        self.patience = whole("patience", patience, 0) if validation else 0
        self.train_losses, self.test_losses = [self._train.loss()], [self._test.loss()]
        self.stopped = False
        self.best_epoch: int | None = None
        self._best = (float("inf"), 0, self.training.vector.copy())
        self._look_for_best()
        self.changes: list[tuple] = []
        self._planned = checked_changes(changes, network)
        self._make_planned()

    # -- where it stands --------------------------------------------------------------------

    @property
    def epochs(self) -> int:
        """How many epochs are behind it."""
        return len(self.train_losses) - 1

    @property
    def diverged(self) -> bool:
        """Whether a weight is no longer finite."""
        return self.training.diverged

    @property
    def ended(self) -> bool:
        return self.diverged or self.stopped or self.epochs >= MOST_EPOCHS

    @property
    def network(self) -> Network:
        """The network as it is now; where it diverged, with zeros for what is not finite."""
        if self.diverged:
            with np.errstate(all="ignore"):
                np.nan_to_num(self.training.vector, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        return self.training.network

    def values(self, x: Any) -> list[np.ndarray]:
        """What every unit makes of x (n, inputs): an array (units, n) for each layer."""
        through = Pass(self.training.weights, self.training._network.activations, len(x))
        with np.errstate(all="ignore"):
            through.forward(columns(np.asarray(x, float)))
        return through.values

    def right(self) -> tuple[float, float]:
        """The shares of training and of test examples that are classified right, by one output."""
        return self._train.right(), self._test.right()

    # -- going on ---------------------------------------------------------------------------

    def run(self, epochs: int) -> None:
        """Trains for so many epochs, or until it ends."""
        for _epoch in range(whole("epochs", epochs, 0, MOST_EPOCHS)):
            if self.ended:
                return
            self._one()

    def advance(self, seconds: float, most: int | None = None) -> int:
        """Trains for about so long, one epoch at least and `most` at most; how many epochs that were."""
        end, before = time.perf_counter() + seconds, self.epochs
        while not self.ended and (most is None or self.epochs - before < most):
            self._one()
            if time.perf_counter() >= end:
                break
        return self.epochs - before

    def _one(self) -> None:
        self.training.epoch()
        self.train_losses.append(self._train.loss())
        self.test_losses.append(self._test.loss())
        if not self.diverged and self.patience:
            self._look_for_best()
        self._make_planned()

    def _look_for_best(self) -> None:
        if not self.patience or self._validation is None:
            return
        loss = self._validation.loss()
        if loss < self._best[0]:
            self._best = loss, self.epochs, self.training.vector.copy()
        elif self.epochs - self._best[1] >= self.patience:
            self.stopped, self.best_epoch = True, self._best[1]
            self.training.vector[:] = self._best[2]

    # -- changes on the way -----------------------------------------------------------------

    def change(self, what: str | tuple[int, int, int], value: float) -> None:
        """Changes a setting, or a weight (layer, from, to), from here on; `changes` remembers it."""
        self._make(checked_change((self.epochs, what, value), self.training._network))

    def _make_planned(self) -> None:
        while self._planned and self._planned[0][0] <= self.epochs:
            self._make(self._planned.pop(0))

    def _make(self, change: tuple) -> None:
        _epoch, what, value = change
        if isinstance(what, str):
            setattr(self.training, what, value)
        else:
            layer, source, unit = what
            self.training.weights[layer][source, unit] = value
        earlier = [one for one in self.changes if one[:2] != (self.epochs, what)]
        self.changes = [*earlier, (self.epochs, what, value)]


def checked_changes(changes: Any, network: Network) -> list[tuple]:
    """`changes` in the order of their epochs, fit for `network`."""
    if isinstance(changes, (str, Mapping)) or not isinstance(changes, Iterable):
        raise wrong_type("changes", _expected(), changes)
    return sorted((checked_change(change, network) for change in changes), key=lambda change: change[0])


def _expected() -> str:
    example = '(100, "learning_rate", 0.3), (0, (1, 0, 2), 0.5)'
    return _("a list of changes (epoch, what, value), such as {example}").format(example=example)


def checked_change(change: Any, network: Network) -> tuple:
    """`change` as (epoch, what, value), fit for `network`."""
    expected = _expected()
    try:
        epoch, what, value = change
    except (TypeError, ValueError):
        raise wrong_value("changes", expected, change) from None
    epoch = whole("changes", epoch, 0, MOST_EPOCHS)
    if isinstance(what, str):
        return epoch, one_of("changes", what, CHANGEABLE), CHANGEABLE[what]("changes", value)
    try:
        layer, source, unit = what
    except (TypeError, ValueError):
        raise wrong_value("changes", expected, change) from None
    layer = whole("changes", layer, 0, len(network.sizes) - 2)
    source = whole("changes", source, 0, network.sizes[layer])
    unit = whole("changes", unit, 0, network.sizes[layer + 1] - 1)
    return epoch, (layer, source, unit), number("changes", value)
