"""The training of `neurons.train` for networks of a few units, arranged for speed.

On arrays this small NumPy's time goes into calls and new arrays, not into arithmetic. So every array is
made once, biases are the last row of their weights (the inputs end in a row of ones), all parameters lie in
one vector, and examples are columns, so that a layer's units are rows that lie together. What it computes
is what `passes.py` says in plainer words, draw for draw of the same seed; the tests compare the two.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from bigmodel_nb.maths.activations import ACTIVATIONS, Activation
from bigmodel_nb.maths.losses import LOSSES
from bigmodel_nb.maths.neurons import Network
from bigmodel_nb.maths.optimizers import Optimizer

InPlace = Callable[[np.ndarray], object]


def _sigmoid(z: np.ndarray) -> None:
    z *= 0.5
    np.tanh(z, z)
    z *= 0.5
    z += 0.5


def _tanh_back(d: np.ndarray, a: np.ndarray, spare: np.ndarray) -> None:
    np.multiply(d, a, spare)
    np.multiply(spare, a, spare)
    np.subtract(d, spare, d)


def _sigmoid_back(d: np.ndarray, a: np.ndarray, spare: np.ndarray) -> None:
    np.multiply(a, a, spare)
    np.subtract(a, spare, spare)
    np.multiply(d, spare, d)


FORWARD: dict[str, InPlace] = {
    "tanh": lambda z: np.tanh(z, z),
    "relu": lambda z: np.maximum(z, 0.0, out=z),
    "sigmoid": _sigmoid,
    "linear": lambda z: z,
}
BACK: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], object]] = {
    "tanh": _tanh_back,
    "relu": lambda d, a, spare: np.multiply(d, a > 0, d),
    "sigmoid": _sigmoid_back,
    "linear": lambda d, a, spare: d,
}


def _any_forward(activation: Activation) -> InPlace:
    return lambda z: np.copyto(z, activation.value(z))


def _any_back(activation: Activation) -> Callable[[np.ndarray, np.ndarray, np.ndarray], object]:
    return lambda d, a, spare: np.multiply(d, activation.slope(a), d)


for _name, _activation in ACTIVATIONS.items():
    FORWARD.setdefault(_name, _any_forward(_activation))
    BACK.setdefault(_name, _any_back(_activation))


def columns(x: np.ndarray) -> np.ndarray:
    """Examples (n, inputs) as columns above a row of ones: (inputs + 1, n)."""
    return np.vstack([x.T, np.ones(len(x))])


class Pass:
    """Forward and backward through `weights`, (inputs + 1, units) of each layer, for `n` examples at a time.

    The arrays are views of the vectors of parameters and of slopes, so that a step changes them in place.
    """

    def __init__(
        self,
        weights: Sequence[np.ndarray],
        activations: Sequence[str],
        n: int,
        slopes: Sequence[np.ndarray] | None = None,
    ):
        units = [W.shape[1] for W in weights]
        self._handed_on = [np.ones((count + 1, n)) for count in units]  # with the row of ones
        self.values = [values[:-1] for values in self._handed_on]  # (units, n) of each layer
        self._forward = [
            (W.T, values, handed_on, FORWARD[name])
            for W, values, handed_on, name in zip(
                weights, self.values, self._handed_on, activations, strict=True
            )
        ]
        if slopes is None:
            return
        self._unmasked = [np.empty((count, n)) for count in units]
        self._errors = [np.empty((count, n)) for count in units]
        spare = [np.empty((count, n)) for count in units]
        self._output_back, self._output_spare = BACK[activations[-1]], spare[-1]
        self._first = slopes[0], self._errors[0].T
        # from the last layer to the second: its slopes, its W without the bias, and what lies before it
        self._back = [
            (
                self._handed_on[place - 1], self._errors[place].T, slopes[place], weights[place][:-1],
                self._errors[place], self._errors[place - 1], self.values[place - 1],
                self._unmasked[place - 1], spare[place - 1], BACK[activations[place - 1]], place - 1,
            )
            for place in range(len(weights) - 1, 0, -1)
        ]  # fmt: skip

    def forward(self, inputs: np.ndarray, masks: Sequence[np.ndarray] | None = None) -> np.ndarray:
        """The outputs (outputs, n) for inputs (inputs + 1, n); `values` then holds those of every layer."""
        for place, (W, values, handed_on, activate) in enumerate(self._forward):
            np.dot(W, inputs, values)
            activate(values)
            if masks is not None and place < len(masks):
                np.copyto(self._unmasked[place], values)
                np.multiply(values, masks[place], values)
            inputs = handed_on
        return self.values[-1]

    def backward(
        self, inputs: np.ndarray, error: np.ndarray, masks: Sequence[np.ndarray] | None = None
    ) -> None:
        """Fills the slopes, from the loss's slope for each output, (outputs, n), after a forward pass."""
        np.copyto(self._errors[-1], error)
        self._output_back(self._errors[-1], self.values[-1], self._output_spare)
        for before, error_T, slope, W, error, next_error, values, unmasked, spare, back, place in self._back:
            np.dot(before, error_T, slope)
            np.dot(W, error, next_error)
            if masks is None:
                back(next_error, values, spare)
            else:
                np.multiply(next_error, masks[place], next_error)
                back(next_error, unmasked, spare)
        np.dot(inputs, self._first[1], self._first[0])


