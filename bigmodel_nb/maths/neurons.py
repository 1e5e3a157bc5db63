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
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigmodel_nb.arguments import one_of, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.activations import ACTIVATIONS
from bigmodel_nb.maths.arrays import array_of_numbers
from bigmodel_nb.maths.initializers import INITIALIZERS
from bigmodel_nb.maths.losses import LOSSES, CrossEntropy, checked_labels, checked_targets, softmax
from bigmodel_nb.maths.optimizers import Adam, Optimizer

Parameters = Sequence[np.ndarray]
MOST_EPOCHS = 100_000


@dataclass(frozen=True, eq=False)
class Network:
    """A feed-forward network. `parameters` are W and b of each layer in turn, float64 and read-only.

    `activations` names one of `ACTIVATIONS` for each layer, `loss` one of `LOSSES`: "cross-entropy" takes
    the outputs for scores and wants whole numbers as labels, "squared error" wants targets of the shape of
    the outputs.
    """

    parameters: Parameters = field(repr=False)
    activations: Sequence[str]
    loss: str = CrossEntropy.name

    def __post_init__(self) -> None:
        one_of("loss", self.loss, LOSSES)
        expected = _("a list of activations, one for each layer")
        if isinstance(self.activations, str) or not isinstance(self.activations, Sequence):
            raise wrong_type("activations", expected, self.activations)
        names = tuple(one_of("activations", name, ACTIVATIONS) for name in self.activations)
        if not names:
            raise wrong_value("activations", expected, self.activations)
        object.__setattr__(self, "activations", names)
        object.__setattr__(self, "parameters", _checked_parameters(self.parameters, len(names)))

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
    ) -> Network:
        """An untrained network: `sizes` are the number of inputs, of units of each layer, and of outputs.

        `activation` is that of the hidden layers, `output` that of the last. Weights are drawn by
        `initializer` (one of `INITIALIZERS`), biases are zero; the same seed gives the same network.
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
        return cls(parameters, [activation] * (len(widths) - 2) + [output], loss)

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
            return _layers(self.parameters, self.activations, self._rows(x))[-1]

    def probabilities(self, x: Any) -> np.ndarray:
        """The outputs for x (n, inputs) as probabilities of the classes, by softmax."""
        return softmax(self.forward(x))

    def classify(self, x: Any) -> np.ndarray:
        """For each example of x (n, inputs) the number of the highest output: (n,)."""
        return self.forward(x).argmax(axis=1)

    def loss_of(self, x: Any, y: Any) -> float:
        """The mean loss over the examples x (n, inputs) with the labels or targets y."""
        rows = self._rows(x)
        truth = self._truth(y, len(rows))
        with np.errstate(over="ignore", invalid="ignore"):
            return LOSSES[self.loss].value(_layers(self.parameters, self.activations, rows)[-1], truth)

    def gradients(self, x: Any, y: Any) -> list[np.ndarray]:
        """The slope of the mean loss for each of `parameters`, in their order and of their shapes."""
        rows = self._rows(x)
        truth = self._truth(y, len(rows))
        with np.errstate(over="ignore", invalid="ignore"):
            return _backward(self.parameters, self.activations, self.loss, rows, truth)[1]

    # -- what it is given -------------------------------------------------------------------

    def _rows(self, x: Any) -> np.ndarray:
        expected = _("an array of finite numbers of shape (n, {inputs})").format(inputs=self.sizes[0])
        rows = array_of_numbers("x", x, expected)
        if rows.ndim != 2 or rows.shape[1] != self.sizes[0]:
            raise wrong_value("x", expected, x)
        return rows.astype(np.float64, copy=False)

    def _truth(self, y: Any, n: int) -> np.ndarray:
        check = checked_labels if self.loss == CrossEntropy.name else checked_targets
        return check("y", y, n, self.sizes[-1])


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
    and the losses are those of the epochs before.
    """

    network: Network
    losses: list[float]
    diverged_at: int | None = None


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
) -> Training:
    """Trains on the examples x (n, inputs) with the labels or targets y; `network` itself stays as it is.

    Each epoch shuffles the examples anew and takes a step of `optimizer` (default: `Adam()`) for each
    `batch_size` of them; the last, smaller batch counts, too. `watch` is called after each epoch. The same
    seed gives the same training.
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
    for number in range(1, epochs + 1):
        order, total = random.permutation(n), 0.0
        with np.errstate(all="ignore"):
            for first in range(0, n, batch_size):
                batch = order[first : first + batch_size]
                loss, slopes = _backward(
                    apart(w), network.activations, network.loss, rows[batch], truth[batch]
                )
                total += loss * len(batch)
                gradient = np.concatenate([slope.ravel() for slope in slopes])
                w, state = optimizer._rule(w, gradient, state, step, optimizer.learning_rate)
                step += 1
        if not (np.isfinite(w).all() and np.isfinite(total)):
            return Training(network, losses, diverged_at=number)
        network = Network(apart(w), network.activations, network.loss)
        losses.append(total / n)
        if watch is not None:
            watch(Epoch(number, losses[-1], network))
    return Training(network, losses)


# -- the mathematics, on arrays that were checked -----------------------------------------------


def _layers(parameters: Parameters, activations: Sequence[str], x: np.ndarray) -> list[np.ndarray]:
    """x, and what each layer makes of it."""
    values = [x]
    for W, b, name in zip(parameters[::2], parameters[1::2], activations, strict=True):
        values.append(ACTIVATIONS[name].value(values[-1] @ W + b))
    return values


def _backward(
    parameters: Parameters, activations: Sequence[str], loss: str, x: np.ndarray, truth: np.ndarray
) -> tuple[float, list[np.ndarray]]:
    """The loss and its slope for each parameter: layer by layer from the outputs back, by the chain rule."""
    values = _layers(parameters, activations, x)
    slopes: list[np.ndarray] = []
    error = LOSSES[loss].slope(values[-1], truth)  # the slope for what the layer puts out, (n, outputs)
    for place in reversed(range(len(activations))):
        error = error * ACTIVATIONS[activations[place]].slope(values[place + 1])  # before its activation
        slopes[:0] = values[place].T @ error, error.sum(axis=0)
        error = error @ parameters[2 * place].T
    return LOSSES[loss].value(values[-1], truth), slopes


def _checked_parameters(parameters: Any, layers: int) -> tuple[np.ndarray, ...]:
    expected = _("a list of {count} arrays, W (inputs, outputs) and b (outputs,) of each layer in turn")
    expected = expected.format(count=2 * layers)
    if not isinstance(parameters, Sequence) or isinstance(parameters, str):
        raise wrong_type("parameters", expected, parameters)
    if len(parameters) != 2 * layers:
        raise wrong_value("parameters", expected, f"{len(parameters)}")
    parts = [np.array(array_of_numbers("parameters", part, expected), np.float64) for part in parameters]
    inputs = None
    for W, b in zip(parts[::2], parts[1::2], strict=True):
        if W.ndim != 2 or b.shape != W.shape[1:] or inputs not in (None, len(W)):
            raise wrong_value("parameters", expected, [part.shape for part in parts])
        inputs = W.shape[1]
    for part in parts:
        part.flags.writeable = False
    return tuple(parts)
