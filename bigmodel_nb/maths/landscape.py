"""What a loss surface is: two weights in, one loss out, and the slope in each direction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.arguments import number, point, positive, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers


@dataclass(frozen=True, eq=False)
class Surface:
    """A loss that depends on two weights.

    `value` takes points of shape (..., 2) and returns losses of shape (...); `gradient` takes the same
    and returns slopes of shape (..., 2). Both keep the precision of their input (float32 in, float32
    out) and never warn: where a loss is too large for a float, it is infinite.
    """

    name: str
    title: str
    formula: str  # in matplotlib's mathtext
    value: Callable[[Any], Any]
    gradient: Callable[[Any], Any]
    limits: tuple[float, float, float, float]  # w1 low, w1 high, w2 low, w2 high: the part worth drawing
    start: tuple[float, float]  # from here something can be learned
    minima: tuple[tuple[float, float], ...] = ()  # the global minima; () where none is known
    axes: tuple[str, str] = (r"$w_1$", r"$w_2$")
    rate: float = 0.1  # a learning rate at which plain gradient descent works here

    def __post_init__(self) -> None:
        for name in ("name", "title", "formula"):
            if not isinstance(getattr(self, name), str):
                raise wrong_type(name, _("text"), getattr(self, name))
        for name in ("value", "gradient"):
            if not callable(getattr(self, name)):
                raise wrong_type(name, _("a function of points of shape (..., 2)"), getattr(self, name))
        object.__setattr__(self, "limits", _limits(self.limits))
        object.__setattr__(self, "start", point("start", self.start))
        object.__setattr__(self, "minima", _minima(self.minima))
        object.__setattr__(self, "axes", _two_labels(self.axes))
        object.__setattr__(self, "rate", positive("rate", self.rate))

    @property
    def width(self) -> tuple[float, float]:
        """How far the part worth drawing extends along w1 and along w2."""
        left, right, bottom, top = self.limits
        return right - left, top - bottom


def _limits(value: Any) -> tuple[float, float, float, float]:
    expected = _("four finite numbers (w1 low, w1 high, w2 low, w2 high), each low below its high")
    try:
        left, right, bottom, top = (number("limits", entry) for entry in value)
    except (TypeError, ValueError):
        raise wrong_value("limits", expected, value) from None
    if not (left < right and bottom < top):
        raise wrong_value("limits", expected, value)
    return left, right, bottom, top


def _minima(value: Any) -> tuple[tuple[float, float], ...]:
    try:
        entries = tuple(value)
    except TypeError:
        raise wrong_type("minima", _("a list of points, such as [(3.0, 2.0)]"), value) from None
    return tuple(point("minima", entry) for entry in entries)


def _two_labels(value: Any) -> tuple[str, str]:
    expected = _("two texts, one for each axis")
    if isinstance(value, str):
        raise wrong_type("axes", expected, value)
    try:
        first, second = value
    except (TypeError, ValueError):
        raise wrong_value("axes", expected, value) from None
    if not (isinstance(first, str) and isinstance(second, str)):
        raise wrong_type("axes", expected, value)
    return first, second


def points_of(w: Any) -> np.ndarray:
    """`w` as an array of floats of shape (..., 2)."""
    # The first line is what a descent meets a hundred times; the rest is for what people type.
    if type(w) is np.ndarray and w.dtype.kind == "f" and w.shape[-1:] == (2,):
        return w
    expected = _("a point of two numbers, or an array of points of shape (..., 2)")
    array = array_of_numbers("w", w, expected, finite=False, empty=True)
    if array.shape[-1:] != (2,):
        raise wrong_value("w", expected, w)
    return array


def on_points(
    value: Callable[[Any, Any], Any], slopes: Callable[[Any, Any], tuple[Any, Any]]
) -> tuple[Callable[[Any], Any], Callable[[Any], np.ndarray]]:
    """A loss and its two slopes, written for two coordinates, as functions of points (..., 2)."""

    def value_at(w: Any) -> Any:
        w = points_of(w)
        with np.errstate(all="ignore"):
            return value(w[..., 0], w[..., 1])

    def gradient_at(w: Any) -> np.ndarray:
        w = points_of(w)
        gradient = np.empty_like(w)
        with np.errstate(all="ignore"):
            gradient[..., 0], gradient[..., 1] = slopes(w[..., 0], w[..., 1])
        return gradient

    return value_at, gradient_at
