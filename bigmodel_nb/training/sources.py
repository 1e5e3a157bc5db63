"""Where batches come from: data that lie in memory as tensors, and data that do not.

    source = as_source("data", data.train)   # arrays, windows of a text, a tf.data.Dataset, a PyDataset
    batches = source.batches(batch_size=32, seed=0, shuffle=True)
    tensors, order = batches.take(step, 100) # up to 100 batches from this step on: tensors, and rows of them

A source has a `signature` (structure, shapes and types, but not the number of examples) and a static
`gather(tensors, rows)`: sources of one signature share a compiled loop. A step is a batch, counted from 0
over all passes, and the same step of the same seed is the same batch: so a run can go on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from bigmodel_nb.arguments import non_negative, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.hardware import find_memory
from bigmodel_nb.training.nested import each, leaves, signature
from bigmodel_nb.training.streams import Stream, is_stream

MOST_WHOLE = 2**31 - 1
RESIDENT_SHARE = 0.25  # of the memory that is free: larger arrays are read as they are needed


class Arrays:
    """Examples as arrays: x (one array, or a tuple, list or dict of them), y, and sample weights or None.

    `resident=False` leaves them where they are (a `numpy.memmap`, or more than fits) and reads the rows of
    each call from there.
    """

    def __init__(self, x: Any, y: Any, weight: Any = None, *, resident: bool = True):
        self.parts = (x, y, weight)
        self.resident = resident
        self.n = len(leaves(y)[0])
        self._tensors: Any = None
        self.signature = ("arrays", signature(self.sample(1)))

    def __len__(self) -> int:
        """The number of examples."""
        return self.n

    def sample(self, n: int = 1) -> tuple[Any, Any, Any]:
        """The first n examples: x, y, weight."""
        return each(lambda part: plain(np.asarray(part[:n])), self.parts)

    def take(self, order: np.ndarray) -> tuple[Any, np.ndarray]:
        """Tensors that hold at least the rows of `order` (k, batch), and where these stand in them."""
        import tensorflow as tf

        if self.resident:
            if self._tensors is None:
                self._tensors = each(tf.constant, self.parts)
            return self._tensors, order
        rows = order.ravel()
        sorted_rows, places = np.unique(rows, return_inverse=True)  # files are read from front to back
        tensors = each(lambda part: tf.constant(plain(np.asarray(part[sorted_rows]))), self.parts)
        return tensors, places.reshape(order.shape).astype(np.int32)

    def in_order(self, batch_size: int) -> Iterator[tuple[Any, int]]:
        """All examples in order: tensors, and how many examples they hold."""
        rows = self.n if self.resident else 64 * batch_size
        for first in range(0, self.n, rows):
            order = np.arange(first, min(first + rows, self.n), dtype=np.int32)[None]
            yield self.take(order)[0], order.size

    @staticmethod
    def gather(tensors: Any, rows: Any) -> tuple[Any, Any, Any]:
        """Inside the compiled loop: the rows (batch,) of x, y and weight."""
        import tensorflow as tf

        return each(lambda part: tf.gather(part, rows), tensors)

    def batches(self, batch_size: int, seed: int, shuffle: bool) -> Batches:
        return Batches(self, batch_size, seed, shuffle)


class Texts:
    """Windows of a long row of tokens: window i is tokens[i * stride :][: length], and y is one token on.

    Only the tokens lie in memory; the compiled loop cuts the windows out of them.
    """

    resident = True

    def __init__(self, windows: Any):
        self.tokens = np.asarray(windows.tokens)
        self.length, self.stride, self.n = int(windows.context_length), int(windows.stride), len(windows)
        self._tensors: Any = None
        self.signature = ("windows", self.length, self.stride)

    def __len__(self) -> int:
        """The number of windows."""
        return self.n

    def sample(self, n: int = 1) -> tuple[Any, Any, Any]:
        """The first n windows: x (n, length), y (n, length), None."""
        starts = np.arange(min(n, self.n))[:, None] * self.stride + np.arange(self.length)
        return self.tokens[starts].astype(np.int32), self.tokens[starts + 1].astype(np.int32), None

    def take(self, order: np.ndarray) -> tuple[Any, np.ndarray]:
        import tensorflow as tf

        if self._tensors is None:
            self._tensors = tf.constant(self.tokens.astype(np.int32))
        return self._tensors, order

    def in_order(self, batch_size: int) -> Iterator[tuple[Any, int]]:
        """All windows: the tokens, and how many windows they hold."""
        yield self.take(np.zeros((0, 0), np.int32))[0], self.n

    @property
    def gather(self) -> Callable:
        length, stride = self.length, self.stride

        def gather(tokens: Any, rows: Any) -> tuple[Any, Any, Any]:
            import tensorflow as tf

            window = tf.gather(tokens, rows[:, None] * stride + tf.range(length + 1))
            return window[:, :-1], window[:, 1:], None

        return gather

    def batches(self, batch_size: int, seed: int, shuffle: bool) -> Batches:
        return Batches(self, batch_size, seed, shuffle)


class Batches:
    """Passes over a source: each in an order of its own (drawn from the seed and the number of the pass),
    the last, smaller batch included.

    With `uneven` that batch may come in one row with full ones, filled up with -1: one call fewer a pass.
    """

    def __init__(self, source: Arrays | Texts, batch_size: int, seed: int, shuffle: bool):
        self.source, self.seed, self.shuffle = source, seed, shuffle
        self.batch_size = min(batch_size, len(source))
        self.steps_per_pass = -(-len(source) // self.batch_size)
        self.uneven = False
        self._order: tuple[int, np.ndarray] = (-1, np.empty(0, np.int32))

    def take(self, step: int, most: int) -> tuple[Any, np.ndarray]:
        """At least one and at most `most` batches of equal size (see `uneven`), from `step` on."""
        number, first = divmod(step, self.steps_per_pass)
        rows = self._rows(number)
        full = len(rows) // self.batch_size
        if first >= full:
            order = rows[full * self.batch_size :][None]
        elif self.uneven and first + most > full and len(rows) % self.batch_size:
            order = np.full((self.steps_per_pass - first, self.batch_size), -1, np.int32)
            order.ravel()[: len(rows) - first * self.batch_size] = rows[first * self.batch_size :]
        else:
            last = min(first + most, full)
            order = rows[first * self.batch_size : last * self.batch_size].reshape(-1, self.batch_size)
        return self.source.take(order)

    def _rows(self, number: int) -> np.ndarray:
        if self._order[0] != number:
            n = len(self.source)
            random = np.random.default_rng([self.seed, number])
            rows = random.permutation(n) if self.shuffle else np.arange(n)
            self._order = (number, rows.astype(np.int32))
        return self._order[1]


Source = Arrays | Texts | Stream


def as_source(name: str, data: Any, *, class_weight: dict[int, float] | None = None) -> Source:
    """A source of whatever `fit` takes as (one part of) its data; `name` is the argument's, for errors."""
    if is_stream(data):
        if class_weight is not None:
            expected = _("arrays, where class_weight is given; streams bring weights of their own")
            raise wrong_type(name, expected, data)
        return Stream(data)
    if hasattr(data, "tokens") and hasattr(data, "context_length"):
        if class_weight is not None:
            raise wrong_value("class_weight", _("None, where tokens are predicted"), class_weight)
        if len(data) == 0:
            raise wrong_value(name, _("a text longer than one window"), data)
        return Texts(data)
    expected = _(
        "a data set, a pair (x, y), a triple (x, y, sample_weight), a tf.data.Dataset or a keras PyDataset"
    )
    parts = (data.x, data.y) if hasattr(data, "x") and hasattr(data, "y") else data
    if not isinstance(parts, tuple | list) or len(parts) not in (2, 3):
        raise wrong_type(name, expected, data)
    x, y = (_checked(f"{name}: {part}", value) for part, value in zip("xy", parts, strict=False))
    n = len(leaves(y)[0])
    for part in leaves(x) + leaves(y):
        if len(part) != n:
            lengths = sorted({len(leaf) for leaf in leaves(x) + leaves(y)})
            raise wrong_value(name, _("x and y with the same number of examples"), lengths)
    if n == 0:
        raise wrong_value(name, _("at least one example"), data)
    weight = _weights(name, parts[2] if len(parts) == 3 else None, y, n, class_weight)
    return Arrays(x, y, weight, resident=_fits((x, y)))


