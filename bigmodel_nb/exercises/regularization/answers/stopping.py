"""Answers to: early stopping."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

stopping = Answers()


def _watch(losses, patience):
    best_epoch, waited = 0, 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[best_epoch]:
            best_epoch, waited = epoch, 0
        else:
            waited += 1
        if waited >= patience:
            return epoch + 1, best_epoch
    return len(losses), best_epoch


@stopping.right
def counter(train_losses, val_losses, patience):
    return _watch(val_losses, patience)


@stopping.right
def best_so_far_by_slices(train_losses, val_losses, patience):
    for run in range(1, len(val_losses) + 1):
        best = int(np.argmin(val_losses[:run]))
        if run - 1 - best == patience:
            return run, best
    return [len(val_losses), int(np.argmin(val_losses))]


@stopping.wrong("training loss")
def watches_training(train_losses, val_losses, patience):
    return _watch(train_losses, patience)


@stopping.wrong("last epoch")
def keeps_the_last(train_losses, val_losses, patience):
    run, _best = _watch(val_losses, patience)
    return run, run - 1


@stopping.wrong("too long")
def one_epoch_too_long(train_losses, val_losses, patience):
    return _watch(val_losses, patience + 1)


@stopping.wrong("one epoch too few")
def one_epoch_too_early(train_losses, val_losses, patience):
    return _watch(val_losses, patience - 1)


@stopping.wrong("A bump is no turn")
def at_the_first_bump(train_losses, val_losses, patience):
    return _watch(val_losses, 1)


@stopping.wrong("whole curve")
def sees_the_future(train_losses, val_losses, patience):
    return len(val_losses), int(np.argmin(val_losses))


@stopping.wrong("one epoch too few")
def index_for_count(train_losses, val_losses, patience):
    run, best = _watch(val_losses, patience)
    return run - 1, best


@stopping.wrong("counts from 0")
def best_counted_from_1(train_losses, val_losses, patience):
    run, best = _watch(val_losses, patience)
    return run, best + 1


@stopping.wrong("wrong order")
def the_other_way_round(train_losses, val_losses, patience):
    return _watch(val_losses, patience)[::-1]


@stopping.wrong("return 2 things")
def best_loss_too(train_losses, val_losses, patience):
    return (*_watch(val_losses, patience), min(val_losses))
