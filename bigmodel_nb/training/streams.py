"""Data that come batch by batch: a tf.data.Dataset or a keras PyDataset.

They are read ahead while the compiled loop is at work; a few batches at a time are laid side by side, so that
one call of the loop takes several steps here, too.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.nested import each, leaves, signature

EXPECTED = "batches of (x, y) or (x, y, sample_weight)"


def is_stream(data: Any) -> bool:
    """Whether data come batch by batch. TensorFlow and Keras are not loaded to find out."""
    tensorflow = sys.modules.get("tensorflow")
    return bool(tensorflow and isinstance(data, tensorflow.data.Dataset)) or is_py_dataset(data)


def is_py_dataset(data: Any) -> bool:
    """Whether data are a data set of Keras's."""
    keras = sys.modules.get("keras")
    return bool(keras and isinstance(data, keras.utils.PyDataset))


class Stream:
    """A tf.data.Dataset or PyDataset of batches, as a source."""

    resident = False

    def __init__(self, data: Any):
        import tensorflow as tf

        self.data = data
        if isinstance(data, tf.data.Dataset):
            cardinality = int(data.cardinality())
            self.endless = cardinality == tf.data.INFINITE_CARDINALITY
            self.length = max(cardinality, 0)  # 0 is unknown: the first pass tells
            self._ahead = data.prefetch(tf.data.AUTOTUNE)
        else:
            self.endless = data.num_batches is None
            self.length = 0 if self.endless else int(data.num_batches)
        self._counted = 0
        self._waiting: tuple[Any, Any, Any] | None = None
        self._first = self._parts(next(iter(self._iterate()), None))
        self.signature = ("stream", signature(self._first))

    def sample(self, n: int = 1) -> tuple[Any, Any, Any]:
        """Up to n examples of the first batch."""
        return each(lambda part: part[:n].numpy(), self._first)

    def __len__(self) -> int:
        """The number of examples, as far as they were counted by the latest `in_order`."""
        return self._counted

    def in_order(self, batch_size: int) -> Iterator[tuple[Any, int]]:
        """Each batch of one pass, and how many examples it holds."""
        self._counted = 0
        for batch in self._iterate():
            parts = self._parts(batch)
            self._counted += _size(parts)
            yield parts, _size(parts)

    def batches(self, batch_size: int, seed: int, shuffle: bool) -> Stream:
        """Itself: a stream brings its batches and their order."""
        self._iterator: Iterator[Any] | None = None
        self._at, self._waiting = 0, None
        return self

    @property
    def steps_per_pass(self) -> int:
        """The number of batches of one pass; counted where the stream does not say."""
        if self.endless:
            expected = _("a whole number, where data have no end (and no such data are validated on)")
            raise wrong_value("steps_per_epoch", expected, None)
        if not self.length:
            self.length = sum(1 for _batch in self._iterate())
        return self.length

    def _iterate(self) -> Iterator[Any]:
        import tensorflow as tf

        if isinstance(self.data, tf.data.Dataset):
            yield from self._ahead
        else:
            if hasattr(self.data, "on_epoch_begin"):
                self.data.on_epoch_begin()
            for number in itertools.count() if self.endless else range(self.length):
                yield each(lambda part: tf.convert_to_tensor(_plain(part)), tuple(self.data[number]))
            self.data.on_epoch_end()

    def _parts(self, batch: Any) -> tuple[Any, Any, Any]:
        if batch is None:
            raise wrong_value("data", _("at least one batch"), self.data)
        if not isinstance(batch, tuple | list) or len(batch) not in (2, 3):
            raise wrong_type("data", _(EXPECTED), batch)
        parts = (batch[0], batch[1], batch[2] if len(batch) == 3 else None)
        shapes = [tuple(part.shape) for part in leaves(parts)]
        if not all(shapes) or len({shape[0] for shape in shapes}) != 1:
            raise wrong_value("data", _("batches (does .batch(32) lack?) of as many x as y"), shapes)
        return parts

    def _next(self) -> tuple[Any, Any, Any]:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            return waiting
        batch = next(self._iterator, None) if self._iterator is not None else None
        if batch is None:  # the next pass
            self._iterator = iter(self._iterate())
            batch = next(self._iterator, None)
        return self._parts(batch)

    def take(self, step: int, most: int) -> tuple[Any, np.ndarray]:
        """Up to `most` batches of equal size from `step` on, within one pass."""
        import tensorflow as tf

        while self._at < step:  # a run that goes on: these have been seen
            self._next()
            self._at += 1
        left = most + 1 if self.endless else self.steps_per_pass - step % self.steps_per_pass
        taken = [self._next()]
        shapes = [part.shape for part in leaves(taken[0])]
        size = _size(taken[0])
        while len(taken) < min(most, left):
            batch = self._next()
            if [part.shape for part in leaves(batch)] != shapes:
                self._waiting = batch
                break
            taken.append(batch)
        self._at += len(taken)
        if is_py_dataset(self.data) and len(taken) == left and self._iterator is not None:
            next(self._iterator, None)  # lets the data set know that the pass is over
            self._iterator = None
        tensors = each(lambda *parts: tf.concat(parts, 0), *taken)
        return tensors, np.arange(size * len(taken), dtype=np.int32).reshape(len(taken), size)

    @staticmethod
    def gather(tensors: Any, rows: Any) -> tuple[Any, Any, Any]:
        """Inside the compiled loop: the rows (batch,) of x, y and weight."""
        import tensorflow as tf

        return each(lambda part: tf.gather(part, rows), tensors)


def _plain(part: Any) -> Any:
    """An array in the types that arrays are given in, too: float32 rather than float64."""
    array = np.asarray(part)
    return array.astype(np.float32) if array.dtype == np.float64 else array


def _size(batch: Any) -> int:
    return int(leaves(batch)[0].shape[0])
