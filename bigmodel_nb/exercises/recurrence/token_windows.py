"""Chapter 5: windows of tokens and their targets, to be repaired."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises import values
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _

NAMES = ("x", "y", "held_x", "held_y")


def _try_windows(windows: ReaderFunction, rng: np.random.Generator) -> str:
    for length, count, held, left in ((3, 3, 2, 1), (3, 4, 2, -1), (4, 3, 2, 3), (2, 4, 3, 1), (3, 2, 2, 0)):
        cut = length * count + 1 + min(left, length - 1)
        n = cut + length * held + 1
        tokens = rng.choice(np.arange(10, 100), n, replace=False)  # all different: each names its place
        call = windows(tokens=tokens, length=length, cut=cut)
        place = {int(token): where for where, token in enumerate(tokens)}
        for name, part in zip(NAMES, call.parts(*NAMES), strict=True):
            _judge(call, name, part, tokens, place, length, cut)
    return _(
        "Every token of a window has a target, the one after it: {length} predictions from one window. And "
        "no window holds text of both parts."
    ).format(length=length)


def _cut(tokens: np.ndarray, length: int, shift: int = 0) -> np.ndarray:
    count = (len(tokens) - 1) // length
    return tokens[shift : shift + count * length].reshape(count, length)


def _judge(
    call: Call, name: str, part: object, tokens: np.ndarray, place: dict, length: int, cut: int
) -> None:
    held, target = name.startswith("held"), name.endswith("y")
    mine = tokens[cut:] if held else tokens[:cut]
    right = _cut(mine, length, 1 if target else 0)
    if values.same(part, right):
        return
    raise call.fault(
        _what_is_wrong(values.as_numbers(part), right, mine, place, length, cut, held, target).format(
            name=name
        ),
        expected=f"{name} = {values.text(right)}",
        received=f"{name} = {values.text(part)}",
    )


def _what_is_wrong(
    part: np.ndarray | None,
    right: np.ndarray,
    mine: np.ndarray,
    place: dict,
    length: int,
    cut: int,
    held: bool,
    target: bool,
) -> str:
    if part is None or not all(token in place for token in part.ravel().tolist()):
        return _("{name} must hold tokens of the text, as they are.")
    where = [place[token] for token in part.ravel().astype(int).tolist()]
    if any((spot >= cut) != held for spot in where):
        return _(
            "{name} straddles the split: it holds tokens of the other part. Cut the text in two first, then "
            "each part into windows."
        )
    if part.ndim != 2 or part.shape[1] != length:
        return _("{name} has shape {shape}; (windows, {length}) is expected.").format(
            name="{name}", shape=part.shape, length=length
        )
    if target:
        shifts = {spot - place[int(token)] for spot, token in zip(where, _cut(mine, length).ravel(),
                                                                  strict=False)}  # fmt: skip
        if shifts == {0}:
            return _(
                "{name} is not moved on: each token is its own target. The loss would fall to 0, and the "
                "model would learn to copy."
            )
        if shifts == {2}:
            return _("{name} is moved on by two. The target of a token is the next one.")
        if len(shifts) > 1 and place[int(mine[0])] in where:
            return _("{name} goes round: the last target is the first token. Leave that window out.")
    steps = {after[0] - before[0] for before, after in zip(
        np.reshape(where, part.shape), np.reshape(where, part.shape)[1:], strict=False)}  # fmt: skip
    if len(part) > len(right) and steps == {1}:
        return _("The windows of {name} overlap. Here they stand side by side: each token is predicted once.")
    if len(part) > len(right):
        return _(
            "The last window of {name} straddles the split, or the end: the target of its last token lies "
            "beyond. Leave it out."
        )
    if len(part) < len(right):
        return _("A window is missing at the end of {name}: one more is full, with its targets.")
    return _("{name} differs from what is expected.")


windows = Exercise(
    key="05/windows",
    handle="recurrence.windows",
    title=_("Windows and their targets"),
    kind=_("repair"),
    words=_(
        "`tokens` (n,) is a text; its first `cut` tokens are for training, the others are held out. Both are "
        "cut into windows of `length` tokens, side by side, and the target of each token is the one after "
        "it. A window that has not all its tokens and targets in its own part is left out. The listing is "
        "wrong in two places, and its loss would look splendid."
    ),
    signature="windows(tokens, length, cut)",
    template='''
def windows(tokens, length, cut):
    """x, y, held_x, held_y, each (windows, length). Wrong in two places."""
    count = len(tokens) // length
    x = tokens[: count * length].reshape(count, length)
    y = x.copy()
    learn = -(-cut // length)
    return x[:learn], y[:learn], x[learn:], y[learn:]
''',
    hints=(
        _("Take the numbers 0 to 11, windows of 3 and a cut at 7. What does the third window hold?"),
        _(
            "It holds 6, 7 and 8, of both parts: cut the text first. And what should the model say after it "
            "has read a token: that token again?"
        ),
        _("For `part` in `(tokens[:cut], tokens[cut:])`: x from `part[:-1]`, y from `part[1:]`."),
    ),
    ours='''
def windows(tokens, length, cut):
    """x, y, held_x, held_y, each (windows, length)."""
    found = []
    for part in (tokens[:cut], tokens[cut:]):
        count = (len(part) - 1) // length
        found.append(part[:-1][: count * length].reshape(count, length))
        found.append(part[1:][: count * length].reshape(count, length))
    return found
''',
    trial=_try_windows,
    answers="bigmodel_nb.exercises.recurrence.answers.token_windows:windows",
    given=True,
)
