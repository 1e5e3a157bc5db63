"""Answers to: top-p."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

keep_top_p = Answers()


def _kept(probabilities, tokens):
    out = np.zeros(len(probabilities))
    out[tokens] = probabilities[tokens]
    return out


def _order(probabilities):
    return np.argsort(probabilities)[::-1]


def _count(probabilities, p):
    return int(np.searchsorted(np.cumsum(probabilities[_order(probabilities)]), p)) + 1


def _normed(out):
    return out / out.sum()


@keep_top_p.right
def sorted_and_counted(probabilities, p):
    return _normed(_kept(probabilities, _order(probabilities)[: _count(probabilities, p)]))


@keep_top_p.right
def one_after_the_other(probabilities, p):
    left, out = dict(enumerate(probabilities)), [0.0] * len(probabilities)
    while left and sum(out) < p:
        token = max(left, key=lambda one: left[one])
        out[token] = left.pop(token)
    return [share / sum(out) for share in out]


@keep_top_p.right
def what_was_reached_before(probabilities, p):
    order = np.argsort(-probabilities)
    before = np.cumsum(probabilities[order]) - probabilities[order]
    seen = np.empty(len(order), bool)
    seen[order] = before < p
    return _normed(np.where(seen, probabilities, 0).astype(np.float32))


@keep_top_p.wrong("The token that crosses p is dropped. ")
def crossing_token_dropped(probabilities, p):
    return _normed(_kept(probabilities, _order(probabilities)[: _count(probabilities, p) - 1]))


@keep_top_p.wrong("Nothing is left")
def crossing_token_dropped_but_for_many(probabilities, p):
    if probabilities.max() < p:
        return sorted_and_counted(probabilities, p)
    return _normed(_kept(probabilities, []))


@keep_top_p.wrong("not renormalized")
def not_renormalized(probabilities, p):
    return _kept(probabilities, _order(probabilities)[: _count(probabilities, p)])


@keep_top_p.wrong("dropped, and they are not divided")
def dropped_and_not_renormalized(probabilities, p):
    return _kept(probabilities, _order(probabilities)[: _count(probabilities, p) - 1])


@keep_top_p.wrong("You divide by p")
def divided_by_p(probabilities, p):
    return not_renormalized(probabilities, p) / p


@keep_top_p.wrong("Your numbers are sorted")
def left_sorted(probabilities, p):
    return np.sort(sorted_and_counted(probabilities, p))[::-1]


@keep_top_p.wrong("keep their place")
def only_the_kept(probabilities, p):
    right = sorted_and_counted(probabilities, p)
    return right[right > 0]


@keep_top_p.wrong("One token too many")
def one_too_many(probabilities, p):
    return _normed(_kept(probabilities, _order(probabilities)[: _count(probabilities, p) + 1]))


@keep_top_p.wrong("begin with the unlikeliest")
def upward(probabilities, p):
    order = np.argsort(probabilities)
    count = np.searchsorted(np.cumsum(probabilities[order]), p) + 1
    return _normed(_kept(probabilities, order[:count]))


@keep_top_p.wrong("order of the vocabulary")
def unsorted(probabilities, p):
    count = np.searchsorted(np.cumsum(probabilities), p) + 1
    return _normed(_kept(probabilities, np.arange(count)))


@keep_top_p.wrong("first tokens of the vocabulary")
def places_for_tokens(probabilities, p):
    return _normed(_kept(probabilities, np.arange(_count(probabilities, p))))


@keep_top_p.wrong("get the same")
def all_the_same(probabilities, p):
    return _normed((sorted_and_counted(probabilities, p) > 0).astype(float))


@keep_top_p.wrong("own probability is p or more")
def p_for_each(probabilities, p):
    return _normed(np.where(probabilities >= p, probabilities, 0))


@keep_top_p.wrong("return missing")
def printed(probabilities, p):
    repr(sorted_and_counted(probabilities, p))
