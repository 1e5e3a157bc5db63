"""Seven rules that turn a gradient into a step. Their semantics and defaults are those of Keras 3.

A rule is a frozen record of its settings. What it remembers from step to step is its state, a tuple of
arrays that is handed in and handed back, so that a rule is a pure function:

    adam = Adam(learning_rate=0.1)
    state = adam.initial_state(w)
    for step in range(100):
        w, state = adam.update(w, gradient(w), state, step, adam.learning_rate)

In the formulas w are the weights, g the gradient, r the learning rate; squares, roots and quotients are
taken entry by entry; t = step + 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from bigmodel_nb.arguments import non_negative, positive, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers
from bigmodel_nb.maths.knobs import Checked, knob, share, share_below_one, truth

State = tuple[np.ndarray, ...]


def _learning_rate(default: float) -> Any:
    return knob(default, positive, 1e-4, 10.0, log=True, help=_("how far to step for a given gradient"))


def _momentum(default: float) -> Any:
    return knob(default, share, 0.0, 0.99, help=_("the share of the last step that is kept"))


def _epsilon() -> Any:
    return knob(1e-7, positive, 1e-10, 0.1, log=True, help=_("keeps the division away from zero"))


@dataclass(frozen=True)
class Optimizer(Checked):
    """What the seven rules have in common; a rule of your own needs `_rule`, and `_begin` for its state."""

    name: ClassVar[str] = ""
    learning_rate: float = _learning_rate(0.01)

    def initial_state(self, w: Any) -> State:
        """What the rule remembers before the first step: a tuple of arrays of the shape of `w`."""
        return self._begin(array_of_numbers("w", w, empty=True))

    def update(self, w: Any, gradient: Any, state: State, step: int, rate: float) -> tuple[np.ndarray, State]:
        """One step: the new weights and the new state. Nothing that is handed in is changed.

        `w` and `gradient` are arrays of one shape (any shape; float32 stays float32), `state` is what
        `initial_state` or the last `update` returned, `step` counts from 0, and `rate` is the learning
        rate of this step (zero or more). Where a result is too large for a float it is infinite.
        """
        w = array_of_numbers("w", w, empty=True)
        expected = _("an array of finite numbers of the shape of w, {shape}").format(shape=w.shape)
        gradient = array_of_numbers("gradient", gradient, expected, empty=True)
        if gradient.shape != w.shape:
            raise wrong_value("gradient", expected, gradient)
        state = self._checked_state(state, w.shape)
        step = whole("step", step, 0)
        rate = non_negative("rate", rate)
        with np.errstate(all="ignore"):
            return self._rule(w, gradient, state, step, rate)

    def memory(self, state: State) -> np.ndarray | None:
        """The remembered momentum as an array of the shape of `w`, or None for a rule without.

        It points where it pushes the weights, downhill as a rule, whatever sign the formula gives it.
        """
        return self._memory(self._checked_state(state))

    # -- what a rule defines; no checks, since a descent calls these in its loop ---------------

    def _begin(self, w: np.ndarray) -> State:
        return ()

    def _rule(
        self, w: np.ndarray, gradient: np.ndarray, state: State, step: int, rate: float
    ) -> tuple[np.ndarray, State]:
        raise NotImplementedError(f"{type(self).__name__} defines no _rule")

    def _memory(self, state: State) -> np.ndarray | None:
        return None

    def _checked_state(self, state: Any, shape: tuple[int, ...] | None = None) -> State:
        count = len(self._begin(np.zeros(())))
        expected = _("the state that initial_state or update returned: {count} arrays of the shape of w")
        expected = expected.format(count=count)
        if not isinstance(state, tuple):
            raise wrong_type("state", expected, state)
        parts = tuple(array_of_numbers("state", part, expected, finite=False, empty=True) for part in state)
        shapes = {part.shape for part in parts} | ({shape} if shape is not None and parts else set())
        if len(parts) != count or len(shapes) > 1:
            raise wrong_value("state", expected, state)
        return parts


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """Gradient descent: w - r g.

    A. Cauchy, 1847, "Méthode générale pour la résolution des systèmes d'équations simultanées".
    Keras: SGD.
    """

    name: ClassVar[str] = "gradient descent"
    learning_rate: float = _learning_rate(0.01)

    def _rule(self, w, gradient, state, step, rate):
        return w - rate * gradient, state


@dataclass(frozen=True)
class Momentum(Optimizer):
    """Gradient descent with momentum: v <- m v - r g, then w + v.

    The rate stands inside v (Keras, and Sutskever and others, 2013), so a change of rate acts on later
    gradients only, and not on the velocity gathered so far. B. T. Polyak, 1964, "Some methods of speeding
    up the convergence of iteration methods". Keras: SGD(momentum=m).
    """

    name: ClassVar[str] = "momentum"
    learning_rate: float = _learning_rate(0.01)
    momentum: float = _momentum(0.9)

    def _begin(self, w):
        return (np.zeros_like(w),)

    def _rule(self, w, gradient, state, step, rate):
        (velocity,) = state
        velocity = self.momentum * velocity - rate * gradient
        return w + velocity, (velocity,)

    def _memory(self, state):
        return state[0]


@dataclass(frozen=True)
class Nesterov(Momentum):
    """Momentum with a look ahead: v <- m v - r g, then w + m v - r g.

    The gradient is taken at w, and the step ahead by m v is part of the update: the form of Keras, for
    which the weights it holds are those of Nesterov's look-ahead point (Bengio and others, 2013, "Advances
    in optimizing recurrent networks"). Y. Nesterov, 1983, "A method of solving a convex programming problem
    with convergence rate O(1/k^2)". Keras: SGD(momentum=m, nesterov=True).
    """

    name: ClassVar[str] = "Nesterov"
    learning_rate: float = _learning_rate(0.01)
    momentum: float = _momentum(0.9)

    def _rule(self, w, gradient, state, step, rate):
        (velocity,) = state
        push = rate * gradient
        velocity = self.momentum * velocity - push
        return w + self.momentum * velocity - push, (velocity,)


@dataclass(frozen=True)
class AdaGrad(Optimizer):
    """Each weight's rate shrinks with the gradients it has seen: a <- a + g^2, then w - r g / sqrt(a + eps).

    a starts at 0.1 and epsilon stands inside the root, as in Keras (with a = 0 at the start, and epsilon
    outside, the first step would be of length r for every weight). J. Duchi, E. Hazan, Y. Singer, 2011,
    "Adaptive subgradient methods for online learning and stochastic optimization". Keras: Adagrad.
    """

    name: ClassVar[str] = "AdaGrad"
    learning_rate: float = _learning_rate(0.001)
    initial_accumulator_value: float = knob(
        0.1, non_negative, 0.0, 1.0, help=_("the sum of squares before the first step")
    )
    epsilon: float = _epsilon()

    def _begin(self, w):
        return (np.full_like(w, self.initial_accumulator_value),)

    def _rule(self, w, gradient, state, step, rate):
        (total,) = state
        total = total + gradient * gradient
        return w - rate * gradient / np.sqrt(total + self.epsilon), (total,)


@dataclass(frozen=True)
class RMSProp(Optimizer):
    """Gradients divided by their recent size: s <- rho s + (1 - rho) g^2, then w - r g / sqrt(s + eps).

    Epsilon stands inside the root. `centered` takes the square of the recent mean gradient off s, which
    leaves the variance. With `momentum` the quotient is gathered first: b <- m b + r g / sqrt(...), then
    w - b; the rate stands inside b. All as in Keras, except that a variance which rounding has made negative
    counts as zero (Keras returns NaN there). T. Tieleman, G. Hinton, 2012, "Lecture 6.5: rmsprop"; centered:
    A. Graves, 2013, "Generating sequences with recurrent neural networks". Keras: RMSprop.
    """

    name: ClassVar[str] = "RMSProp"
    learning_rate: float = _learning_rate(0.001)
    rho: float = knob(0.9, share_below_one, 0.5, 0.999, help=_("how long squared gradients are remembered"))
    momentum: float = _momentum(0.0)
    epsilon: float = _epsilon()
    centered: bool = knob(False, truth, help=_("divide by the spread of the gradients, not by their size"))

    def _begin(self, w):
        # the mean square, the gathered steps and the mean gradient; the last two stay zero where unused
        return np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)

    def _rule(self, w, gradient, state, step, rate):
        square, gathered, mean = state
        square = self.rho * square + (1 - self.rho) * (gradient * gradient)
        size = square
        if self.centered:
            mean = self.rho * mean + (1 - self.rho) * gradient
            size = np.maximum(square - mean * mean, 0)
        move = rate * gradient / np.sqrt(size + self.epsilon)
        if self.momentum > 0:
            move = gathered = self.momentum * gathered + move
        return w - move, (square, gathered, mean)

    def _memory(self, state):
        return -state[1] if self.momentum > 0 else None


@dataclass(frozen=True)
class Adam(Optimizer):
    """Momentum over size, both corrected for their start at zero:

        m <- m + (1 - beta_1) (g - m)        s <- s + (1 - beta_2) (g^2 - s)
        w - r sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(s) + eps)

    Epsilon stands outside the root and is added before the correction of s (the "epsilon hat" of the paper),
    as in Keras. D. P. Kingma, J. Ba, 2014, "Adam: a method for stochastic optimization". Keras: Adam.
    """

    name: ClassVar[str] = "Adam"
    learning_rate: float = _learning_rate(0.001)
    beta_1: float = knob(0.9, share_below_one, 0.0, 0.99, help=_("how long gradients are remembered"))
    beta_2: float = knob(
        0.999, share_below_one, 0.5, 0.9999, help=_("how long squared gradients are remembered")
    )
    epsilon: float = _epsilon()

    def _begin(self, w):
        return np.zeros_like(w), np.zeros_like(w)

    def _rule(self, w, gradient, state, step, rate):
        mean, square = state
        mean = mean + (1 - self.beta_1) * (gradient - mean)
        square = square + (1 - self.beta_2) * (gradient * gradient - square)
        # In the precision of w, as Keras does it: in float32, 1 - 0.999 is off by one part in 80,000.
        real, t = w.dtype.type, float(step + 1)
        corrected = rate * np.sqrt(1 - real(self.beta_2) ** t) / (1 - real(self.beta_1) ** t)
        return w - corrected * mean / (np.sqrt(square) + self.epsilon), (mean, square)

    def _memory(self, state):
        return -state[0]


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decoupled weight decay: w <- w - r d w first, then Adam's step.

    The decay is no part of the gradient, so it is not divided by the gradient's size. As in Keras it is
    multiplied by the learning rate, and so follows a schedule. I. Loshchilov, F. Hutter, 2017, "Decoupled
    weight decay regularization". Keras: AdamW.
    """

    name: ClassVar[str] = "AdamW"
    learning_rate: float = _learning_rate(0.001)
    beta_1: float = knob(0.9, share_below_one, 0.0, 0.99, help=_("how long gradients are remembered"))
    beta_2: float = knob(
        0.999, share_below_one, 0.5, 0.9999, help=_("how long squared gradients are remembered")
    )
    epsilon: float = _epsilon()
    weight_decay: float = knob(0.004, non_negative, 0.0, 0.5, help=_("the pull of the weights towards zero"))

    def _rule(self, w, gradient, state, step, rate):
        return super()._rule(w - rate * self.weight_decay * w, gradient, state, step, rate)


OPTIMIZERS: dict[str, type[Optimizer]] = {
    rule.name: rule for rule in (GradientDescent, Momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW)
}
