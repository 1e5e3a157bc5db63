"""Answers to: k-fold cross-validation."""

from __future__ import annotations

import statistics

import numpy as np

from bigmodel_nb.exercises.answers import Answers

folds = Answers()


def _scale(X, by):
    return (X - by.mean(axis=0)) / by.std(axis=0)


def _scores(build, X, y, folds):
    for learn, held in folds:
        scaled = _scale(X, X[learn])
        yield build().fit(scaled[learn], y[learn]).score(scaled[held], y[held])


@folds.right
def generator_of_scores(build, X, y, folds):
    return statistics.fmean(_scores(build, X, y, folds))


@folds.right
def running_total(build, X, y, folds):
    total = 0.0
    for learn, held in folds:
        model = build()
        model.fit(_scale(X[learn], X[learn]), y[learn])
        total += model.score(_scale(X[held], X[learn]), y[held]) / len(folds)
    return np.array(total)


@folds.wrong("Build one for each")
def two_repairs_but_one_model(build, X, y, folds):
    model, scores = build(), []
    for learn, held in folds:
        scaled = _scale(X, X[learn])
        model.fit(scaled[learn], y[learn])
        scores.append(model.score(scaled[held], y[held]))
    return np.mean(scores)


@folds.wrong("Build one for each")
def as_given_but_for_the_mean(build, X, y, folds):
    model, scores, X = build(), [], _scale(X, X)
    for learn, held in folds:
        model.fit(X[learn], y[learn])
        scores.append(model.score(X[held], y[held]))
    return np.mean(scores)


@folds.wrong("seen every fold")
def scaled_outside(build, X, y, folds):
    X = _scale(X, X)
    return np.mean([build().fit(X[a], y[a]).score(X[b], y[b]) for a, b in folds])


@folds.wrong("best fold")
def best_fold(build, X, y, folds):
    return max(_scores(build, X, y, folds))


@folds.wrong("You score on the rows")
def scored_on_training(build, X, y, folds):
    scores = []
    for learn, _held in folds:
        rows = _scale(X[learn], X[learn])
        scores.append(build().fit(rows, y[learn]).score(rows, y[learn]))
    return np.mean(scores)


@folds.wrong("scaled by itself")
def each_part_by_itself(build, X, y, folds):
    scores = []
    for learn, held in folds:
        model = build().fit(_scale(X[learn], X[learn]), y[learn])
        scores.append(model.score(_scale(X[held], X[held]), y[held]))
    return np.mean(scores)


@folds.wrong("Nothing is scaled")
def not_scaled(build, X, y, folds):
    return np.mean([build().fit(X[a], y[a]).score(X[b], y[b]) for a, b in folds])


@folds.wrong("score of each fold")
def all_of_them(build, X, y, folds):
    return list(_scores(build, X, y, folds))


@folds.wrong("return missing")
def nothing_returned(build, X, y, folds):
    np.mean(list(_scores(build, X, y, folds)))


@folds.wrong("in place")
def in_place(build, X, y, folds):
    X -= X.mean(axis=0)
    return np.mean(list(_scores(build, X, y, folds)))