class FusedTraining:
    """Trains a copy of `network` on x (n, inputs) and y, an epoch at a time: `neurons.train` in slices.

    `learning_rate`, `l1`, `l2` and `dropout` may change between epochs; `weights` are views of what is
    trained, (inputs + 1, units) of each layer with the biases in the last row, and may be written to.
    `diverged` is True once a weight is no longer finite.
    """

    def __init__(
        self, network: Network, x: object, y: object, *, batch_size: int, optimizer: Optimizer, seed: int = 0
    ):
        rows = network._rows(x)
        self._network = network
        self._truth = network._truth(y, len(rows))
        self._rows = columns(rows).T.copy()
        self.batch_size = min(batch_size, len(rows))
        self._optimizer, self.learning_rate = optimizer, optimizer.learning_rate
        self.l1, self.l2, self.dropout = network.l1, network.l2, network.dropout
        self._random = np.random.default_rng(seed)
        self.vector = np.concatenate([part.ravel() for part in network.parameters])
        self._slopes = np.zeros_like(self.vector)
        self.weights, slopes = _views(self.vector, network.sizes), _views(self._slopes, network.sizes)
        self._is_weight = np.zeros_like(self.vector)
        for view in _views(self._is_weight, network.sizes):
            view[:-1] = 1
        self._state, self._step = optimizer.initial_state(self.vector), 0
        sizes = {self.batch_size, len(rows) % self.batch_size or self.batch_size}
        self._passes = {size: Pass(self.weights, network.activations, size, slopes) for size in sizes}
        self.diverged = False

    @property
    def network(self) -> Network:
        """The network as it is now, as a record of its own."""
        parts = itertools.chain.from_iterable((view[:-1], view[-1]) for view in self.weights)
        return self._network.with_parameters(list(parts))

    def epoch(self) -> None:
        """One pass over the examples, in an order of its own."""
        rows, truth, size = self._rows, self._truth, self.batch_size
        order = self._random.permutation(len(rows))
        rows, truth = rows[order], truth[order]
        w, g, slope_of = self.vector, self._slopes, LOSSES[self._network.loss].slope
        rule, rate, rest = self._optimizer._rule, self.learning_rate, self._network.sizes[1:-1]
        penalized = bool(self.l1 or self.l2)
        with np.errstate(all="ignore"):
            for first in range(0, len(rows), size):
                inputs = rows[first : first + size].T
                through = self._passes[inputs.shape[1]]
                masks = None
                if self.dropout:
                    draws = (self._random.random((inputs.shape[1], units)) for units in rest)
                    masks = [((draw >= self.dropout) / (1 - self.dropout)).T for draw in draws]
                outputs = through.forward(inputs, masks)
                through.backward(inputs, slope_of(outputs.T, truth[first : first + size]).T, masks)
                if penalized:
                    g += self._is_weight * (self.l1 * np.sign(w) + (2 * self.l2) * w)
                w[:], self._state = rule(w, g, self._state, self._step, rate)
                self._step += 1
        self.diverged = not np.isfinite(w).all()


def _views(vector: np.ndarray, sizes: Sequence[int]) -> list[np.ndarray]:
    """A vector of all parameters as (inputs + 1, units) of each layer: W, and b in its last row."""
    views, start = [], 0
    for inputs, units in itertools.pairwise(sizes):
        end = start + (inputs + 1) * units
        views.append(vector[start:end].reshape(inputs + 1, units))
        start = end
    return views
