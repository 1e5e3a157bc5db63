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
    X = np.arange(2.0 * n).reshape(n, 2)
    y = np.arange(float(n))
    call = batches.collect(
        10 * n,
        X=values.Shown(X, f"np.arange({2.0 * n}).reshape({n}, 2)"),
        y=values.Shown(y, f"np.arange({float(n)})"),
        size=size,
        rng=values.Shown(generator, code),
    )
    pairs = [_pair(call, batch, size) for batch in _listed(call, size)]
    sizes = [len(rows) for rows, _ys in pairs]
    full, rest = divmod(n, size)
    wanted = [size] * full + [rest] * (rest > 0)
    expected = _sizes(wanted)
    if 0 in sizes:
        raise call.fault(
            _("One batch is empty. {size} divides {n}: then there is no rest, and no batch for it.").format(
                size=size, n=n
            )
            if not rest
            else _("One batch is empty."),
            expected=expected,
            received=_sizes(sizes),
        )
    rows = np.concatenate([rows for rows, _ys in pairs])
    _must_be_rows(call, rows, n)
    seen = np.bincount(rows, minlength=n)
    if (seen > 1).any():
        twice = int(np.argmax(seen))
        raise call.fault(
            _("Example {row} comes {count} times in one epoch. Each must come exactly once.").format(
                row=twice, count=int(seen[twice])
            ),
            expected=expected,
            received=_("the examples {order}").format(order=_order([rows for rows, _ys in pairs])),
        )
    if len(rows) < n:
        missing = n - len(rows)
        raise call.fault(
            _("{missing} of the {n} examples never come: the last, smaller batch counts too.").format(
                missing=missing, n=n
            )
            if set(sizes) == {size} and missing == rest
            else _("{missing} of the {n} examples never come.").format(missing=missing, n=n),
            expected=expected,
            received=_sizes(sizes),
        )
    if sizes != wanted:
        raise call.fault(
            _(
                "The batches have the wrong sizes: all have `size` examples, only the last one may have "
                "fewer."
            ),
            expected=expected,
            received=_sizes(sizes),
        )
    for batch, (rows, ys) in enumerate(pairs, 1):
        if not np.array_equal(rows, ys):
            raise call.fault(
                _(
                    "X and y have been shuffled apart: each example must keep its own y. Use one order "
                    "for both."
                ),
                expected=_("batch {batch}: X rows {rows}, y {rows}").format(batch=batch, rows=_order([rows])),
                received=_("batch {batch}: X rows {rows}, y {ys}").format(
                    batch=batch, rows=_order([rows]), ys=" ".join(f"{number:g}" for number in ys)
                ),
            )
    return call, [rows for rows, _ys in pairs]


def _listed(call: Call, size: int) -> list[Any]:
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


def _pair(call: Call, batch: Any, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The rows of X in a batch, told by their first entry, and its y."""
    X, y = values.as_numbers(batch[0]), values.as_numbers(batch[1])
    if X is None or y is None:
        raise call.fault(
            _("A batch holds something that is not made of numbers."), received=values.text(batch)
        )
    if X.ndim == 1 and X.size == 0:
        X = X.reshape(0, 2)
    if X.ndim != 2 or X.shape[1] != 2 or y.shape != X.shape[:1]:
        raise call.fault(
            _(
                "A batch has the wrong shape: X_batch must keep its columns, and y_batch have one entry "
                "a row."
            ),
            expected=_("X_batch {X}, y_batch {y}").format(X=(size, 2), y=(size,)),
            received=_("X_batch {X}, y_batch {y}").format(X=X.shape, y=y.shape),
        )
    if not np.array_equal(X[:, 1], X[:, 0] + 1):
        raise call.fault(_("A batch holds a row that is not in X."), received=values.text(X))
    return (X[:, 0] / 2).astype(int), y


def _must_be_rows(call: Call, rows: np.ndarray, n: int) -> None:
    if rows.min() < 0 or rows.max() >= n:
        raise call.fault(_("A batch holds a row that is not in X."), received=_order([rows]))


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
