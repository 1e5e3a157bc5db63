"""The forward and the backward pass of a feed-forward network, on arrays that were checked.

`neurons.Network` checks and calls them. `fused.py` does the same in other arrangements, for speed, and is
held against these.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bigmodel_nb.maths.activations import ACTIVATIONS
from bigmodel_nb.maths.losses import LOSSES

Parameters = Sequence[np.ndarray]


def layers(
    parameters: Parameters,
    activations: Sequence[str],
    x: np.ndarray,
    masks: Sequence[np.ndarray] | None = None,
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """What each layer computes, and what it hands on: the same, but for hidden layers with masks, which
    multiply. Both lists begin with x."""
    computed, handed_on = [x], [x]
    for place, (W, b, name) in enumerate(zip(parameters[::2], parameters[1::2], activations, strict=True)):
        computed.append(ACTIVATIONS[name].value(handed_on[-1] @ W + b))
        masked = masks is not None and place < len(masks)
        handed_on.append(computed[-1] * masks[place] if masked else computed[-1])  # type: ignore[index]
    return computed, handed_on


def backward(
    parameters: Parameters,
    activations: Sequence[str],
    loss: str,
    x: np.ndarray,
    truth: np.ndarray,
    *,
    masks: Sequence[np.ndarray] | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
) -> tuple[float, list[np.ndarray]]:
    """The loss and its slope for each parameter: layer by layer from the outputs back, by the chain rule."""
    computed, handed_on = layers(parameters, activations, x, masks)
    slopes: list[np.ndarray] = []
    error = LOSSES[loss].slope(computed[-1], truth)  # the slope for the outputs, (n, outputs)
    for place in reversed(range(len(activations))):
        if masks is not None and place < len(masks):
            error = error * masks[place]
        error = error * ACTIVATIONS[activations[place]].slope(computed[place + 1])  # before its activation
        slopes[:0] = handed_on[place].T @ error, error.sum(axis=0)
        error = error @ parameters[2 * place].T
    if l1 or l2:
        for W, slope in zip(parameters[::2], slopes[::2], strict=True):
            slope += l1 * np.sign(W) + 2 * l2 * W
    return LOSSES[loss].value(computed[-1], truth) + penalty(parameters, l1, l2), slopes


def penalty(parameters: Parameters, l1: float, l2: float) -> float:
    """l1 times the sum of |w| plus l2 times the sum of w^2, over all weights; biases are left out."""
    if not (l1 or l2):
        return 0.0
    return float(sum(l1 * np.abs(W).sum() + l2 * (W * W).sum() for W in parameters[::2]))


def draw_masks(
    random: np.random.Generator, dropout: float, n: int, widths: Sequence[int]
) -> list[np.ndarray] | None:
    """Masks (n, units) for hidden layers of these widths: 0 for the share `dropout` of all entries,
    1 / (1 - dropout) for the rest, so that the expected value of what they multiply stays."""
    if not dropout:
        return None
    return [(random.random((n, units)) >= dropout) / (1 - dropout) for units in widths]
