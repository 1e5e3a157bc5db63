"""Chapter 1: an epoch of mini-batches."""

from __future__ import annotations

from typing import Any

import numpy as np

from bigmodel_nb.exercises import values
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.fault import Fault
from bigmodel_nb.language import gettext as _


def _try_batches(batches: ReaderFunction, rng: np.random.Generator) -> str:
    for n, size in ((7, 3), (6, 3), (int(rng.integers(8, 12)), 4)):
        _epoch(batches, n, size, *_generator(rng))
    # 16! orders: none of these comes out the same twice, or unshuffled, by chance
    generator, code = _generator(rng)
    call, first = _epoch(batches, 16, 2, generator, code)
    _must_be_shuffled(call, first)
    again, second = _epoch(batches, 16, 2, generator, "rng")
    if np.array_equal(np.concatenate(first), np.concatenate(second)):
        epochs = "for epoch in (1, 2):\n    print(list(" + again.code.replace("\n", "\n    ") + "))"
        raise Fault(
            _(
                "Every epoch has the same order. Draw the order from rng inside the function, for each "
                "epoch anew."
            ),
            given=f"rng = {code}\n{epochs}",
            expected=_("another order in the second epoch"),
            received=_order(second),
        )
    repeat, third = _epoch(batches, 16, 2, np.random.default_rng(_seed(code)), code)
    if not np.array_equal(np.concatenate(first), np.concatenate(third)):
        raise repeat.fault(
            _(
                "Two generators with the same seed give different orders: your order does not come from "
                "rng alone."
            ),
            expected=_order(first),
            received=_order(third),
        )
    return _("Every example once, X with its y, in a new order for each epoch, and the seed brings it back.")


def _generator(rng: np.random.Generator) -> tuple[np.random.Generator, str]:
    seed = int(rng.integers(1000))
    return np.random.default_rng(seed), f"np.random.default_rng({seed})"


def _seed(code: str) -> int:
    return int(code.removesuffix(")").rpartition("(")[2])


def _order(batches: list[np.ndarray]) -> str:
    return " | ".join(" ".join(str(row) for row in rows) for rows in batches)


def _epoch(
    batches: ReaderFunction, n: int, size: int, generator: np.random.Generator, code: str
) -> tuple[Call, list[np.ndarray]]:
    """One epoch, judged in all but its order: the call, and the rows of X in each batch."""
    call = batches.collect(
        10 * n,
        X=values.Shown(np.arange(2.0 * n).reshape(n, 2), f"np.arange({2.0 * n}).reshape({n}, 2)"),
        y=values.Shown(np.arange(float(n)), f"np.arange({float(n)})"),
        size=size,
        rng=values.Shown(generator, code),
    )
    pairs = [_pair(call, batch, size, n) for batch in _listed(call)]
    _must_be_complete(call, [rows for rows, _ys in pairs], n, size)
    for number, (rows, ys) in enumerate(pairs, 1):
        if not np.array_equal(rows, ys):
            batch = _("batch {number}: X rows {rows}, y {ys}")
            raise call.fault(
                _(
                    "X and y have been shuffled apart: each example must keep its own y. Use one order for "
                    "both."
                ),
                expected=batch.format(number=number, rows=_order([rows]), ys=_order([rows])),
                received=batch.format(number=number, rows=_order([rows]), ys=" ".join(f"{y:g}" for y in ys)),
            )
    return call, [rows for rows, _ys in pairs]


def _must_be_complete(call: Call, batches: list[np.ndarray], n: int, size: int) -> None:
    """Every example once, in batches of `size` and at most one smaller, at the end."""
    sizes = [len(rows) for rows in batches]
    full, rest = divmod(n, size)
    wanted = [size] * full + [rest] * (rest > 0)
    expected, received = _sizes(wanted), _sizes(sizes)
    if 0 in sizes:
        message = _("One batch is empty. {size} divides {n}: then there is no rest, and no batch for it.")
        message = _("One batch is empty.") if rest else message.format(size=size, n=n)
        raise call.fault(message, expected=expected, received=received)
    seen = np.bincount(np.concatenate(batches), minlength=n)
    if (seen > 1).any():
        row = int(np.argmax(seen))
        raise call.fault(
            _("Example {row} comes {count} times in one epoch. Each must come exactly once.").format(
                row=row, count=int(seen[row])
            ),
            expected=expected,
            received=_("the examples {order}").format(order=_order(batches)),
        )
    missing = n - sum(sizes)
    if missing:
        message = _("{missing} of the {n} examples never come.")
        if set(sizes) == {size} and missing == rest:
            message = _("{missing} of the {n} examples never come: the last, smaller batch counts too.")
        raise call.fault(message.format(missing=missing, n=n), expected=expected, received=received)
    if sizes != wanted:
        raise call.fault(
            _(
                "The batches have the wrong sizes: all have `size` examples, only the last one may have "
                "fewer."
            ),
            expected=expected,
            received=received,
        )


