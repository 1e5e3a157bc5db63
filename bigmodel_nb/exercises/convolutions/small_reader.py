"""Chapter 4: a small network that reads well, by the means of the chapter."""

from __future__ import annotations

from typing import Any

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.data.bundled import load_digits
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.keras_answers import scores_of, small_model
from bigmodel_nb.exercises.values import Shown
from bigmodel_nb.language import gettext as _

ENOUGH = 0.98  # our answer: 0.990 to 0.995 over six deals
BUDGET = 20_000
HELD = 397  # digits that are kept back
TOO_LARGE = _(
    "It is too large. Most parameters of such a network stand between `Flatten` and the dense layer after "
    "it: make the picture smaller before that, or average over it."
)


def practice_digits(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """1,400 digits to learn from: pixels (1400, 8, 8, 1) from 0 to 16, labels (1400,)."""
    return _deal(arguments.whole("seed", seed, 0))[:2]


def _deal(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    digits = load_digits()
    order = np.random.default_rng(seed).permutation(len(digits.y))
    x, y = digits.x[order].reshape(-1, 8, 8, 1).astype(np.float32), digits.y[order]
    return x[HELD:], y[HELD:], x[:HELD], y[:HELD]


def _try_reader(small_reader: ReaderFunction, rng: np.random.Generator) -> str:
    seed = int(rng.integers(1000))
    x, y, held_x, held_y = _deal(seed)
    shown = f"convolutions.practice_digits({seed})"
    call = small_reader(x=Shown(x, f"{shown}[0]"), y=Shown(y, f"{shown}[1]"))
    model = small_model(call, BUDGET - 1, TOO_LARGE)
    known, held = _share(call, model, x, y), _share(call, model, held_x, held_y)
    if held < ENOUGH:
        raise call.fault(
            _what_is_missing(known, held),
            expected=_("at least {share:.0%} of {count} digits it never saw").format(
                share=ENOUGH, count=HELD
            ),
            received=f"{held:.1%}",
        )
    return _(
        "It reads {share:.1%} of {count} digits it never saw, with {parameters:,} parameters. They come from "
        "the same 13 writers, so this says nothing yet about a new hand."
    ).format(share=held, count=HELD, parameters=int(model.count_params()))


def _share(call: Call, model: Any, x: np.ndarray, y: np.ndarray) -> float:
    scores = scores_of(
        call,
        model,
        x,
        _("scores of shape (n, 10) for pixels of shape (n, 8, 8, 1), as they were scanned: 0 to 16"),
        _("Your model does not take the pictures as they are given ({error})."),
    )
    return float(np.mean(scores.argmax(axis=1) == y))


def _what_is_missing(known: float, held: float) -> str:
    if known < 0.5:
        return _("It has hardly learned anything. Are the pixels scaled, the loss and the rate right?")
    if known < 0.99:
        return _(
            "It has not learned enough: it reads only {known:.1%} of the digits it was taught. Give it more "
            "epochs, more filters, or a schedule that ends with a small rate."
        ).format(known=known)
    return _(
        "It reads {known:.1%} of the digits it was taught and fewer of the others. What it has learned must "
        "carry over: convolutions share their weights between places; dropout and small shifts of the "
        "pictures help, too."
    ).format(known=known)


small_reader = Exercise(
    key="04/small-reader",
    handle="convolutions.small_reader",
    title=_("98 % with fewer than 20,000 parameters"),
    kind=_("open challenge"),
    words=_(
        "Write a function that builds and trains a reader of digits and returns it. `x` has shape (n, 8, 8, "
        "1): pixels from 0 to 16; `y` has shape (n,). It must have fewer than 20,000 parameters and read 98 "
        "% of 397 digits that the function never gets. Choose with a validation part of your own, which you "
        "cut from `x`. The check takes some seconds; `small_reader(*convolutions.practice_digits(7))` shows "
        "you more."
    ),
    signature="small_reader(x, y)",
    template='''
def small_reader(x, y):
    """A trained reader of digits with fewer than 20,000 parameters."""
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        keras.layers.Rescaling(1 / 16),
        ...,
        keras.layers.Dense(10),
    ])
    fit(model, (x, y), epochs=..., learning_rate=..., watch=False)
    return model
''',
    hints=(
        _("Two convolutions see 5 x 5 pixels, a pooling after them halves the picture: what comes next?"),
        _(
            "16 filters, 32 filters, a pooling, 32 filters: about 14,000 parameters. After `Flatten`, 40 % "
            "dropout and `Dense(10)`. A cosine schedule ends with small steps."
        ),
        _('`fit(model, (x, y), epochs=30, learning_rate=0.003, schedule="cosine", watch=False)`'),
    ),
    ours='''
def small_reader(x, y):
    """A trained reader of digits with fewer than 20,000 parameters."""
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        keras.layers.Rescaling(1 / 16),
        keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
        keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.4),
        keras.layers.Dense(10),
    ])
    fit(model, (x, y), epochs=30, learning_rate=0.003, schedule="cosine", watch=False)
    return model
''',
    trial=_try_reader,
    answers="bigmodel_nb.exercises.convolutions.answers.small_reader:small_reader",
)
