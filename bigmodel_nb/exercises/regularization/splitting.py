"""Chapter 3: a split that leaks nothing."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises import values
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.values import Shown
from bigmodel_nb.language import gettext as _

DIFFERENT, TWICE = 16, 8  # rows that differ, and how many of them come a second time
HELD = DIFFERENT // 4
NAMES = ("X_train", "y_train", "X_valid", "y_valid")


def _try_split(split: ReaderFunction, rng: np.random.Generator) -> str:
    orders = []
    for _time in range(2):
        X, y = _data(rng)
        seed = int(rng.integers(1000))
        call = split(X=X, y=y, rng=Shown(np.random.default_rng(seed), f"np.random.default_rng({seed})"))
        orders.append(_judge(call, X, y))
    if all(sorted(order) == list(range(DIFFERENT - HELD, DIFFERENT)) for order in orders):
        raise call.fault(
            _("The last rows are held out. Rows often come sorted: draw the order from rng."),
            expected=_("rows drawn from rng"),
            received=_("the last {n} rows").format(n=HELD),
        )
    return _("What is held out is new to the model, and took no part in the scaling.")


def _data(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rows of which some come twice; y is the number of a row, the same for its double."""
    number = np.arange(DIFFERENT)
    X = np.column_stack([10.0 * number + rng.integers(0, 9, DIFFERENT), rng.normal(0, 1, DIFFERENT).round(2)])
    doubles = rng.choice(DIFFERENT, TWICE, replace=False)
    rows = np.concatenate([number, doubles])
    return X[rows], rows.astype(float)


