"""Chapter 2: scores become probabilities, and nothing overflows."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs, values
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.losses import softmax as ours


def _try_softmax(softmax: ReaderFunction, rng: np.random.Generator) -> str:
    # Square first: a forgotten keepdims raises nothing there, and its numbers name it.
    for shape in ((3, 3), (2, 4), (1, 3)):
        with np.errstate(all="ignore"):  # what a misconception divides by may be zero
            case = telling(partial(_small, rng, shape))
        softmax.try_case(case)
    for high in (True, False):
        case = telling(partial(_far, rng, high))
        call = softmax(**case.inputs)
        _must_be_finite(call, high)
        call.must_equal(case.expected, *case.suspects)
    return _(
        "Scores of 1000 and of -1000 alike. Taking the largest off changes nothing in the quotient, "
        "because exp(z - m) = exp(z) / exp(m)."
    )


def _small(rng: np.random.Generator, shape: tuple[int, int]) -> Case:
    z = inputs.numbers(rng, *shape)
    e = np.exp(z)
    right = e / e.sum(axis=1, keepdims=True)
    if shape[0] == 1:  # with one example, faults of the axis look alike or give ones only
        return Case({"z": z}, right)
    examples = _("Your probabilities add up to 1 for each class, over the examples. Each row must: axis=1.")
    suspects = [
        Suspect(e / e.sum(axis=0), examples),
        Suspect(e / e.sum(), _("You divide by the sum over the whole batch. Each row adds up to 1: axis=1.")),
        Suspect(e, _("The scores are not divided by their sum: each row must add up to 1.")),
        Suspect(
            z / z.sum(axis=1, keepdims=True),
            _("exp is missing: a share of the scores themselves can be negative."),
        ),
        Suspect(
            np.exp(-z) / np.exp(-z).sum(axis=1, keepdims=True),
            _("The sign is wrong: the highest score must get the highest probability."),
        ),
        Suspect(np.log(right), _("That is the logarithm of the probabilities.")),
        Suspect(1 / (1 + 1 / e), _("That is the sigmoid of each score. Softmax lets the classes compete.")),
        Suspect(
            _rows(np.exp(z - z.max(axis=0))),
            _("You take the largest of each column off. Only what is the same for a whole row cancels."),
        ),
        Suspect(
            np.eye(shape[1])[z.argmax(axis=1)],
            _("That is one for the highest score and zero for the others. Softmax is softer."),
        ),
        Suspect(
            np.exp(z - z.max(axis=1, keepdims=True)),
            _("The scores are not divided by their sum: each row must add up to 1."),
        ),
    ]
    if shape[0] == shape[1]:
        keep = _("You divide column j by the sum of row j. Keep the axis: sum(axis=1, keepdims=True).")
        suspects += [
            Suspect(e / e.sum(axis=1), keep),
            Suspect(
                _rows(np.exp(z - z.max(axis=1))),
                _("You take row j's largest off column j. Keep the axis: max(axis=1, keepdims=True)."),
            ),
        ]
    return Case({"z": z}, right, suspects)


def _far(rng: np.random.Generator, high: bool) -> Case:
    """Scores near 1000; or one row of such, and one near -1000."""
    z = inputs.numbers(rng, 2, 3) + (
        np.array([[1000.0], [1000.0]]) if high else np.array([[1000.0], [-1000.0]])
    )
    clipped = _("You clip the scores, and their differences are lost. Take off the largest of each row.")
    suspects = [Suspect(ours(np.clip(z, -edge, edge)), clipped) for edge in (10, 20, 50, 100, 500, 700)]
    return Case({"z": z}, ours(z), [s for s in suspects if not values.same(s.value, ours(z))])


def _must_be_finite(call: Call, high: bool) -> None:
    numbers = values.as_numbers(call.value)
    if numbers is None or np.isfinite(numbers).all():
        return
    overflow = _(
        "exp(1000) is more than a number can hold, and inf / inf is nan. Take the largest score of each row "
        "off before exp."
    )
    row = _(
        "You take the largest score of the whole batch off. A row that lies far below it is left with "
        "0 / 0. Take off the largest of each row."
    )
    wanted = ours(call.inputs["z"])
    raise call.fault(
        overflow if high else row, expected=values.text(wanted), received=values.text(call.value)
    )


def _rows(e: np.ndarray) -> np.ndarray:
    return e / e.sum(axis=1, keepdims=True)


softmax = Exercise(
    key="02/softmax",
    handle="networks.softmax",
    title=_("A softmax that does not overflow"),
    kind=_("write"),
    words=_(
        "`z` has shape (n, classes): the scores of n examples. Return their probabilities, of the same "
        "shape: exp(z), divided by its sum over the classes. Scores may be as high as 1000 or as low as "
        "-1000, and `np.exp(1000)` is `inf`."
    ),
    signature="softmax(z)",
    template='''
def softmax(z):
    """Probabilities of the shape of the scores z (n, classes); each row adds up to 1."""
    shifted = ...      # what keeps exp small, and cancels
    e = np.exp(shifted)
    return ...
''',
    hints=(
        _("What happens to exp(z) / sum of exp(z) if the same number is taken off every score of a row?"),
        _(
            "Nothing: it cancels. So take off the largest score of each row. `keepdims=True` leaves the axis "
            "in its place, so that shapes agree."
        ),
        _("`shifted = z - z.max(axis=1, keepdims=True)`, and the sum likewise."),
    ),
    ours='''
def softmax(z):
    """Probabilities of the shape of the scores z (n, classes); each row adds up to 1."""
    shifted = z - z.max(axis=1, keepdims=True)
    e = np.exp(shifted)
    return e / e.sum(axis=1, keepdims=True)
''',
    trial=_try_softmax,
    answers="bigmodel_nb.exercises.networks.answers.softmax_rule:softmax",
)
