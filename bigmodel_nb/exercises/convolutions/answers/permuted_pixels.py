"""Answers to: take the picture apart."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

permute_pixels = Answers()


def _by(part, order):
    return part.reshape(len(part), -1)[:, order].reshape(part.shape)


def _order(part, seed):
    return np.random.default_rng(seed).permutation(part[0].size)


@permute_pixels.right
def one_order(train, test, seed):
    order = _order(train, seed)
    return _by(train, order), _by(test, order)


@permute_pixels.right
def together(train, test, seed):
    both = np.concatenate([train, test])
    mixed = _by(both, np.random.RandomState(seed).permutation(both[0].size))
    return mixed[: len(train)], mixed[len(train) :]


@permute_pixels.right
def drawn_twice_from_the_same_seed(train, test, seed):
    return [_by(part, _order(part, seed)) for part in (train, test)]


@permute_pixels.wrong("an order of its own")
def a_new_order_for_each_picture(train, test, seed):
    random = np.random.default_rng(seed)
    return [
        np.stack([random.permutation(image.ravel()).reshape(image.shape) for image in part])
        for part in (train, test)
    ]


@permute_pixels.wrong("different orders")
def one_order_each(train, test, seed):
    random = np.random.default_rng(seed)
    return [_by(part, random.permutation(part[0].size)) for part in (train, test)]


@permute_pixels.wrong("test are where they were")
def train_only(train, test, seed):
    return _by(train, _order(train, seed)), test


@permute_pixels.wrong("Whole rows or columns")
def rows_only(train, test, seed):
    order = np.random.default_rng(seed).permutation(train.shape[1])
    return train[:, order], test[:, order]


@permute_pixels.wrong("permute the pixels, not the pictures")
def pictures(train, test, seed):
    random = np.random.default_rng(seed)
    return random.permutation(train), random.permutation(test)


@permute_pixels.wrong("must keep its shape")
def left_flat(train, test, seed):
    order = _order(train, seed)
    return train.reshape(len(train), -1)[:, order], test.reshape(len(test), -1)[:, order]


@permute_pixels.wrong("lost or changed")
def drawn_with_repetition(train, test, seed):
    order = np.random.default_rng(seed).integers(0, train[0].size, train[0].size)
    return _by(train, order), _by(test, order)


@permute_pixels.wrong("The same seed")
def seed_ignored(train, test, seed):
    order = np.random.default_rng().permutation(train[0].size)
    return _by(train, order), _by(test, order)


@permute_pixels.wrong("return 2 things")
def train_alone(train, test, seed):
    return _by(train, _order(train, seed))[0, 0, 0]
