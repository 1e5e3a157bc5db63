"""Chapter 6: scaled dot-product attention."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.losses import softmax


def _try_attend(attend: ReaderFunction, rng: np.random.Generator) -> str:
    # Square first: a softmax along the wrong axis, or a forgotten keepdims, raises nothing there.
    for queries, keys, width, wide in ((4, 4, 4, 3), (3, 5, 2, 3), (1, 3, 5, 2)):
        attend.try_case(telling(partial(_case, rng, queries, keys, width, wide)))
    return _(
        "A mean of the values, and the weights say whose. Queries, keys and values are three views of the "
        "same tokens, each through a matrix that is learned."
    )


def _case(rng: np.random.Generator, queries: int, keys: int, width: int, wide: int) -> Case:
    q, k, v = (inputs.numbers(rng, *shape) for shape in ((queries, width), (keys, width), (keys, wide)))
    raw = q @ k.T
    scores = raw / np.sqrt(width)
    right = softmax(scores) @ v
    suspects = [
        Suspect(
            softmax(raw) @ v,
            _(
                "The scores are not scaled. A sum of d products grows with d, and the softmax of large "
                "scores puts all on one key: divide by the root of d."
            ),
        ),
        Suspect(
            softmax(raw / width) @ v,
            _("You divide by d. A sum of d products has a spread of root d: divide by that."),
        ),
        Suspect(
            softmax(raw * np.sqrt(width)) @ v,
            _("You multiply by the root of d. Divide by it, so that the scores get smaller."),
        ),
        Suspect(
            softmax(raw / np.sqrt(wide)) @ v,
            _(
                "You scale by the width of the values. It is that of queries and keys, whose products you "
                "sum."
            ),
        ),
        Suspect(
            scores @ v,
            _("The softmax is missing: weights are positive, and each row adds up to 1."),
        ),
        Suspect(
            np.exp(scores) @ v,
            _("The weights are not divided by their sum: each row adds up to 1."),
        ),
    ]
    if keys != width:
        suspects.append(
            Suspect(
                softmax(raw / np.sqrt(keys)) @ v,
                _("You scale by the number of keys. It is the width d of queries and keys that counts."),
            )
        )
    if queries > 1:
        suspects.append(
            Suspect(
                softmax(scores.T).T @ v,
                _(
                    "Your softmax runs along axis -2, over the queries. Each query shares out 1 among the "
                    "keys: axis=-1."
                ),
            )
        )
        suspects.append(
            Suspect(
                np.exp(scores) / np.exp(scores).sum() @ v,
                _("You divide by the sum over all scores. Each row adds up to 1: axis=-1, keepdims=True."),
            )
        )
    if queries == keys:
        e = np.exp(scores)
        suspects += [
            Suspect(
                e / e.sum(axis=-1) @ v,
                _("You divide column j by the sum of row j. Keep the axis: sum(axis=-1, keepdims=True)."),
            ),
            Suspect(
                softmax(scores.T) @ v,
                _("Your scores are turned: row t belongs to query t, so it is q @ k.T and not k @ q.T."),
            ),
        ]
        if keys == width:
            suspects.append(
                Suspect(
                    softmax(q @ k / np.sqrt(width)) @ v,
                    _("Keys must be transposed: q @ k.T multiplies each query with each key."),
                )
            )
    return Case({"q": q, "k": k, "v": v}, right, suspects)


attend = Exercise(
    key="06/attend",
    handle="attention.attend",
    title=_("Attention in three lines"),
    kind=_("fill in three lines"),
    words=_(
        "`q` has shape (T, d): T queries. `k` (S, d) and `v` (S, w) are S keys and their values. The score "
        "of a query and a key is their product, summed over the d numbers and divided by the root of d. A "
        "softmax over the keys makes weights of a query's scores, and its output is the mean of the values "
        "with these weights. Return the outputs, (T, w)."
    ),
    signature="attend(q, k, v)",
    template='''
def attend(q, k, v):
    """q (T, d), k (S, d), v (S, w) -> (T, w): for each query, a mean of the values."""
    scores = ...               # (T, S), scaled
    weights = ...              # (T, S), each row adds up to 1
    return ...
''',
    hints=(
        _(
            "Which two arrays give a number for each pair of a query and a key, and which of the two must "
            "be turned for that?"
        ),
        _(
            "`q @ k.T` has shape (T, S). The width d is `q.shape[-1]`. Each row then goes through a "
            "softmax: exp, divided by its sum over the keys, the last axis."
        ),
        _(
            "`scores = q @ k.T / np.sqrt(q.shape[-1])`; then `np.exp(scores)`, divided by its "
            "`sum(axis=-1, keepdims=True)`."
        ),
    ),
    ours='''
def attend(q, k, v):
    """q (T, d), k (S, d), v (S, w) -> (T, w): for each query, a mean of the values."""
    scores = q @ k.T / np.sqrt(q.shape[-1])
    weights = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    return weights @ v
''',
    trial=_try_attend,
    answers="bigmodel_nb.exercises.attention.answers.scaled_products:attend",
)
