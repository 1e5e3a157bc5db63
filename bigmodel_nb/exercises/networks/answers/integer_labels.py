"""Answers to: cross-entropy with integer labels."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

cross_entropy = Answers()


def _right(p, labels):
    return np.maximum(p[np.arange(len(p)), labels], 1e-7)


@cross_entropy.right
def pairs(p, labels):
    return -np.log(np.clip(p[np.arange(len(labels)), labels], 1e-7, 1)).mean()


@cross_entropy.right
def one_hot_made_first(p, labels):
    truth = np.eye(p.shape[1])[labels]
    return -np.mean(np.sum(truth * np.log(np.maximum(p, 1e-7)), axis=1))


@cross_entropy.right
def row_by_row(p, labels):
    return sum(-np.log(max(row[label], 1e-7)) for row, label in zip(p, labels, strict=True)) / len(p)


@cross_entropy.right
def epsilon_added(p, labels):
    return float(np.mean(-np.log(np.take_along_axis(p, labels[:, None], axis=1) + 1e-7)))


@cross_entropy.wrong("as if they were zeros and ones")
def labels_as_one_hot(p, labels):
    return -np.sum(labels * np.log(p), axis=1).mean()


@cross_entropy.wrong("as if they were zeros and ones")
def labels_as_a_column(p, labels):
    return -np.mean(np.sum(labels[:, None] * np.log(p), axis=1))


@cross_entropy.wrong("You sum over the examples")
def summed(p, labels):
    return -np.log(_right(p, labels)).sum()


@cross_entropy.wrong("log 0 is minus infinity")
def log_of_zero(p, labels):
    return -np.log(p[np.arange(len(p)), labels]).mean()


@cross_entropy.wrong("another floor")
def smaller_floor(p, labels):
    return -np.log(np.maximum(p[np.arange(len(p)), labels], 1e-12)).mean()


@cross_entropy.wrong("You leave out")
def zeros_dropped(p, labels):
    right = p[np.arange(len(p)), labels]
    return -np.log(right[right > 0]).mean()


@cross_entropy.wrong("You leave out")
def nan_to_zero(p, labels):
    logs = np.log(p[np.arange(len(p)), labels])
    return -np.nan_to_num(logs, neginf=0.0).mean()


@cross_entropy.wrong("sign is wrong")
def no_minus(p, labels):
    return np.log(_right(p, labels)).mean()


@cross_entropy.wrong("n times the classes")
def mean_of_the_table(p, labels):
    return -np.mean(np.eye(p.shape[1])[labels] * np.log(np.maximum(p, 1e-7)))


@cross_entropy.wrong("base 2")
def in_bits(p, labels):
    return -np.log2(_right(p, labels)).mean()


@cross_entropy.wrong("First the logarithm")
def mean_before_the_logarithm(p, labels):
    return -np.log(_right(p, labels).mean())


@cross_entropy.wrong("each example")
def one_for_each(p, labels):
    return -np.log(_right(p, labels))


@cross_entropy.wrong("every label for every row")
def every_pair(p, labels):
    return -np.log(np.maximum(p[:, labels], 1e-7)).mean()


@cross_entropy.wrong("own favorite")
def favorite(p, labels):
    return -np.log(p.max(axis=1)).mean()


@cross_entropy.wrong("yes-or-no questions")
def binary(p, labels):
    truth, p = np.eye(p.shape[1])[labels], np.clip(p, 1e-7, 1 - 1e-7)
    return -(truth * np.log(p) + (1 - truth) * np.log(1 - p)).sum(axis=1).mean()


@cross_entropy.wrong("Twice is not once")
def softmax_again(p, labels):
    e = np.exp(p)
    return -np.log(_right(e / e.sum(axis=1, keepdims=True), labels)).mean()


@cross_entropy.wrong("squared error")
def squared_error(p, labels):
    return np.mean((p - np.eye(p.shape[1])[labels]) ** 2)


@cross_entropy.wrong("logarithm is missing")
def mean_probability(p, labels):
    return p[np.arange(len(p)), labels].mean()


@cross_entropy.wrong("Every class counts")
def all_classes(p, labels):
    return -np.log(np.maximum(p, 1e-7)).mean()
