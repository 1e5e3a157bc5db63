"""What a network is made of and given, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers


def checked_parameters(parameters: Any, layers: int) -> tuple[np.ndarray, ...]:
    """`parameters` as read-only float64 copies: W (inputs, outputs) and b (outputs,) of each layer."""
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


def checked_masks(masks: Any, n: int, sizes: Sequence[int]) -> list[np.ndarray] | None:
    """`masks` for n examples in a network of these sizes: None, or (n, units) for each hidden layer."""
    if masks is None:
        return None
    shapes = [(n, units) for units in sizes[1:-1]]
    expected = _("arrays of the shapes {shapes}").format(shapes=shapes)
    if not isinstance(masks, Sequence) or isinstance(masks, str):
        raise wrong_type("masks", expected, masks)
    arrays = [array_of_numbers("masks", mask, expected) for mask in masks]
    if [mask.shape for mask in arrays] != shapes:
        raise wrong_value("masks", expected, [mask.shape for mask in arrays])
    return arrays
