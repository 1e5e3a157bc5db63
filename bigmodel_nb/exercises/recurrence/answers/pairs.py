"""Answers to: a language model made of counts."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import numpy as np

from bigmodel_nb.exercises.answers import Answers

bigram = Answers()


def _counts(tokens, size, start=1.0):
    counts = np.full((size, size), start)
    np.add.at(counts, (tokens[:-1], tokens[1:]), 1)
    return counts


def _mean(counts, held, log=np.log2):
    table = counts / counts.sum(axis=1, keepdims=True)
    return -np.mean(log(table[held[:-1], held[1:]]))


@bigram.right
def with_arrays(train, held, size):
    return _mean(_counts(train, size), held)


@bigram.right
def with_counters(train, held, size):
    pairs, befores = Counter(pairwise(train.tolist())), Counter(train[:-1].tolist())
    bits = [-math.log2((pairs[a, b] + 1) / (befores[a] + size)) for a, b in pairwise(held.tolist())]
    return sum(bits) / len(bits)


@bigram.right
def from_nats_in_float32(train, held, size):
    return np.float32(_mean(_counts(train, size).astype(np.float32), held, np.log) / np.log(2))


@bigram.wrong("Those are nats")
def nats(train, held, size):
    return _mean(_counts(train, size), held, np.log)


@bigram.wrong("infinitely many bits")
def no_smoothing(train, held, size):
    with np.errstate(all="ignore"):
        return _mean(_counts(train, size, 0.0), held)


@bigram.wrong("count on the held-out text")
def counted_on_validation(train, held, size):
    return _mean(_counts(held, size), held)


@bigram.wrong("among your counts")
def counted_on_both(train, held, size):
    return _mean(_counts(np.concatenate([train, held]), size), held)


@bigram.wrong("judge on the text that was counted")
def judged_on_training(train, held, size):
    return _mean(_counts(train, size), train)


@bigram.wrong("sum over all pairs")
def summed(train, held, size):
    return with_arrays(train, held, size) * (len(held) - 1)


@bigram.wrong("one fewer than characters")
def divided_by_characters(train, held, size):
    return summed(train, held, size) / len(held)


@bigram.wrong("put a minus")
def no_minus(train, held, size):
    return -with_arrays(train, held, size)


@bigram.wrong("perplexity")
def perplexity(train, held, size):
    return 2 ** with_arrays(train, held, size)


@bigram.wrong("more than 1")
def one_added_below(train, held, size):
    counts = _counts(train, size, 0.0)
    table = (counts + 1) / (counts.sum(axis=1, keepdims=True) + 1)
    return -np.mean(np.log2(table[held[:-1], held[1:]]))


@bigram.wrong("divide by all pairs")
def joint(train, held, size):
    table = _counts(train, size)
    return -np.mean(np.log2((table / table.sum())[held[:-1], held[1:]]))


@bigram.wrong("turned on its side")
def transposed(train, held, size):
    return _mean(_counts(train, size).T, held)


@bigram.wrong("unigram")
def unigram(train, held, size):
    counts = np.bincount(train, minlength=size) + 1
    return -np.mean(np.log2((counts / counts.sum())[held]))


@bigram.wrong("return missing")
def nothing_returned(train, held, size):
    with_arrays(train, held, size)
