"""Feed-forward networks: what they compute, how wrong they are, and the slope of that for every weight.

    network = Network.initial([64, 32, 10], seed=0)      # 64 inputs, 32 hidden units, 10 outputs
    network.forward(x)                                   # (n, 64) -> (n, 10)
    network.gradients(x, labels)                         # one array for each of network.parameters
    trained = train(network, x, labels, epochs=20).network

Each layer computes activation(x @ W + b): a row of x is an example, W has shape (inputs, outputs) and b
(outputs,). The gradients are those of D. E. Rumelhart, G. E. Hinton, R. J. Williams, 1986, "Learning
representations by back-propagating errors". Order and shapes of the parameters are those of Keras.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bigmodel_nb.arguments import non_negative, one_of, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.activations import ACTIVATIONS
from bigmodel_nb.maths.arrays import array_of_numbers
from bigmodel_nb.maths.initializers import INITIALIZERS
from bigmodel_nb.maths.knobs import share_below_one
from bigmodel_nb.maths.losses import LOSSES, BinaryCrossEntropy, CrossEntropy, checked_truth, softmax
from bigmodel_nb.maths.network_inputs import checked_masks, checked_parameters
from bigmodel_nb.maths.optimizers import Adam, Optimizer
from bigmodel_nb.maths.passes import Parameters, backward, draw_masks, layers, penalty

MOST_EPOCHS = 100_000


@dataclass(frozen=True, eq=False)
class Network:
    """A feed-forward network. `parameters` are W and b of each layer in turn, float64 and read-only.

    `activations` names one of `ACTIVATIONS` for each layer, `loss` one of `LOSSES`: "cross-entropy" takes
    the outputs for scores and wants whole numbers as labels, "squared error" wants targets of the shape of
    the outputs ("absolute error" and "Huber" too), and "binary cross-entropy" takes one score for each
    yes-or-no question and 0 or 1 as targets.

    `l1` and `l2` add to the loss the sums of |w| and of w^2 of all weights (biases left out), times these
    factors: Keras's `L1L2`, without a factor of 1/2. `dropout` is the share of hidden units that training
    silences at random in each step; the others grow by 1 / (1 - dropout) meanwhile (N. Srivastava and
    others, 2014, "Dropout: a simple way to prevent neural networks from overfitting").
    """

    parameters: Parameters = field(repr=False)
    activations: Sequence[str]
    loss: str = CrossEntropy.name
    l1: float = 0.0
    l2: float = 0.0
    dropout: float = 0.0

    def __post_init__(self) -> None:
        one_of("loss", self.loss, LOSSES)
        for name, check in {"l1": non_negative, "l2": non_negative, "dropout": share_below_one}.items():
            object.__setattr__(self, name, check(name, getattr(self, name)))
        expected = _("a list of activations, one for each layer")
        if isinstance(self.activations, str) or not isinstance(self.activations, Sequence):
            raise wrong_type("activations", expected, self.activations)
        names = tuple(one_of("activations", name, ACTIVATIONS) for name in self.activations)
        if not names:
            raise wrong_value("activations", expected, self.activations)
        object.__setattr__(self, "activations", names)
        object.__setattr__(self, "parameters", checked_parameters(self.parameters, len(names)))

    @classmethod
    def initial(
        cls,
        sizes: Sequence[int],
        *,
        activation: str = "relu",
        output: str = "linear",
        loss: str = CrossEntropy.name,
        initializer: str = "glorot uniform",
        seed: int = 0,
        **regularization: float,
    ) -> Network:
        """An untrained network: `sizes` are the number of inputs, of units of each layer, and of outputs.

        `activation` is that of the hidden layers, `output` that of the last. Weights are drawn by
        `initializer` (one of `INITIALIZERS`), biases are zero; the same seed gives the same network.
        `regularization`: `l1`, `l2` and `dropout` of the network.
        """
        expected = _("at least two whole numbers: inputs, and units of each layer")
        if isinstance(sizes, str) or not isinstance(sizes, Sequence):
            raise wrong_type("sizes", expected, sizes)
        widths = [whole("sizes", size, 1) for size in sizes]
        if len(widths) < 2:
            raise wrong_value("sizes", expected, sizes)
        for name, given in {"activation": activation, "output": output}.items():
            one_of(name, given, ACTIVATIONS)
        draw = INITIALIZERS[one_of("initializer", initializer, INITIALIZERS)]
        random = np.random.default_rng(whole("seed", seed, 0))
        parameters: list[np.ndarray] = []
        for inputs, outputs in itertools.pairwise(widths):
            parameters += draw(random, inputs, outputs), np.zeros(outputs)
        return cls(parameters, [activation] * (len(widths) - 2) + [output], loss, **regularization)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of inputs, and of units of each layer."""
        return (len(self.parameters[0]), *(len(bias) for bias in self.parameters[1::2]))

    @property
    def count(self) -> int:
        """The number of parameters."""
        return sum(part.size for part in self.parameters)

    # -- what it computes -------------------------------------------------------------------

    def forward(self, x: Any) -> np.ndarray:
        """The outputs (n, outputs) for the examples x (n, inputs)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return layers(self.parameters, self.activations, self._rows(x))[0][-1]

    def probabilities(self, x: Any) -> np.ndarray:
        """The outputs for x (n, inputs) as probabilities: of the classes, by softmax; where the loss is
        "binary cross-entropy", of yes."""
        outputs = self.forward(x)
        if self.loss == BinaryCrossEntropy.name:
            return ACTIVATIONS["sigmoid"].value(outputs)
        return softmax(outputs)

    def classify(self, x: Any) -> np.ndarray:
        """For each example of x (n, inputs) the number of the highest output: (n,)."""
        return self.forward(x).argmax(axis=1)

    def loss_of(self, x: Any, y: Any) -> float:
        """The mean loss over the examples x (n, inputs) with the labels or targets y, penalty included."""
        rows = self._rows(x)
        truth = self._truth(y, len(rows))
        with np.errstate(over="ignore", invalid="ignore"):
            outputs = layers(self.parameters, self.activations, rows)[0][-1]
            return LOSSES[self.loss].value(outputs, truth) + self.penalty

    def gradients(self, x: Any, y: Any, masks: Sequence[np.ndarray] | None = None) -> list[np.ndarray]:
        """The slope of the loss for each of `parameters`, in their order and of their shapes.

        `masks`, one array (n, units) for each hidden layer, multiply what these layers put out: those of
        dropout hold 0 and 1 / (1 - dropout).
        """
        rows = self._rows(x)
        truth = self._truth(y, len(rows))
        with np.errstate(over="ignore", invalid="ignore"):
            return self._backward(self.parameters, rows, truth, checked_masks(masks, len(rows), self.sizes))[
                1
            ]

    @property
    def penalty(self) -> float:
        """What `l1` and `l2` add to the loss."""
        return penalty(self.parameters, self.l1, self.l2)

    def with_parameters(self, parameters: Parameters) -> Network:
        """The same network with other weights and biases."""
        return replace(self, parameters=parameters)

    def _backward(
        self, parameters: Parameters, x: np.ndarray, truth: np.ndarray, masks: Sequence[np.ndarray] | None
    ) -> tuple[float, list[np.ndarray]]:
        return backward(
            parameters, self.activations, self.loss, x, truth, masks=masks, l1=self.l1, l2=self.l2
        )

    # -- what it is given -------------------------------------------------------------------

    def _rows(self, x: Any, name: str = "x") -> np.ndarray:
        expected = _("an array of finite numbers of shape (n, {inputs})").format(inputs=self.sizes[0])
        rows = array_of_numbers(name, x, expected)
        if rows.ndim != 2 or rows.shape[1] != self.sizes[0]:
            raise wrong_value(name, expected, x)
        return rows.astype(np.float64, copy=False)

    def _truth(self, y: Any, n: int, name: str = "y") -> np.ndarray:
        return checked_truth(self.loss, name, y, n, self.sizes[-1])


@dataclass(frozen=True, eq=False)
class Epoch:
    """One pass over the examples: its number, counted from 1, the mean loss, and the network after it.

    Each example's loss is taken as it was met, before the step that learned from it (as Keras does it).
    """

    number: int
    loss: float
    network: Network = field(repr=False)


@dataclass(frozen=True, eq=False)
class Training:
    """What came of a training: the network, the loss of each epoch, and the epoch in which it ran away.

    Where weights or loss became infinite, `diverged_at` is that epoch (counted from 1), and the network
    and the losses are those of the epochs before. `validation_losses` are there where validation data were.
    With early stopping, `best_epoch` is the one whose network this is; 0 is the beginning.
    """

    network: Network
    losses: list[float]
    diverged_at: int | None = None
    validation_losses: list[float] = field(default_factory=list)
    best_epoch: int | None = None


def train(
    network: Network,
    x: Any,
    y: Any,
    *,
    epochs: int = 10,
    batch_size: int = 32,
    optimizer: Optimizer | None = None,
    seed: int = 0,
    watch: Callable[[Epoch], Any] | None = None,
    validation: tuple[Any, Any] | None = None,
    patience: int | None = None,
) -> Training:
    """Trains on the examples x (n, inputs) with the labels or targets y; `network` itself stays as it is.

    Each epoch shuffles the examples anew and takes a step of `optimizer` (default: `Adam()`) for each
    `batch_size` of them; the last, smaller batch counts, too. `watch` is called after each epoch. The same
    seed gives the same training.

    `validation` are examples and truths that it does not learn from; their loss is taken after each epoch.
    With `patience` it stops early: after that many epochs in a row that were no better than the best one,
    whose network comes back (L. Prechelt, 1998, "Early stopping, but when?"; Keras: EarlyStopping with
    restore_best_weights).
    """
    if not isinstance(network, Network):
        raise wrong_type("network", _("a Network, such as Network.initial([64, 32, 10])"), network)
    rows = network._rows(x)
    n = len(rows)
    truth = network._truth(y, n)
    epochs, batch_size = whole("epochs", epochs, 0, MOST_EPOCHS), whole("batch_size", batch_size, 1)
    optimizer = Adam() if optimizer is None else optimizer
    if not isinstance(optimizer, Optimizer):
        raise wrong_type("optimizer", _("an optimizer, such as Adam(learning_rate=0.1)"), optimizer)
    if watch is not None and not callable(watch):
        raise wrong_type("watch", _("a function of an Epoch"), watch)
    held = _checked_validation(network, validation)
    if patience is not None:
        patience = whole("patience", patience, 1)
        if held is None:
            raise wrong_value("patience", _("None where there are no validation data"), patience)
    random = np.random.default_rng(whole("seed", seed, 0))

    shapes = [part.shape for part in network.parameters]
    ends = np.cumsum([part.size for part in network.parameters])[:-1]

    def apart(flat: np.ndarray) -> list[np.ndarray]:
        parts = np.split(flat, ends)
        return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]

    # One long vector of all parameters: the optimizer's few operations serve all layers at once.
    w = np.concatenate([part.ravel() for part in network.parameters])
    state, step = optimizer.initial_state(w), 0
    losses: list[float] = []
    held_losses: list[float] = []
    best = _Best(network, network.loss_of(*held)) if held and patience else None
    diverged_at = None
    for number in range(1, epochs + 1):
        order, total = random.permutation(n), 0.0
        with np.errstate(all="ignore"):
            for first in range(0, n, batch_size):
                batch = order[first : first + batch_size]
                masks = draw_masks(random, network.dropout, len(batch), network.sizes[1:-1])
                loss, slopes = network._backward(apart(w), rows[batch], truth[batch], masks)
                total += loss * len(batch)
                gradient = np.concatenate([slope.ravel() for slope in slopes])
                w, state = optimizer._rule(w, gradient, state, step, optimizer.learning_rate)
                step += 1
        if not (np.isfinite(w).all() and np.isfinite(total)):
            diverged_at = number
            break
        network = network.with_parameters(apart(w))
        losses.append(total / n)
        if held is not None:
            held_losses.append(network.loss_of(*held))
        if watch is not None:
            watch(Epoch(number, losses[-1], network))
        if best is not None and best.waits(network, number, held_losses[-1]) >= (patience or 1):
            break
    if best is not None:
        return Training(best.network, losses, diverged_at, held_losses, best.epoch)
    return Training(network, losses, diverged_at, held_losses)


class _Best:
    """The best network so far, by its loss on validation data."""

    def __init__(self, network: Network, loss: float):
        self.network, self.loss, self.epoch = network, loss, 0

    def waits(self, network: Network, epoch: int, loss: float) -> int:
        """Takes in the network after an epoch; how many epochs have passed since the best one."""
        if loss < self.loss:
            self.network, self.loss, self.epoch = network, loss, epoch
        return epoch - self.epoch


def _checked_validation(network: Network, validation: Any) -> tuple[np.ndarray, np.ndarray] | None:
    if validation is None:
        return None
    expected = _("examples and their truths, such as (x_validation, y_validation)")
    if not isinstance(validation, Sequence) or isinstance(validation, str):
        raise wrong_type("validation", expected, validation)
    if len(validation) != 2:
        raise wrong_value("validation", expected, validation)
    rows = network._rows(validation[0], "validation")
    return rows, network._truth(validation[1], len(rows), "validation")
