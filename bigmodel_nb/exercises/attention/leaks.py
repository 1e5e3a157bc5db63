"""Chapter 6: a loss of 0.1, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.fault import Fault
from bigmodel_nb.exercises.values import Shown, as_numbers
from bigmodel_nb.language import gettext as _

VOCABULARY, LENGTH = 9, 7
LOSS = 0.1
KINDS = ("honest", "no mask", "one too far", "mean over time", "wraps around")

Pairs = set[tuple[int, int]]


@dataclass(repr=False)
class PracticeModel:
    """`logits(tokens) -> (T, V)`: row t predicts token t + 1. In `log` are the tokens it was asked with.

    `follows` (V,) is the token that it expects after each; `shares` (T, T) says how much row t takes in of
    token j, through the rows of `effects` (V, V). What is 0 there has no effect at all.
    """

    follows: np.ndarray
    effects: np.ndarray
    shares: np.ndarray
    log: list[np.ndarray] = field(default_factory=list)

    def __call__(self, tokens: Any) -> np.ndarray:
        given = np.asarray(tokens)
        expected = _("{length} whole numbers below {size}").format(length=LENGTH, size=VOCABULARY)
        if given.dtype.kind not in "iu" or given.shape != (LENGTH,):
            raise arguments.wrong_value("tokens", expected, tokens)
        if given.min() < 0 or given.max() >= VOCABULARY:
            raise arguments.wrong_value("tokens", expected, tokens)
        self.log.append(given.copy())
        rows = []
        for place, token in enumerate(given):
            row = STRENGTH * np.eye(VOCABULARY)[self.follows[token]]
            for j in np.flatnonzero(self.shares[place]):
                row = row + self.shares[place, j] * self.effects[given[j]]
            rows.append(row)
        return np.array(rows)

    def leaks(self) -> Pairs:
        """What there is to find."""
        return {(int(t), int(j)) for t, j in np.argwhere(self.shares) if j > t}

    def __repr__(self) -> str:
        return "logits(tokens)"


# The right token's score above the others, with which the loss is LOSS.
STRENGTH = float(np.log((VOCABULARY - 1) / np.expm1(LOSS)))


def practice_model(number: int) -> tuple[PracticeModel, np.ndarray]:
    """The model of that number, and a text of 7 tokens below 9 on which its loss is about 0.1.

    Five kinds take turns: one sees no future, four do. `find_leaks(*attention.practice_model(7))` asks your
    function.
    """
    rng = np.random.default_rng([arguments.whole("number", number, 0), 6])
    kind = KINDS[number % len(KINDS)]
    cycle = rng.permutation(VOCABULARY)
    follows = np.empty(VOCABULARY, int)
    follows[cycle] = np.roll(cycle, -1)
    start = int(rng.integers(VOCABULARY))
    tokens = np.roll(cycle, start)[:LENGTH]
    effects = rng.uniform(0.5, 1.5, (VOCABULARY, VOCABULARY))
    return PracticeModel(follows, effects, _shares(kind)), tokens


def _shares(kind: str) -> np.ndarray:
    past = np.tri(LENGTH) * 0.02
    if kind == "no mask":
        return np.full((LENGTH, LENGTH), 0.02)
    if kind == "one too far":
        return np.tri(LENGTH, k=1) * 0.02
    if kind == "mean over time":
        return past + 0.001 / LENGTH
    if kind == "wraps around":  # tokens[t - 1] and tokens[t - 2], at t = 0 and 1 too
        shares = np.zeros((LENGTH, LENGTH))
        for t in range(LENGTH):
            shares[t, [t, t - 1, t - 2]] = 0.02
        return shares
    return past


def _try_leaks(find_leaks: ReaderFunction, rng: np.random.Generator) -> str:
    first = len(KINDS) * int(rng.integers(2000))
    for kind in rng.permutation(len(KINDS)):
        number = first + int(kind)
        model, tokens = practice_model(number)
        shown = f"attention.practice_model({number})"
        try:
            call = find_leaks(logits=Shown(model, f"{shown}[0]"), tokens=Shown(tokens, f"{shown}[1]"))
            _judge(call, model, tokens)
        except Fault as fault:
            fault.given = f"{find_leaks.name}(*{shown})"
            raise
    return _(
        "Five models with the same loss. Four of them have seen the answer: through a mask that is missing "
        "or one too wide, a mean over the text, an index below 0. The loss tells nobody; a changed token "
        "does."
    )


def _judge(call: Call, model: PracticeModel, tokens: np.ndarray) -> None:
    found, right = _pairs(call), model.leaks()
    if not model.log:
        raise call.fault(
            _("Your function never calls logits: whatever it says about this model, it has not looked."),
            expected=_text(right),
            received=_text(found),
        )
    if found != right:
        raise call.fault(
            _what_went_wrong(model, tokens, found, right), expected=_text(right), received=_text(found)
        )


def _pairs(call: Call) -> Pairs:
    try:
        listed = [tuple(pair) for pair in call.value]
    except TypeError:
        listed = [()]
    pairs = [as_numbers(pair) for pair in listed]
    if any(pair is None or pair.shape != (2,) or (pair != np.round(pair)).any() for pair in pairs):
        raise call.fault(
            _("Return a list of pairs (t, j) of positions; an empty one where nothing leaks."),
            expected=_("such as [(0, 1), (0, 2)]"),
            received=arguments.received(call.value),
        )
    return {(int(pair[0]), int(pair[1])) for pair in pairs if pair is not None}


def _what_went_wrong(model: PracticeModel, tokens: np.ndarray, found: Pairs, right: Pairs) -> str:
    """What the tokens that the model was asked with give away."""
    changes = [set(np.flatnonzero(asked != tokens).tolist()) for asked in model.log]
    if not any(changes):
        return _(
            "You ask the model only about the text as it is. From its loss nobody can tell a good model "
            "from one that has seen the answer: change a token and ask again."
        )
    if any(t == j for t, j in found):
        return _("Row t may see token t: it predicts token t + 1. A leak is a pair with j after t.")
    if found and all(t > j for t, j in found):
        return _(
            "In your pairs (t, j) row t stands after token j. Rows after the changed token may see it; the "
            "rows before it may not. (Or are t and j the wrong way round?)"
        )
    if any(t > j for t, j in found):
        return _("Rows after the changed token may see it. A leak is a pair with j after t.")
    if max(map(len, changes)) > 1:
        return _(
            "You change several tokens at once, or leave one changed while you try the next: then nobody "
            "knows which of them was seen. Begin each time with a copy of the text."
        )
    tried = set().union(*changes)
    untried = sorted({j for _t, j in right - found} - tried)
    if untried:
        return _(
            "Token {place} is never changed: it stays what it was in every text that you ask about. (The "
            "new token must differ from the old one, surely and not by luck.)"
        ).format(place=untried[0])
    if right - found:
        t, j = min(right - found)
        return _(
            "Row {t} changes when token {j} does, and you overlook it. Compare all of its logits, with a "
            "small tolerance: neither the likeliest token nor the loss has to change."
        ).format(t=t, j=j)
    t, j = min(found - right)
    return _("Row {t} stays as it was when token {j} changes: this is no leak.").format(t=t, j=j)


def _text(pairs: Pairs) -> str:
    listed = sorted(pairs)
    more = _(" and {count} more").format(count=len(listed) - 6) if len(listed) > 6 else ""
    return f"[{', '.join(map(str, listed[:6]))}{more}]" if listed else _("[], nothing leaks")


find_leaks = Exercise(
    key="06/find-leaks",
    handle="attention.find_leaks",
    title=_("A loss of 0.1: why?"),
    kind=_("explain, with evidence"),
    words=_(
        "A colleague's model predicts each next token of a text it never saw with a loss of 0.1. Is it "
        "good, or has it seen the answer? `logits(tokens)` gives its scores: row t predicts token t + 1, "
        "and may know of tokens 0 to t. Write the proof: change one token at a time, and see which rows "
        "before it change. Return all pairs (t, j) with j after t where they do; none if the model is "
        "honest. `logits, tokens = attention.practice_model(7)` gives one to try; 8, 9, 10 and 11 are of "
        "other kinds."
    ),
    signature="find_leaks(logits, tokens)",
    template='''
def find_leaks(logits, tokens):
    """Pairs (t, j), j after t, where another token at j changes what is predicted at t."""
    before, leaks = logits(tokens), []         # (T, V): row t predicts token t + 1
    for j in range(1, len(tokens)):
        changed = tokens.copy()
        changed[j] = ...                       # any other token of the vocabulary
        after = logits(changed)
        leaks += [(t, j) for t in range(...) if ...]
    return leaks
''',
    hints=(
        _("If a model sees no future, which rows may change when the last token of the text does?"),
        _(
            "Only that token's own. So change token j, to something that it surely was not, and compare "
            "the rows before j with what they were. `(tokens[j] + 1) % V` is another token, with V = "
            "`before.shape[1]`."
        ),
        _("`[(t, j) for t in range(j) if np.abs(after[t] - before[t]).max() > 1e-9]`"),
    ),
    ours='''
def find_leaks(logits, tokens):
    """Pairs (t, j), j after t, where another token at j changes what is predicted at t."""
    before, leaks = logits(tokens), []
    for j in range(1, len(tokens)):
        changed = tokens.copy()
        changed[j] = (tokens[j] + 1) % before.shape[1]
        after = logits(changed)
        leaks += [(t, j) for t in range(j) if np.abs(after[t] - before[t]).max() > 1e-9]
    return leaks
''',
    trial=_try_leaks,
    answers="bigmodel_nb.exercises.attention.answers.leaks:find_leaks",
)
