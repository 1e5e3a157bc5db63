"""Chapter 6: one more token, with the keys and values of the others kept."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises import inputs, values
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.values import Shown
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.losses import softmax

WIDTH, CONTEXT, TOKENS, KEPT = 3, 7, 5, 2  # KEPT of the TOKENS are in the cache when it begins


def _try_step(cached_step: ReaderFunction, rng: np.random.Generator) -> str:
    x, positions, W = telling(lambda: _text(rng)).inputs.values()
    right = _attention(x + positions[:TOKENS], W)
    keys, held = right[1][:KEPT], right[2][:KEPT]
    for place in range(KEPT, TOKENS):  # what came back is what the next call gets
        call = cached_step(x=x[place], positions=positions, keys=keys, values=held, W=W)
        keys, held = _must_be(call, place, x, positions, W)
    empty = Shown(np.zeros((0, WIDTH)), f"np.zeros((0, {WIDTH}))")
    call = cached_step(x=x[0], positions=positions, keys=empty, values=empty, W=W)
    _must_be(call, 0, x, positions, W)
    return _(
        "The same outputs as if the whole text had been computed again, for one row of work. A model keeps "
        "such keys and values for every layer and head, and that is the memory a long text costs."
    )


def _attention(x: np.ndarray, W: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the last of the tokens x (t, d) collects, and the keys and values of all."""
    q, k, v = (x @ matrix for matrix in W)
    return softmax(k @ q[-1] / np.sqrt(q.shape[-1])) @ v, k, v


def _text(rng: np.random.Generator) -> Case:
    """Tokens whose outputs tell every misconception from the answer, at each step."""
    x = inputs.numbers(rng, TOKENS, WIDTH)
    positions = inputs.numbers(rng, CONTEXT, WIDTH)
    W = np.round(inputs.numbers(rng, 3, WIDTH, WIDTH) / 4, 2)
    drawn = {"x": x, "positions": positions, "W": W}
    for place in range(KEPT, TOKENS):
        right, suspects = _suspects(place, x, positions, W)
        if not all(Case({}, right[i], suspects[i]).tells_apart for i in range(3)):
            return Case(drawn, 0.0, [Suspect(0.0, "")])  # to be drawn again
    return Case(drawn, 0.0)


def _suspects(
    place: int, x: np.ndarray, positions: np.ndarray, W: np.ndarray
) -> tuple[tuple[np.ndarray, ...], tuple[list[Suspect], ...]]:
    """What must come back for token `place`, as (output, keys, values), and the misconceptions of each."""
    right = _attention(x[: place + 1] + positions[: place + 1], W)
    _output, keys, held = right
    other = {
        _(
            "Positions restart: each new token gets that of the first. The cache says how many came "
            "before: `len(keys)`."
        ): positions[0],
        _("The new token stands one place too late. With t tokens before it, its position is t."): positions[
            place + 1
        ],
        _("The new token stands one place too early. With t tokens before it, its position is t."): positions[
            place - 1
        ],
        _("The new token has the last position of the context. With t tokens before it, it is t."): positions[
            -1
        ],
        _("The position is not added to the new token."): 0.0,
    }
    lists: tuple[list[Suspect], ...] = ([], [], [])
    if place:
        for message, here in other.items():
            moved = _attention(np.vstack([x[:place] + positions[:place], x[place] + here]), W)
            for found, value in zip(lists, moved, strict=True):
                found.append(Suspect(value, message))
    lists[1].append(Suspect(held, _("Keys and values are the same thing in your cache: a token has both.")))
    lists[2].append(Suspect(keys, _("Keys and values are the same thing in your cache: a token has both.")))
    for found, whole, name in ((lists[1], keys, "keys"), (lists[2], held, "values")):
        if place:
            found += [
                Suspect(
                    whole[:-1],
                    _("The new token is not appended to {name}: the next one will not find it.").format(
                        name=name
                    ),
                ),
                Suspect(
                    whole[-1:],
                    _("{name} holds the new token alone: what came before is forgotten.").format(name=name),
                ),
                Suspect(
                    whole[-1], _("{name} is the new row alone. Put it under the others.").format(name=name)
                ),
                Suspect(
                    np.vstack([whole[-1:], whole[:-1]]),
                    _("The new row of {name} stands first. Rows are in the order of the tokens.").format(
                        name=name
                    ),
                ),
                Suspect(
                    np.vstack([whole[1:-1], whole[-1:]]),
                    _("The first row of {name} is thrown out, though there is room.").format(name=name),
                ),
                Suspect(
                    np.concatenate([whole[:-1].ravel(), whole[-1]]),
                    _("{name} has lost its rows: without `axis=0`, `np.append` makes one long row.").format(
                        name=name
                    ),
                ),
            ]
    q = (x[place] + positions[place]) @ W[0]
    scores = keys @ q
    if place:
        lists[0].append(
            Suspect(
                softmax(scores[:-1] / np.sqrt(WIDTH)) @ held[:-1],
                _("The new token does not see itself: append first, then attend."),
            )
        )
    lists[0].append(Suspect(softmax(scores) @ held, _("The scores are not scaled: divide by the root of d.")))
    return right, lists


def _must_be(
    call: Call, place: int, x: np.ndarray, positions: np.ndarray, W: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    right, suspects = _suspects(place, x, positions, W)
    parts = call.parts("output", "keys", "values")
    for i, name in ((1, "keys"), (2, "values"), (0, "output")):
        call.part_must_equal(parts[i], right[i], *suspects[i], name=name)
    return np.asarray(values.as_numbers(parts[1])), np.asarray(values.as_numbers(parts[2]))


cached_step = Exercise(
    key="06/cached-step",
    handle="attention.cached_step",
    title=_("One more token, with a cache"),
    kind=_("write"),
    words=_(
        "t tokens have been through; their `keys` and `values`, (t, d) each, were kept. Now token `x` (d,) "
        "comes. Add the row of `positions` (context, d) that belongs to its place, let the three matrices "
        "`W` make query, key and value of it, append the last two to what was kept, and let the query "
        "attend to all of it. Return output (d,), keys and values, (t + 1, d) each. What you return is "
        "what the next call gets; at the beginning t is 0."
    ),
    signature="cached_step(x, positions, keys, values, W)",
    template='''
def cached_step(x, positions, keys, values, W):
    """One more token x (d,), after t others with keys and values (t, d): output, keys, values."""
    here = ...                                 # the row of positions where x stands
    q, k, v = (x + here) @ W                   # W (3, d, d)
    keys = ...
    values = ...
    shares = np.exp(keys @ q / np.sqrt(len(q)))
    return shares @ values / shares.sum(), keys, values
''',
    hints=(
        _("How many tokens came before this one, and which of the arguments knows?"),
        _(
            "There are `len(keys)` tokens before it, and that is its position, counted from 0. `np.vstack` "
            "puts a row under an array."
        ),
        _("`here = positions[len(keys)]` and `keys = np.vstack([keys, k])`; the values likewise."),
    ),
    ours='''
def cached_step(x, positions, keys, values, W):
    """One more token x (d,), after t others with keys and values (t, d): output, keys, values."""
    here = positions[len(keys)]
    q, k, v = (x + here) @ W
    keys = np.vstack([keys, k])
    values = np.vstack([values, v])
    shares = np.exp(keys @ q / np.sqrt(len(q)))
    return shares @ values / shares.sum(), keys, values
''',
    trial=_try_step,
    answers="bigmodel_nb.exercises.attention.answers.key_value_cache:cached_step",
)