def _listed(call: Call) -> list[Any]:
    """The batches, each two things; a Fault where one batch, or something else, was returned."""
    pairs = _("a list of pairs (X_batch, y_batch), or a function that yields them")
    batches = call.value
    if not batches:
        raise call.fault(_("There is no batch at all."), expected=pairs, received="[]")
    if len(batches) == 2 and [
        np.ndim(part) for part in map(values.as_numbers, batches) if part is not None
    ] == [2, 1]:
        raise call.fault(
            _("You return one batch only. Is the return inside the loop?"),
            expected=pairs,
            received=_("one pair"),
        )
    for batch in batches:
        if not isinstance(batch, tuple | list) or len(batch) != 2:
            raise call.fault(
                _("Each batch must be a pair, (X_batch, y_batch)."),
                expected=pairs,
                received=values.text(batch),
            )
    return batches


def _pair(call: Call, batch: Any, size: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The rows of X in a batch, told by their first entry, and its y."""
    X, y = values.as_numbers(batch[0]), values.as_numbers(batch[1])
    if X is not None and X.shape == (0,):
        X = X.reshape(0, 2)  # an empty list: that it is empty is said later
    shapes = _("X_batch {X}, y_batch {y}")
    expected = shapes.format(X=(size, 2), y=(size,))
    if X is None or y is None:
        raise call.fault(
            _("A batch holds something that is not made of numbers."),
            expected=expected,
            received=values.text(batch),
        )
    if X.ndim != 2 or X.shape[1] != 2 or y.shape != X.shape[:1]:
        raise call.fault(
            _("A batch has the wrong shape: X_batch keeps the columns of X, y_batch has one entry a row."),
            expected=expected,
            received=shapes.format(X=X.shape, y=y.shape),
        )
    known = np.isin(X[:, 0] / 2, np.arange(n)) & (X[:, 1] == X[:, 0] + 1)
    if not known.all():
        raise call.fault(
            _("A batch holds a row that is not in X."),
            expected=_("rows of X"),
            received=values.text(X[~known][0]),
        )
    return (X[:, 0] / 2).astype(int), y


def _must_be_shuffled(call: Call, batches: list[np.ndarray]) -> None:
    order = np.concatenate(batches)
    expected = _("an order drawn from rng")
    if np.array_equal(order, np.arange(len(order))):
        raise call.fault(_("The examples are not shuffled."), expected=expected, received=_order(batches))
    if all((np.diff(rows) == 1).all() for rows in batches):
        raise call.fault(
            _("You shuffle the batches, but the same examples always share one. Shuffle the examples."),
            expected=expected,
            received=_order(batches),
        )


def _sizes(sizes: list[int]) -> str:
    return _("batches of {sizes} examples").format(sizes=", ".join(map(str, sizes)))


mini_batches = Exercise(
    key="01/mini-batches",
    handle="descent.mini_batches",
    title=_("Mini-batches"),
    kind=_("write"),
    words=_(
        "Cut the data into the mini-batches of one epoch. `X` has shape (N, d), `y` has shape (N,), "
        "`size` is the batch size and `rng` a NumPy generator. Yield pairs `(X_batch, y_batch)` (or "
        "return a list of them): every example once, in an order that is drawn from `rng` anew for each "
        "epoch, and `size` examples to a batch; only the last batch may have fewer. Leave `X` and `y` as "
        "they are."
    ),
    signature="batches(X, y, size, rng)",
    template='''
def batches(X, y, size, rng):
    """One epoch: pairs (X_batch, y_batch), every example once, in an order drawn from rng."""
    order = ...
    for start in range(0, len(X), size):
        rows = ...
        yield ...
''',
    hints=(
        _(
            "What has to be shuffled so that each row of X keeps its y: X, y, or something that points "
            "into both?"
        ),
        _(
            "`rng.permutation(N)` is a shuffled list of row numbers. Cut that list into pieces of `size`; a "
            "slice that runs past the end gives what is left."
        ),
        _("`order = rng.permutation(len(X))`, then `rows = order[start : start + size]`, then index both."),
    ),
    ours='''
def batches(X, y, size, rng):
    """One epoch: pairs (X_batch, y_batch), every example once, in an order drawn from rng."""
    order = rng.permutation(len(X))
    for start in range(0, len(X), size):
        rows = order[start : start + size]     # the last slice may be shorter
        yield X[rows], y[rows]
''',
    trial=_try_batches,
    answers="bigmodel_nb.exercises.descent.answers.batches:batches",
)
