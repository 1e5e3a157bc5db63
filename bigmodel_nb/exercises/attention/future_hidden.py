"""Chapter 6: weights that see no future."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs, values
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.attention import causal_mask
from bigmodel_nb.maths.losses import softmax

HIDDEN = -1e300  # the course's softmax wants finite scores
FAR = 60.0  # by so much the hidden scores are above the others, once


def _try_weights(causal_weights: ReaderFunction, rng: np.random.Generator) -> str:
    for length in (4, 5):
        _judge(causal_weights, telling(partial(_case, rng, length)))
    _judge(causal_weights, telling(partial(_far, rng)))
    return _(
        "One table of true and false, and a model may be trained on all positions of a text at once "
        "without being told the next token at any."
    )


def _judge(causal_weights: ReaderFunction, case: Case) -> None:
    call = causal_weights(**case.inputs)
    got = values.as_numbers(call.value)
    if got is not None and got.shape == np.shape(case.expected) and np.isnan(got).any():
        raise _not_numbers(call, got, np.asarray(case.expected))
    call.must_equal(case.expected, *case.suspects)


def _not_numbers(call: Call, got: np.ndarray, wanted: np.ndarray) -> Exception:
    lost = np.isnan(got).all(axis=-1)
    if lost[0] and not lost[1:].any():
        message = _(
            "The first row is nan: the first position sees nothing at all, not even itself, and 0 / 0 is "
            "not a number. The diagonal must stay visible."
        )
    elif lost[-1] and not lost[:-1].any():
        message = _("The last row is nan: it sees nothing at all. Hidden is what comes after, not before.")
    elif lost.all():
        message = _(
            "All is nan. 0 times inf is not a number: do not multiply by -inf, choose with `np.where(seen, "
            "scores, -np.inf)`."
        )
    else:
        message = _("Some weights are nan. Does every row see at least one position?")
    return call.fault(message, expected=values.text(wanted), received=values.text(got))


def _case(rng: np.random.Generator, length: int) -> Case:
    scores = inputs.numbers(rng, length, length)
    seen = causal_mask(length)
    right = softmax(np.where(seen, scores, HIDDEN))
    after = _(
        "The future is zeroed after the softmax: it has had its share by then, and the rows no longer add "
        "up to 1. Hide the scores, before."
    )
    past = _("You hide the past and show the future: row t may see the columns up to t, the lower triangle.")
    beyond = np.tri(length, k=1, dtype=bool)
    suspects = [
        Suspect(softmax(scores), _("Nothing is hidden: every row sees the future.")),
        Suspect(softmax(scores) * seen, after),
        Suspect(softmax(np.where(seen.T, scores, HIDDEN)), past),
        Suspect(softmax(scores) * seen.T, past),
        Suspect(
            softmax(np.where(seen, scores, 0.0)),
            _(
                "Hidden scores are 0, and exp(0) is 1: the future still gets weight. A hidden score is "
                "-inf, for exp(-inf) is 0."
            ),
        ),
        Suspect(
            softmax(scores + seen),
            _("You add True as 1 to the scores that are seen, which hides nothing. Put -inf at the others."),
        ),
        Suspect(
            softmax(scores + np.eye(length)),
            _("You add 1 to the diagonal, which hides nothing. Put -inf where the future is."),
        ),
        Suspect(
            softmax(np.where(beyond, scores, HIDDEN)),
            _("Each row sees one position too many, the next one: that is the answer itself."),
        ),
        Suspect(
            softmax(np.where(seen, scores, HIDDEN).T).T,
            _("Your softmax runs along axis -2, over the queries. Each row adds up to 1: axis=-1."),
        ),
        Suspect(
            np.exp(np.where(seen, scores, HIDDEN)),
            _("The rows are not divided by their sum: each must add up to 1."),
        ),
        Suspect(
            seen / seen.sum(axis=-1, keepdims=True), _("All that is seen gets the same: use the scores.")
        ),
        Suspect(np.where(seen, scores, 0.0), _("These are the scores: a softmax makes weights of them.")),
    ]
    blind = np.tri(length, k=-1, dtype=bool)
    first = [softmax(np.where(blind, scores, low)) for low in (-1e9, np.finfo(float).min)]
    first.append(softmax(np.where(blind, scores, scores - 1e9)))
    nobody = _(
        "No position sees itself: the diagonal is hidden, too. With -inf the first row would be 0 / 0; "
        "with a large negative number it sees all."
    )
    suspects += [Suspect(value, nobody) for value in first]
    nothing = np.vstack([np.zeros(length), softmax(np.where(blind, scores, HIDDEN)[1:])])
    suspects.append(Suspect(nothing, _("No position sees itself, and the first sees nothing: its row is 0.")))
    return Case({"scores": scores}, right, suspects)


def _far(rng: np.random.Generator) -> Case:
    """Scores of the future far above those of the past: hidden ones must be lower than any other."""
    length = 3
    seen = causal_mask(length)
    scores = inputs.numbers(rng, length, length) + np.where(seen, -FAR, FAR)
    right = softmax(np.where(seen, scores, HIDDEN))
    message = _(
        "Hidden scores must lie below all others, however low these are, and here some that are seen lie "
        "below yours. Take -inf, or -1e9."
    )
    suspects = []
    for low in (1.0, 5.0, 10.0, 20.0, 50.0, 100.0):
        suspects += [
            Suspect(softmax(np.where(seen, scores, -low)), message),
            Suspect(softmax(scores - low * ~seen), message),
        ]
    return Case({"scores": scores}, right, [s for s in suspects if not values.same(s.value, right)])


causal_weights = Exercise(
    key="06/causal-weights",
    handle="attention.causal_weights",
    title=_("Hide the future"),
    kind=_("write"),
    words=_(
        "`scores` (T, T) are those of T tokens with each other: row t belongs to the query of position t, "
        "column s to the key of position s. Return the weights of a causal attention: a softmax over each "
        "row in which position t sees itself and what came before, and nothing after. Scores may be very "
        "low."
    ),
    signature="causal_weights(scores)",
    template='''
def causal_weights(scores):
    """Weights (T, T) of the scores (T, T): row t adds up to 1 and sees nothing after t."""
    seen = ...
    hidden = ...               # the scores, with the future hidden
    e = np.exp(hidden - hidden.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
''',
    hints=(
        _("Which score becomes a weight of exactly 0, and must it be put there before or after the softmax?"),
        _(
            "exp(-inf) is 0. `np.tri(T, dtype=bool)` is True on the diagonal and below it, where a row "
            "sees a column; `np.where` chooses between two arrays."
        ),
        _("`seen = np.tri(len(scores), dtype=bool)` and `hidden = np.where(seen, scores, -np.inf)`."),
    ),
    ours='''
def causal_weights(scores):
    """Weights (T, T) of the scores (T, T): row t adds up to 1 and sees nothing after t."""
    seen = np.tri(len(scores), dtype=bool)
    hidden = np.where(seen, scores, -np.inf)
    e = np.exp(hidden - hidden.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
''',
    trial=_try_weights,
    answers="bigmodel_nb.exercises.attention.answers.future_hidden:causal_weights",
)
