"""Chapter 3: k-fold cross-validation, to be repaired."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

import numpy as np

from bigmodel_nb.exercises import inputs, values
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.values import Shown
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.regularization import ridge

PRICE = 0.05


class PracticeModel:
    """A ridge regression that, like Keras's models, goes on from what it has learned when fitted again.

    `score(X, y)` is the share of the variance of y that it explains, at most 1.
    """

    def __init__(self) -> None:
        self.rows: list[tuple[Any, Any]] = []

    def fit(self, X: Any, y: Any) -> PracticeModel:
        self.rows.append((np.asarray(X), np.asarray(y)))
        X, y = (np.concatenate(part) for part in zip(*self.rows, strict=True))
        self.linear = ridge(X, y, PRICE)
        return self

    def score(self, X: Any, y: Any) -> float:
        y = np.asarray(y)
        return 1 - float(np.mean((self.linear.predict(X) - y) ** 2) / np.var(y))


def _try_folds(cross_validate: ReaderFunction, rng: np.random.Generator) -> str:
    for k in (3, 4):
        case = telling(partial(_case, rng, k))
        call = cross_validate(**case.inputs)
        if values.as_numbers(call.value) is not None and np.ndim(call.value) == 1:
            raise call.fault(
                _("You return the score of each fold. Return one number: their mean."),
                expected=values.text(case.expected),
                received=values.text(call.value),
            )
        call.must_equal(case.expected, *case.suspects)
    return _(
        "Each fold has a model of its own, scaled and trained on the others alone, and all of them count."
    )


def _case(rng: np.random.Generator, k: int) -> Case:
    n = 4 * k
    X = inputs.numbers(rng, n, 2) * np.array([1.0, 4.0]) + np.linspace(0, 3, n)[:, None]
    y = np.round(X @ rng.uniform(0.5, 1.5, 2) + rng.normal(0, 1.5, n), 2)
    parts = np.split(rng.permutation(n), k)
    folds = [(np.concatenate([p for p in parts if p is not held]), held) for held in parts]
    text = ", ".join(f"({values.code(learn)}, {values.code(held)})" for learn, held in folds)
    reused = _("One model goes through all folds: it has learned what it is scored on. Build one for each.")
    outside = _("The scaling has seen every fold. Take mean and deviation of the training rows of each fold.")
    best = _("The best fold is reported, and that is luck. All folds count: return their mean.")
    suspects = []
    for once, early, top in product((True, False), repeat=3):
        if once or early or top:
            score = _scores(X, y, folds, once=once, outside=early)
            message = reused if once else outside if early else best
            suspects.append(Suspect(max(score) if top else float(np.mean(score)), message))
    right = _scores(X, y, folds)
    more = {
        _("You score on the rows that it has learned. Score on the held ones."): _scores(
            X, y, folds, learned=True
        ),
        _("What is held out is scaled by itself. It must go through the same formula."): _scores(
            X, y, folds, apart=True
        ),
        _("Nothing is scaled."): _scores(X, y, folds, raw=True),
    }
    suspects += [Suspect(float(np.mean(score)), words) for words, score in more.items()]
    suspects += [
        Suspect(float(np.sum(right)), _("You return the sum of the scores. Return their mean.")),
        Suspect(min(right), _("You return the score of the worst fold. All folds count: return their mean.")),
        Suspect(right[-1], _("You return the score of the last fold alone. All folds count.")),
    ]
    shown = {
        "build": Shown(PracticeModel, "regularization.PracticeModel"),
        "X": X,
        "y": y,
        "folds": Shown(folds, f"[{text}]"),
    }
    return Case(shown, float(np.mean(right)), suspects)


def _scores(
    X: np.ndarray,
    y: np.ndarray,
    folds: list,
    *,
    once: bool = False,
    outside: bool = False,
    learned: bool = False,
    apart: bool = False,
    raw: bool = False,
) -> list[float]:
    """The score of each fold, as it should be, or with one of the faults."""
    model, scores = PracticeModel(), []
    for learn, held in folds:
        by = X if outside else X[learn]
        mean, deviation = (0.0, 1.0) if raw else (by.mean(axis=0), by.std(axis=0))
        scaled = (X - mean) / deviation
        if apart:
            scaled[held] = (X[held] - X[held].mean(axis=0)) / X[held].std(axis=0)
        model = model if once else PracticeModel()
        model.fit(scaled[learn], y[learn])
        part = learn if learned else held
        scores.append(model.score(scaled[part], y[part]))
    return scores


k_fold = Exercise(
    key="03/k-fold",
    handle="regularization.k_fold",
    title=_("k-fold cross-validation"),
    kind=_("repair"),
    words=_(
        "This listing should estimate how well a model does on new data. It is wrong in three places, and "
        "its number is too good. `build()` makes a model with `fit(X, y)` and `score(X, y)`; like Keras's "
        "models it goes on learning when it is fitted again. `folds` is a list of pairs of row numbers, to "
        "learn from and held out. To try it: `regularization.PracticeModel` is such a `build`."
    ),
    signature="cross_validate(build, X, y, folds)",
    template='''
def cross_validate(build, X, y, folds):
    """An estimate of the score on new data. Wrong in three places."""
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    model, scores = build(), []
    for learn, held in folds:
        model.fit(X[learn], y[learn])
        scores.append(model.score(X[held], y[held]))
    return max(scores)
''',
    hints=(
        _("Follow one held-out row through the listing. Who has seen it before it is scored?"),
        _(
            "The mean and the deviation have, and so has a model that was fitted in an earlier fold. And "
            "which of the scores would you promise a friend?"
        ),
        _(
            "Inside the loop: `model = build()`, mean and deviation of `X[learn]`, applied to both parts. At "
            "the end: `np.mean(scores)`."
        ),
    ),
    ours='''
def cross_validate(build, X, y, folds):
    """An estimate of the score on new data."""
    scores = []
    for learn, held in folds:
        mean, deviation = X[learn].mean(axis=0), X[learn].std(axis=0)
        scaled = (X - mean) / deviation
        model = build()
        model.fit(scaled[learn], y[learn])
        scores.append(model.score(scaled[held], y[held]))
    return np.mean(scores)
''',
    trial=_try_folds,
    answers="bigmodel_nb.exercises.regularization.answers.folds:folds",
    given=True,
)
