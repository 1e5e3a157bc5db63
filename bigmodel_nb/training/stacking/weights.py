"""The weights of all members in one array (members, weights), so that an optimizer's step is a few operations
whatever the number of layers; and what is no weight to learn (running means), each in its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bigmodel_nb.training.stacking.program import Program


class Packing:
    """Where each variable of a program stands. The first program stands for all of its signature."""

    def __init__(self, program: Program):
        variables = program.variables
        self.learned = [place for place, one in enumerate(variables) if one.trainable]
        self.others = [place for place, one in enumerate(variables) if not one.trainable]
        self.shapes = [tuple(one.shape) for one in variables]
        self.sizes = [int(np.prod(self.shapes[place], dtype=int)) for place in self.learned]
        self.keys = [id(one) for one in variables]
        self.variables = variables  # which the keys are of

    def packed(self, programs: Sequence[Program]) -> tuple[np.ndarray, list[np.ndarray]]:
        """The present weights (members, weights) of models; their other variables, each (members, ...)."""
        rows, others = [], []
        for program in programs:
            values = [np.asarray(one.numpy()) for one in program.variables]
            rows.append(np.concatenate([values[place].ravel() for place in self.learned]))
            others.append([values[place] for place in self.others])
        return np.stack(rows), [np.stack(parts) for parts in zip(*others, strict=True)]

    def views(self, flat: Any, others: Sequence[Any]) -> dict[int, Any]:
        """Inside a compiled loop: the values (members, ...) of each variable, by key."""
        import tensorflow as tf

        members = flat.shape[0]
        found = {}
        for place, part in zip(self.learned, tf.split(flat, self.sizes, axis=1), strict=True):
            found[self.keys[place]] = tf.reshape(part, (members, *self.shapes[place]))
        for place, value in zip(self.others, others, strict=True):
            found[self.keys[place]] = value
        return found

    def unpacked(self, flat: np.ndarray, others: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The variables of one member, in a program's order, from its row and its others."""
        values: dict[int, np.ndarray] = dict(zip(self.others, others, strict=True))
        ends = np.cumsum(self.sizes)[:-1]
        for place, part in zip(self.learned, np.split(flat, ends), strict=True):
            values[place] = part.reshape(self.shapes[place])
        return [values[place] for place in range(len(self.shapes))]
