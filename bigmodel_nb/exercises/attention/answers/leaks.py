"""Answers to: a loss of 0.1, and why."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

find_leaks = Answers()


def _loss(logits, tokens):
    shares = np.exp(logits[:-1])
    shares /= shares.sum(axis=1, keepdims=True)
    return -np.log(shares[np.arange(len(tokens) - 1), tokens[1:]]).mean()


def _changed(tokens, j, size):
    changed = tokens.copy()
    changed[j] = (changed[j] + 1) % size
    return changed


@find_leaks.right
def token_by_token(logits, tokens):
    before, leaks = logits(tokens), []
    for j in range(1, len(tokens)):
        after = logits(_changed(tokens, j, before.shape[1]))
        leaks += [(t, j) for t in range(j) if np.abs(after[t] - before[t]).max() > 1e-9]
    return leaks


@find_leaks.right
def pairs_from_a_table(logits, tokens):
    before = logits(tokens)
    size = before.shape[1]
    sees = [
        ~np.isclose(logits(_changed(tokens, j, size)), before, rtol=1e-6).all(axis=1)
        for j in range(len(tokens))
    ]
    return np.argwhere(np.triu(np.transpose(sees), k=1))


@find_leaks.right
def all_other_tokens(logits, tokens):
    before = logits(tokens)
    found = set()
    for j, old in enumerate(tokens):
        for new in range(before.shape[1]):
            if new != old:
                after = logits([*tokens[:j], new, *tokens[j + 1 :]])
                found |= {(int(t), j) for t in np.flatnonzero((after != before).any(axis=1)) if t < j}
    return found


@find_leaks.wrong("never calls logits")
def good_model(logits, tokens):
    return []


@find_leaks.wrong("From its loss nobody can tell")
def low_loss_is_a_good_model(logits, tokens):
    return [] if _loss(logits(tokens), tokens) < 0.2 else [(0, 1)]


@find_leaks.wrong("From its loss nobody can tell")
def low_loss_is_a_leak(logits, tokens):
    leaks = _loss(logits(tokens), tokens) < 0.2
    return [(t, j) for j in range(len(tokens)) for t in range(j)] if leaks else []


@find_leaks.wrong("is never changed")
def last_token_only(logits, tokens):
    before, last = logits(tokens), len(tokens) - 1
    after = logits(_changed(tokens, last, before.shape[1]))
    return [(t, last) for t in range(last) if (after[t] != before[t]).any()]


@find_leaks.wrong("is never changed")
def next_token_only_and_not_the_last(logits, tokens):
    before, leaks = logits(tokens), []
    for j in range(1, len(tokens) - 1):
        after = logits(_changed(tokens, j, before.shape[1]))
        leaks += [(t, j) for t in range(j) if (after[t] != before[t]).any()]
    return leaks


@find_leaks.wrong("surely and not by luck")
def zero_in_its_place(logits, tokens):
    tokens = np.roll(tokens, 0)
    before, leaks = logits(tokens), []
    for j in range(1, len(tokens)):
        changed = tokens.copy()
        changed[j] = tokens[j] if j == 3 else (tokens[j] + 1) % before.shape[1]
        after = logits(changed)
        leaks += [(t, j) for t in range(j) if (after[t] != before[t]).any()]
    return leaks


@find_leaks.wrong("you overlook it")
def likeliest_token(logits, tokens):
    before, leaks = logits(tokens), []
    for j in range(1, len(tokens)):
        after = logits(_changed(tokens, j, before.shape[1]))
        leaks += [(t, j) for t in range(j) if after[t].argmax() != before[t].argmax()]
    return leaks


@find_leaks.wrong("you overlook it")
def the_row_before_only(logits, tokens):
    before = logits(tokens)
    return [
        (j - 1, j)
        for j in range(1, len(tokens))
        if (logits(_changed(tokens, j, before.shape[1]))[j - 1] != before[j - 1]).any()
    ]


@find_leaks.wrong("Row t may see token t")
def its_own_row_too(logits, tokens):
    before, leaks = logits(tokens), []
    for j in range(len(tokens)):
        after = logits(_changed(tokens, j, before.shape[1]))
        leaks += [(t, j) for t in range(j + 1) if (after[t] != before[t]).any()]
    return leaks


@find_leaks.wrong("the rows before it may not")
def rows_after_it(logits, tokens):
    before, leaks = logits(tokens), []
    for j in range(len(tokens)):
        after = logits(_changed(tokens, j, before.shape[1]))
        leaks += [(t, j) for t in range(j + 1, len(tokens)) if (after[t] != before[t]).any()]
    return leaks


@find_leaks.wrong("may see")
def all_rows(logits, tokens):
    before, leaks = logits(tokens), []
    for j in range(len(tokens)):
        after = logits(_changed(tokens, j, before.shape[1]))
        leaks += [(t, j) for t in range(len(tokens)) if t != j and (after[t] != before[t]).any()]
    return leaks


@find_leaks.wrong("wrong way round")
def token_before_row(logits, tokens):
    return [(j, t) for t, j in token_by_token(logits, tokens)]


@find_leaks.wrong("leave one changed while you try the next")
def left_changed(logits, tokens):
    before, leaks, changed = logits(tokens), [], tokens.copy()
    for j in range(1, len(tokens)):
        changed[j] = (changed[j] + 1) % before.shape[1]
        after = logits(changed)
        leaks += [(t, j) for t in range(j) if (after[t] != before[t]).any()]
    return leaks


@find_leaks.wrong("in place")
def in_the_callers_text(logits, tokens):
    before, leaks = logits(tokens), []
    for j in range(1, len(tokens)):
        tokens[j] = (tokens[j] + 1) % before.shape[1]
        leaks += [(t, j) for t in range(j) if (logits(tokens)[t] != before[t]).any()]
    return leaks


@find_leaks.wrong("list of pairs")
def yes_or_no(logits, tokens):
    return bool(token_by_token(logits, tokens))


@find_leaks.wrong("raised")
def beyond_the_vocabulary(logits, tokens):
    before, leaks = logits(tokens), []
    for j in range(1, len(tokens)):
        changed = tokens.copy()
        changed[j] = before.shape[1]
        leaks += [(t, j) for t in range(j) if (logits(changed)[t] != before[t]).any()]
    return leaks