def _judge(call: Call, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The numbers of the rows held out."""
    raw = X[:DIFFERENT]
    parts = [values.as_numbers(part) for part in call.parts(*NAMES)]
    for name, part, wanted in zip(NAMES, parts, (2, 1, 2, 1), strict=True):
        if part is None or part.ndim != wanted or (wanted == 2 and part.shape[1] != 2):
            raise call.fault(
                _("{name} has the wrong shape.").format(name=name),
                expected=_("{n} axes, and 2 columns in X").format(n=wanted),
                received=f"{name}: {values.text(part) if part is None else part.shape}",
            )
    X_train, y_train, X_valid, y_valid = (part for part in parts if part is not None)
    if len(X_train) != len(y_train) or len(X_valid) != len(y_valid):
        raise call.fault(
            _("X and y must be cut alike: each row keeps its y."),
            expected=_("as many rows of X as entries of y"),
            received=f"{len(X_train)}, {len(y_train)}; {len(X_valid)}, {len(y_valid)}",
        )
    both = np.intersect1d(y_train, y_valid)
    if len(both):
        raise call.fault(
            _(
                "The same row is on both sides: X holds doubles. Take them out before you split (np.unique), "
                "or the model is tested on what it has learned."
            ),
            expected=_("no row of validation in training"),
            received=_("{n} rows on both sides").format(n=len(both)),
        )
    everything = np.sort(np.concatenate([y_train, y_valid]))
    if not np.array_equal(everything, np.arange(DIFFERENT)):
        twice = len(everything) > len(np.unique(everything))
        message = _("A row still comes twice.") if twice else _("Rows are missing: each belongs to one side.")
        raise call.fault(
            message,
            expected=_("{n} rows in all").format(n=DIFFERENT),
            received=_("{n} rows in all").format(n=len(everything)),
        )
    if len(y_valid) != HELD:
        raise call.fault(
            _("A quarter of the rows that differ is held out."),
            expected=_("{n} rows held out").format(n=HELD),
            received=_("{n} rows held out").format(n=len(y_valid)),
        )
    _judge_scaling(call, raw[y_train.astype(int)], raw[y_valid.astype(int)], X_train, X_valid, X)
    return y_valid.astype(int)


def _judge_scaling(
    call: Call, train: np.ndarray, valid: np.ndarray, X_train: np.ndarray, X_valid: np.ndarray, X: np.ndarray
) -> None:
    def scaled(by: np.ndarray, ddof: int = 0) -> tuple[np.ndarray, np.ndarray]:
        mean, deviation = by.mean(axis=0), by.std(axis=0, ddof=ddof)
        return (train - mean) / deviation, (valid - mean) / deviation

    def fits(pair: tuple[np.ndarray, np.ndarray]) -> bool:
        return values.same(X_train, pair[0]) and values.same(X_valid, pair[1])

    if fits(scaled(train)) or fits(scaled(train, ddof=1)):
        return
    everything = np.vstack([train, valid])
    leak = _("The scaling has seen what is held out: take mean and deviation of the training rows alone.")
    message = _("The rows are not scaled by the mean and the deviation of the training rows.")
    if any(fits(scaled(by, ddof)) for by in (everything, X) for ddof in (0, 1)):
        message = leak
    elif fits((train, valid)):
        message = _("Nothing is scaled: subtract the mean of the training rows, divide by their deviation.")
    elif values.same(X_train, scaled(train)[0]) and values.same(X_valid, scaled(valid)[1]):
        message = _(
            "What is held out is scaled by its own mean and deviation. It must go through the same formula "
            "as the training rows."
        )
    elif values.same(X_train, scaled(train)[0]) and values.same(X_valid, valid):
        message = _(
            "What is held out is not scaled. It must go through the same formula as the training rows."
        )
    elif (
        values.same(X_train, train)
        or not np.isin(np.round(X_train[:, 1], 6), np.round(scaled(train)[0], 6)).all()
    ):
        message = _("The rows are not scaled by the mean and the deviation of the training rows.")
    else:
        message = _("X and y have been shuffled apart: each row must keep its y.")
    raise call.fault(
        message,
        expected=_("X_valid = {rows}").format(rows=values.text(scaled(train)[1])),
        received=_("X_valid = {rows}").format(rows=values.text(X_valid)),
    )


split_without_leak = Exercise(
    key="03/split-without-leak",
    handle="regularization.split_without_leak",
    title=_("A split without a leak"),
    kind=_("write"),
    words=_(
        "`X` has shape (N, d) and holds some rows twice; `y` has shape (N,). Take doubles out, hold a "
        "quarter of the rows that are left out for validation, in an order drawn from `rng`, and scale each "
        "column with the mean and the deviation of the training rows. Return `X_train, y_train, X_valid, "
        "y_valid`."
    ),
    signature="split(X, y, rng)",
    template='''
def split(X, y, rng):
    """A quarter held out, no row on both sides, scaled by what the training rows say."""
    _, first = np.unique(X, axis=0, return_index=True)     # the places of rows that differ
    order = rng.permutation(first)
    valid, train = ...
    mean, deviation = ...
    return ...
''',
    hints=(
        _(
            "Of everything this function computes, what could carry news from the rows held out to the "
            "training?"
        ),
        _(
            "Doubles could, and so could a mean over all rows. Cut the order first; then take mean and "
            "deviation of the training rows and put both sides through the same formula."
        ),
        _(
            "`valid, train = np.split(order, [len(order) // 4])`, then `X[train].mean(axis=0)` and "
            "`X[train].std(axis=0)` for both sides."
        ),
    ),
    ours='''
def split(X, y, rng):
    """A quarter held out, no row on both sides, scaled by what the training rows say."""
    _, first = np.unique(X, axis=0, return_index=True)     # the places of rows that differ
    order = rng.permutation(first)
    valid, train = np.split(order, [len(order) // 4])
    mean, deviation = X[train].mean(axis=0), X[train].std(axis=0)
    X = (X - mean) / deviation
    return X[train], y[train], X[valid], y[valid]
''',
    trial=_try_split,
    answers="bigmodel_nb.exercises.regularization.answers.splitting:split",
)