def _weights(name: str, weight: Any, y: Any, n: int, class_weight: dict[int, float] | None) -> Any:
    """Sample weights (n,), those of the classes included, or None."""
    if weight is not None:
        weight = _checked(f"{name}: sample_weight", weight)
        if len(leaves(weight)) == 1 and (len(weight) != n or (np.asarray(weight) < 0).any()):
            raise wrong_value(
                f"{name}: sample_weight", _("{n} numbers, none of them negative").format(n=n), weight
            )
    if class_weight is None:
        return weight
    expected = _("a dict from the number of each class to its weight, such as {0: 1.0, 1: 5.0}")
    if not isinstance(class_weight, dict):
        raise wrong_type("class_weight", expected, class_weight)
    classes = _classes(y)
    of_class = {
        whole("class_weight", number, 0): non_negative("class_weight", value)
        for number, value in class_weight.items()
    }
    present, places = np.unique(classes, return_inverse=True)
    weights = np.array([of_class.get(int(number), 1.0) for number in present], np.float32)[places.ravel()]
    if weight is None:
        return weights
    if len(leaves(weight)) != 1 or isinstance(weight, tuple | dict):
        raise wrong_value("class_weight", _("None, where outputs have weights of their own"), class_weight)
    return weights.reshape(n, *[1] * (weight.ndim - 1)) * weight


