"""Chapter 2: a network that learns nothing, to be revived."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.data.bundled import load_digits
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.keras_answers import scores_of, small_model
from bigmodel_nb.exercises.values import Shown
from bigmodel_nb.language import gettext as _

ENOUGH = 0.88  # of digits that it never saw; networks as they should be read 0.92 to 0.99 (12 deals)
BUDGET = 5000  # parameters: twice those of the network as it was given
_EACH = 140  # digits of each kind to learn from


class Digits(NamedTuple):
    x: np.ndarray  # (1400, 64): pixels from 0 to 16
    y: np.ndarray  # (1400,): 0, 1, ..., 9, 0, 1, ...
    held_x: np.ndarray
    held_y: np.ndarray


def practice_digits(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """1,400 digits as they were scanned: pixels (1400, 64) from 0 to 16, labels (1400,)."""
    return _deal(arguments.whole("seed", seed, 0))[:2]


def _deal(seed: int) -> Digits:
    """Digits in the order 0, 1, ..., 9, 0, ...: labels that slip by a row then make each digit its
    neighbor."""
    rng, digits = np.random.default_rng(seed), load_digits()
    kinds = [rng.permutation(np.flatnonzero(digits.y == kind)) for kind in range(10)]
    learn = np.stack([rows[:_EACH] for rows in kinds], axis=1).ravel()
    held = np.concatenate([rows[_EACH:] for rows in kinds])
    return Digits(digits.x[learn], digits.y[learn], digits.x[held], digits.y[held])


def _try_revival(revive: ReaderFunction, rng: np.random.Generator) -> str:
    seed = int(rng.integers(1000))
    data = _deal(seed)
    shown = f"networks.practice_digits({seed})"
    call = revive(x=Shown(data.x, f"{shown}[0]"), y=Shown(data.y, f"{shown}[1]"))
    too_large = _("A larger network is not the cure. Keep to {budget:,} parameters.").format(budget=BUDGET)
    model = small_model(call, BUDGET, too_large)
    scores = scores_of(
        call,
        model,
        data.held_x.astype(np.float32),
        _("scores of shape (n, 10) for pixels of shape (n, 64), as they were scanned: 0 to 16"),
        _("Your model does not take the pixels as they were scanned ({error})."),
    )
    share = float(np.mean(scores.argmax(axis=1) == data.held_y))
    if share < ENOUGH:
        raise call.fault(
            _what_is_wrong(model, scores, data),
            expected=_("at least {share:.0%} of {count} digits it never saw").format(
                share=ENOUGH, count=len(data.held_y)
            ),
            received=f"{share:.1%}",
        )
    return _(
        "It reads {share:.1%} of {count} digits it never saw. None of the three faults raised an error; "
        "each alone was enough to ruin it."
    ).format(share=share, count=len(data.held_y))


def _what_is_wrong(model: Any, scores: np.ndarray, data: Digits) -> str:
    """Told by what the model does, the worst first; the weights are asked only why nothing gets through."""
    matrices = [np.asarray(weight) for weight in model.get_weights() if np.ndim(weight) == 2]
    if not np.isfinite(scores).all():
        return _(
            "The scores are no numbers any more: the first steps were so long that the weights ran away."
        )
    if np.ptp(scores, axis=0).max() < 1e-3 * max(1.0, np.abs(scores).max()):
        if any(not weights.any() for weights in matrices):
            return _(
                "It gives every digit the same scores: a layer's weights are all zero, and they stay zero, "
                "because no slope gets through a layer of zeros. Begin with random weights."
            )
        return _(
            "It gives every digit the same scores: its hidden units are dead. Pixels up to 16 make the first "
            "steps so long that no sum is ever positive again. Scale them to 0 to 1."
        )
    if any(weights.shape[1] > 1 and np.ptp(weights, axis=1).max() == 0 for weights in matrices):
        return _(
            "All units of a layer have the same weights, so they get the same slopes and stay the same: many "
            "units that do the work of one. Begin with random weights."
        )
    answers = scores.argmax(axis=1)
    slips = {by: float(np.mean(answers == (data.held_y + by) % 10)) for by in (1, -1)}
    by = max(slips, key=lambda slip: slips[slip])
    if slips[by] > 0.2 and slips[by] > np.mean(answers == data.held_y):
        return _(
            "It reads a {digit} as a {other} and so on, and it does so because it was taught to: the labels "
            "have slipped by one row against the images."
        ).format(digit=3, other=3 + by)
    if not _minds_the_scale(model, data):
        return _(
            "It learns too little in the steps that it is given. Is the rate right, are there enough epochs?"
        )
    return _(
        "It learns badly, or not at all: pixels up to 16 make every slope of the first layer 16 times as "
        "large, and the steps leap. Scale them to 0 to 1, inside the model, so that it takes "
        "pixels as they were scanned."
    )


def _minds_the_scale(model: Any, data: Digits) -> bool:
    """Whether the first layer with weights is given the pixels as large as they were scanned."""
    for layer in getattr(model, "layers", []):
        name = type(layer).__name__
        if name in ("Rescaling", "Normalization", "BatchNormalization", "Lambda"):
            return False
        if layer.get_weights():
            return True
    return True


revive = Exercise(
    key="02/revive",
    handle="networks.revive",
    title=_("Revive a dead network"),
    kind=_("repair, with evidence"),
    words=_(
        "This function builds and trains a reader of digits that reads nothing. It is wrong in three places, "
        "and none of them raises an error. `x` has shape (n, 64): pixels as they were scanned, 0 to 16. `y` "
        "has shape (n,). Return the trained model. It must take pixels as they were scanned, have at most "
        "5,000 parameters and read 88 % of digits that it never saw. The check takes about two seconds. To "
        "look for yourself: `revive(*networks.practice_digits(7))`."
    ),
    signature="revive(x, y)",
    template='''
def revive(x, y):
    """A trained reader of digits. Wrong in three places."""
    model = keras.Sequential([
        keras.Input((64,)),
        keras.layers.Dense(32, activation="relu", kernel_initializer="zeros"),
        keras.layers.Dense(10),
    ])
    x, y = x[:-1], y[1:]          # the labels' file began with a line of headings
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    fit(model, (x, y), loss=loss, optimizer="sgd", learning_rate=0.1, epochs=20, watch=False)
    return model
''',
    given=True,
    hints=(
        _(
            "Three things to look at: the weights before and after training, the numbers that go in, and "
            "a few images beside the labels they are trained with. Which of them is not as you would expect?"
        ),
        _(
            "Zeros stay zeros. Pixels reach 16. And the heading was taken off the labels elsewhere already, "
            "so that here the first real label is lost."
        ),
        _(
            "Leave `kernel_initializer` out; put `keras.layers.Rescaling(1 / 16)` after the input; delete "
            "the line that cuts `x` and `y`."
        ),
    ),
    ours='''
def revive(x, y):
    """A trained reader of digits."""
    model = keras.Sequential([
        keras.Input((64,)),
        keras.layers.Rescaling(1 / 16),                  # 0 to 1
        keras.layers.Dense(32, activation="relu"),       # random weights, which is the default
        keras.layers.Dense(10),
    ])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    fit(model, (x, y), loss=loss, optimizer="sgd", learning_rate=0.1, epochs=20, watch=False)
    return model
''',
    trial=_try_revival,
    answers="bigmodel_nb.exercises.networks.answers.revival:revive",
)
