"""Chapter 6: one more token, with the keys and values of the others kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bigmodel_nb.exercises import inputs, values
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.values import Shown
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.losses import softmax

WIDTH, CONTEXT = 3, 6
KEPT, TOKENS = 2, 4  # so many tokens are in the cache when it begins, and when it ends


@dataclass(frozen=True)
class _Text:
    """Tokens x that follow those whose `keys` and `held` values are kept."""

    x: np.ndarray  # (TOKENS, WIDTH), of which the first KEPT are not asked for
    positions: np.ndarray
    W: np.ndarray
    keys: np.ndarray  # (KEPT, WIDTH)
    held: np.ndarray

    def after(self, place: int, here: np.ndarray | float | None = None) -> tuple[np.ndarray, ...]:
        """(output, keys, values) when token `place` has come; it stands `here`, or where it should."""
        q, keys, held = np.zeros(WIDTH), self.keys, self.held
        for t in range(KEPT, place + 1):
            own = here if t == place and here is not None else self.positions[t]
            q, k, v = (self.x[t] + own) @ self.W
            keys, held = np.vstack([keys, k]), np.vstack([held, v])
        return softmax(keys @ q / np.sqrt(WIDTH)) @ held, keys, held


def _try_step(cached_step: ReaderFunction, rng: np.random.Generator) -> str:
    text = _telling(rng)
    keys, held = text.keys, text.held
    for place in range(KEPT, TOKENS):  # what came back is what the next call gets
        call = cached_step(x=text.x[place], positions=text.positions, keys=keys, values=held, W=text.W)
        parts = call.parts("output", "keys", "values")
        right, suspects = text.after(place), _suspects(text, place)
        for i, name in ((1, "keys"), (2, "values"), (0, "output")):
            call.part_must_equal(parts[i], right[i], *suspects[i], name=name)
        keys, held = (np.asarray(values.as_numbers(part)) for part in parts[1:])
    empty = Shown(np.zeros((0, WIDTH)), f"np.zeros((0, {WIDTH}))")
    call = cached_step(x=text.x[0], positions=text.positions, keys=empty, values=empty, W=text.W)
    _query, key, value = (text.x[0] + text.positions[0]) @ text.W
    parts = call.parts("output", "keys", "values")
    for part, expected, name in zip(
        parts, (value, key[None], value[None]), ("output", "keys", "values"), strict=True
    ):
        call.part_must_equal(part, expected, name=name)
    return _(
        "The same outputs as if the whole text had been computed again, for one row of work. A model keeps "
        "such keys and values for every layer and head, and that is the memory a long text costs."
    )


def _telling(rng: np.random.Generator) -> _Text:
    """A text that tells every misconception from the answer, at each step."""
    for _attempt in range(1000):
        keys, held, x = (inputs.numbers(rng, n, WIDTH) for n in (KEPT, KEPT, TOKENS))
        W = np.round(inputs.numbers(rng, 3, WIDTH, WIDTH) / 4, 2)
        text = _Text(x, inputs.numbers(rng, CONTEXT, WIDTH), W, keys, held)
        cases = [
            Case({}, right, suspects)
            for place in range(KEPT, TOKENS)
            for right, suspects in zip(text.after(place), _suspects(text, place), strict=True)
        ]
        if all(case.tells_apart for case in cases):
            return text
    raise RuntimeError("no text tells the misconceptions apart")


def _suspects(text: _Text, place: int) -> tuple[list[Suspect], list[Suspect], list[Suspect]]:
    """What misconceptions give for token `place`: of the output, of the keys, of the values."""
    positions, (_output, keys, held) = text.positions, text.after(place)
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
    lists: tuple[list[Suspect], list[Suspect], list[Suspect]] = ([], [], [])
    for message, here in other.items():
        for found, value in zip(lists, text.after(place, here), strict=True):
            found.append(Suspect(value, message))
    for found, whole, wrong, name in ((lists[1], keys, held, "keys"), (lists[2], held, keys, "values")):
        found += [
            Suspect(wrong, _("Keys and values are the same thing in your cache: a token has both.")),
            *(Suspect(value, words.format(name=name)) for words, value in _appended_otherwise(whole)),
        ]
    query = (text.x[place] + positions[place]) @ text.W[0]
    lists[0].extend(
        [
            Suspect(
                softmax(keys[:-1] @ query / np.sqrt(WIDTH)) @ held[:-1],
                _("The new token does not see itself: append first, then attend."),
            ),
            Suspect(softmax(keys @ query) @ held, _("The scores are not scaled: divide by the root of d.")),
        ]
    )
    return lists


def _appended_otherwise(rows: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """What a cache looks like to which the last of `rows` was not appended as it should be."""
    old, new = rows[:-1], rows[-1:]
    return [
        (_("The new token is not appended to {name}: the next one will not find it."), old),
        (_("{name} holds the new token alone: what came before is forgotten."), new),
        (_("{name} is the new row alone. Put it under the others."), new[0]),
        (
            _("The new row of {name} stands first. Rows are in the order of the tokens."),
            np.vstack([new, old]),
        ),
        (_("The first row of {name} is thrown out, though there is room."), rows[1:]),
        (
            _("{name} has lost its rows: without `axis=0`, `np.append` makes one long row."),
            rows.ravel(),
        ),
    ]


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