def _classes(y: Any) -> np.ndarray:
    """The class of each example: its label, or the place of the largest number of a row, as in Keras."""
    expected = _("None, where y holds no classes")
    if isinstance(y, tuple | dict):
        raise wrong_value("class_weight", expected, y)
    labels = np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] > 1:
        if not (((labels == 0) | (labels == 1)).all() and (labels.sum(1) == 1).all()):
            raise wrong_value("class_weight", expected, labels)
        return labels.argmax(1)
    if labels.ndim > 2 or (labels != np.round(labels)).any() or (labels < 0).any():
        raise wrong_value("class_weight", expected, labels)
    return labels.ravel().astype(np.int64)


def _checked(name: str, value: Any) -> Any:
    """Arrays of numbers of the types that Keras computes with; float64 becomes float32, as in Keras."""
    if isinstance(value, dict):
        return {key: _checked(f"{name}[{key!r}]", part) for key, part in value.items()}
    if isinstance(value, tuple | list) and value and all(hasattr(part, "shape") for part in value):
        return tuple(_checked(f"{name}[{place}]", part) for place, part in enumerate(value))
    expected = _("an array of finite numbers, one row for each example")
    try:
        array = value if isinstance(value, np.ndarray) else np.asarray(value)
    except Exception:  # ragged lists, and whatever a reader's own class raises
        raise wrong_type(name, expected, value) from None
    if array.dtype.kind not in "fiub":
        raise wrong_type(name, expected, value)
    if array.ndim == 0:
        raise wrong_value(name, expected, value)
    if array.dtype.kind == "f" and not isinstance(array, np.memmap) and not np.isfinite(array).all():
        bad = int(np.argwhere(~np.isfinite(array))[0][0])
        raise wrong_value(name, expected, _("{value} in row {row}").format(value=array[bad], row=bad))
    if isinstance(array, np.ma.MaskedArray) and array.mask.any():
        raise wrong_value(name, expected, _("an array with masked entries"))
    if array.dtype.kind in "iu" and array.dtype.itemsize >= 4 and not isinstance(array, np.memmap):
        if array.size and (array.max() > MOST_WHOLE or array.min() < -MOST_WHOLE):
            raise wrong_value(name, _("whole numbers below {most}").format(most=MOST_WHOLE), array.max())
    return array if isinstance(array, np.memmap) else plain(array)


def plain(array: np.ndarray) -> np.ndarray:
    """The array in a type that Keras computes with. Files are changed row by row, as they are read."""
    if array.dtype in (np.float64, np.longdouble):
        return array.astype(np.float32)
    if array.dtype in (np.bool_, np.int64, np.uint32, np.uint64):
        return array.astype(np.int32)
    return array


def _fits(parts: Any) -> bool:
    """Whether arrays may lie in memory a second time, as tensors."""
    arrays = leaves(parts)
    if any(isinstance(array, np.memmap) for array in arrays):
        return False
    return sum(array.nbytes for array in arrays) < RESIDENT_SHARE * free_memory()


def free_memory() -> float:
    """Bytes that this process may still take, by the system and by the container's limit; 4 GB where neither
    says."""
    available = find_memory().available
    return 4e9 if available is None else float(available)
