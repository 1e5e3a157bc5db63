"""Chapter 2: cross-entropy where the labels are whole numbers."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import values
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.losses import softmax

FLOOR = 1e-7  # Keras's


def _try_cross_entropy(cross_entropy: ReaderFunction, rng: np.random.Generator) -> str:
    for n, classes in ((4, 4), (5, 3)):
        cross_entropy.try_case(telling(partial(_case, rng, n, classes)))
    case = telling(partial(_sure_and_wrong, rng))
    call = cross_entropy(**case.inputs)
    _must_be_finite(call)
    call.must_equal(case.expected, *case.suspects)
    return _(
        "It asks one thing: how much of its probability did the network put on the truth? Where the rest "
        "went costs nothing."
    )


def _case(rng: np.random.Generator, n: int, classes: int) -> Case:
    p = _probabilities(rng, n, classes)
    labels = rng.integers(classes, size=n)
    labels[rng.choice(n, 2, replace=False)] = 0, classes - 1  # no formula may get by without either
    return Case({"p": p, "labels": labels}, _loss(p, labels), _suspects(p, labels))


def _loss(p: np.ndarray, labels: np.ndarray, floor: float = FLOOR) -> float:
    return float(-np.log(np.maximum(p[np.arange(len(labels)), labels], floor)).mean())


def _suspects(p: np.ndarray, labels: np.ndarray) -> list[Suspect]:
    n, classes = p.shape
    log_p, right = np.log(p), p[np.arange(n), labels]
    truth = np.eye(classes)[labels]
    one_hot = _(
        "You multiply by the labels as if they were zeros and ones. They are numbers of classes: pick the "
        "probability at that place, p[np.arange(n), labels]."
    )
    pairs = _(
        "p[:, labels] takes every label for every row. Pair them: p[np.arange(n), labels] takes one a row."
    )
    suspects = [
        Suspect(-np.log(right), _("That is the loss of each example. Return their mean, one number.")),
        Suspect(-np.log(right).sum(), _("You sum over the examples. A mean does not grow with the batch.")),
        Suspect(np.log(right).mean(), _("The sign is wrong: a logarithm of a probability is negative.")),
        Suspect(
            -(truth * log_p).mean(), _("You divide by n times the classes. The mean is over n examples.")
        ),
        Suspect(-np.log2(right).mean(), _("That is the logarithm to base 2: bits. Use np.log.")),
        Suspect(-np.log10(right).mean(), _("That is the logarithm to base 10. Use np.log.")),
        Suspect(-np.log(right.mean()), _("First the logarithm, then the mean: the other way round is less.")),
        Suspect(right.mean(), _("That is the mean probability of the truth. Its logarithm is missing.")),
        Suspect(1 - right.mean(), _("That is what is lacking to 1. The loss is minus the logarithm.")),
        Suspect(
            -np.log(p.max(axis=1)).mean(),
            _("You score the network's own favorite. The label says which class counts."),
        ),
        Suspect(
            -(truth * log_p + (1 - truth) * np.log(1 - p)).sum(axis=1).mean(),
            _("That is the loss for yes-or-no questions, one for each class. Here one class is the truth."),
        ),
        Suspect(
            -(truth * log_p + (1 - truth) * np.log(1 - p)).mean(),
            _("That is the loss for yes-or-no questions, one for each class. Here one class is the truth."),
        ),
        Suspect(
            ((p - truth) ** 2).mean(), _("That is the squared error. For probabilities use the logarithm.")
        ),
        Suspect(-np.log(p[:, labels]).mean(), pairs),
        Suspect(-log_p.mean(), _("Every class counts in your mean. Only the right one should.")),
        Suspect(-(labels[:, None] * log_p).sum(axis=1).mean(), one_hot),
        Suspect(-(labels[:, None] * log_p).mean(), one_hot),
        Suspect(-(labels[:, None] * log_p).sum(), one_hot),
        Suspect(
            _loss(softmax(p), labels),
            _("You apply softmax to what are probabilities already. Twice is not once."),
        ),
    ]
    if n == classes:
        suspects += [
            Suspect(-(labels * log_p).sum(axis=1).mean(), one_hot),
            Suspect(-(labels * log_p).mean(), one_hot),
            Suspect(-(labels * log_p).sum(), one_hot),
        ]
    return suspects


def _sure_and_wrong(rng: np.random.Generator) -> Case:
    """One row gives the truth no probability at all."""
    p = _probabilities(rng, 4, 3)
    labels = rng.integers(3, size=4)
    row = int(rng.integers(4))
    p[row] = np.roll([0.0, 0.7, 0.3], labels[row])
    other = _("No probability is counted as less than 1e-7; you chose another floor.")
    left_out = _("You leave out the example whose truth got no probability. It is the worst of all.")
    rest = np.delete(np.arange(4), row)
    floors = [Suspect(_loss(p, labels, 10.0**-power), other) for power in (3, 4, 5, 6, 8, 9, 10, 12, 15, 16)]
    total = _loss(p[rest], labels[rest]) * 3
    zeroed = [Suspect(total / 4, left_out), Suspect(total / 3, left_out)]
    return Case({"p": p, "labels": labels}, _loss(p, labels), [*floors, *zeroed])


def _must_be_finite(call: Call) -> None:
    number = values.as_numbers(call.value)
    if number is None or np.isfinite(number).all():
        return
    raise call.fault(
        _(
            "The truth got the probability 0 here, and log 0 is minus infinity: one such example ends a "
            "training. Count no probability as less than 1e-7."
        ),
        expected=values.text(_loss(call.inputs["p"], call.inputs["labels"])),
        received=values.text(call.value),
    )


def _probabilities(rng: np.random.Generator, n: int, classes: int) -> np.ndarray:
    """Rows of two decimals that add up to 1, none below 0.05."""
    spare = 100 - 5 * classes
    return np.array([5 + rng.multinomial(spare, rng.dirichlet(np.ones(classes))) for _row in range(n)]) / 100


cross_entropy = Exercise(
    key="02/cross-entropy",
    handle="networks.cross_entropy",
    title=_("Cross-entropy with integer labels"),
    kind=_("write"),
    words=_(
        "`p` has shape (n, classes): the probabilities that a network gives. `labels` has shape (n,): the "
        "number of the right class for each row. Return the mean over the examples of minus the logarithm "
        "of the probability that the right class got. Count no probability as less than 1e-7, as Keras does."
    ),
    signature="cross_entropy(p, labels)",
    template='''
def cross_entropy(p, labels):
    """The mean of -log(probability of the right class): p (n, classes), labels (n,)."""
    right = ...      # (n,): what the right class of each row got
    return ...
''',
    hints=(
        _("Of each row only one number matters. Which one, and how do you get it for all rows at once?"),
        _(
            "`p[rows, columns]` with two arrays of one length takes one entry for each pair. And "
            "`np.maximum(right, 1e-7)` keeps away from 0."
        ),
        _("`right = p[np.arange(len(p)), labels]`, then minus the mean of the logarithm."),
    ),
    ours='''
def cross_entropy(p, labels):
    """The mean of -log(probability of the right class): p (n, classes), labels (n,)."""
    right = p[np.arange(len(p)), labels]
    return -np.mean(np.log(np.maximum(right, 1e-7)))
''',
    trial=_try_cross_entropy,
    answers="bigmodel_nb.exercises.networks.answers.integer_labels:cross_entropy",
)
