"""Chapter 3: early stopping."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bigmodel_nb.exercises import values
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.compare import Suspect
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _


def _try_stopping(early_stopping: ReaderFunction, rng: np.random.Generator) -> str:
    for trial in range(4):
        patience = int(rng.integers(2, 5))
        train, valid = _curves(rng, patience)
        if trial == 3:  # it never gets worse for so long: all epochs run
            valid = np.round(np.sort(valid)[::-1], 3)
        call = early_stopping(train_losses=train, val_losses=valid, patience=patience)
        _judge(call, train, valid, patience)
    return _("It watches what it does not learn from, waits, and keeps the best, not the last.")


def _curves(rng: np.random.Generator, patience: int) -> tuple[np.ndarray, np.ndarray]:
    """Losses of each epoch: training falls to the end but for one bump, validation falls, turns, and has a
    dip at the end that patience does not live to see."""
    best, after = int(rng.integers(4, 8)), patience + 4
    falls = np.linspace(2.0, 1.0, best + 1) + rng.uniform(-0.02, 0.02, best + 1)
    falls[1] += 0.3  # a bump that costs patience, and does not end it
    rises = 1.05 + 0.05 * np.arange(after) + rng.uniform(0, 0.04, after)
    rises[1], rises[-2] = 1.06, 0.5  # not better than the best; better, and too late
    train = np.linspace(1.9, 0.1, best + 1 + after) + rng.uniform(-0.02, 0.02, best + 1 + after)
    return np.round(train, 3), np.round(np.concatenate([falls, rises]), 3)


Rule = Callable[[np.ndarray, int], tuple[int, int]]


def _rule(losses: np.ndarray, patience: int, *, strict: bool = True, last: bool = False) -> tuple[int, int]:
    """(epochs run, best epoch): stops once `patience` epochs in a row were no better than the best."""
    best, waited = 0, 0
    for epoch in range(1, len(losses)):
        better = losses[epoch] < losses[epoch - 1 if last else best]
        if better:
            best = epoch
        waited = 0 if better else waited + 1
        if waited >= patience if strict else waited > patience:
            return epoch + 1, best
    return len(losses), best


def _judge(call: Call, train: np.ndarray, valid: np.ndarray, patience: int) -> None:
    right = _rule(valid, patience)
    run = right[0]
    suspects = [
        (_rule(train, patience), _("You watch the training loss. It falls on and on: watch val_losses.")),
        (
            (run, run - 1),
            _("You keep the last epoch. The weights to keep are those of the best one."),
        ),
        (
            _rule(valid, patience, strict=False),
            _("You wait an epoch too long: stop after `patience` epochs in a row without a new best."),
        ),
        (
            _rule(valid, patience - 1),
            _(
                "That is one epoch too few: `patience` epochs without a new best are allowed, and the one in "
                "which you stop counts, too."
            ),
        ),
        (
            _rule(valid, 1),
            _("You stop at the first epoch that is worse. A bump is no turn: wait for `patience` epochs."),
        ),
        (
            (len(valid), int(valid.argmin())),
            _("You look at the whole curve. Whoever stops has not seen what comes later."),
        ),
        ((run, right[1] + 1), _("best_epoch counts from 0, like the entries of val_losses.")),
        ((right[1], run), _("They come in the wrong order: return epochs_run, best_epoch.")),
        (
            _rule(valid, patience, last=True),
            _("You compare with the epoch before. Compare with the best so far."),
        ),
    ]  # fmt: skip
    parts = call.parts("epochs_run", "best_epoch")
    call.part_must_equal(
        [values.as_numbers(part) for part in parts] if all(np.ndim(p) == 0 for p in parts) else parts[0],
        np.array(right),
        *(Suspect(np.array(value), words) for value, words in suspects if value != right),
        name="(epochs_run, best_epoch)",
    )


early_stopping = Exercise(
    key="03/early-stopping",
    handle="regularization.early_stopping",
    title=_("Early stopping"),
    kind=_("write"),
    words=_(
        "Go through the losses epoch by epoch, as a training would see them. Stop once `patience` epochs in "
        "a row have brought no new best. Return how many epochs were run, and which epoch (counted from 0) "
        "had the weights to keep."
    ),
    signature="early_stopping(train_losses, val_losses, patience)",
    template='''
def early_stopping(train_losses, val_losses, patience):
    """How many epochs are run, and the epoch whose weights are kept (from 0)."""
    best_epoch, waited = 0, 0
    for epoch in range(1, len(val_losses)):
        ...
    return ...
''',
    hints=(
        _("Which of the two curves can tell you that the model has begun to learn by heart?"),
        _(
            "Compare with the best epoch so far, not with the one before. A new best sets the waiting "
            "back to 0."
        ),
        _(
            "`if val_losses[epoch] < val_losses[best_epoch]: best_epoch, waited = epoch, 0`, else add 1 and, "
            "at `patience`, `return epoch + 1, best_epoch`."
        ),
    ),
    ours='''
def early_stopping(train_losses, val_losses, patience):
    """How many epochs are run, and the epoch whose weights are kept (from 0)."""
    best_epoch, waited = 0, 0
    for epoch in range(1, len(val_losses)):
        if val_losses[epoch] < val_losses[best_epoch]:
            best_epoch, waited = epoch, 0
        else:
            waited += 1
        if waited == patience:
            return epoch + 1, best_epoch
    return len(val_losses), best_epoch
''',
    trial=_try_stopping,
    answers="bigmodel_nb.exercises.regularization.answers.stopping:stopping",
)
