"""Chapter 3: inverted dropout."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises import inputs, values
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.values import Shown
from bigmodel_nb.language import gettext as _

SHAPE = (40, 50)  # by chance, a share is off by 0.01
CLOSE = 0.06


def _try_dropout(dropout: ReaderFunction, rng: np.random.Generator) -> str:
    still = inputs.numbers(rng, 2, 4)
    call = dropout(x=still, rate=0.5, training=False, rng=_generator(rng))
    if not values.same(call.value, still):
        zeros = values.as_numbers(call.value)
        message = _("Outside of training everything passes as it is. Rescaling belongs to training.")
        if zeros is not None and (zeros == 0).any():
            message = _("It drops units where training is False, too. A prediction must not depend on luck.")
        raise call.fault(message, expected=values.text(still), received=values.text(call.value))
    x = Shown(np.ones(SHAPE), f"np.ones({SHAPE})")
    for rate in (0.2, 0.75):
        generator = _generator(rng)
        call = dropout(x=x, rate=rate, training=True, rng=generator)
        _judge(call, rate)
        again = dropout(x=x, rate=rate, training=True, rng=_fresh(generator.code))
        if not np.array_equal(np.asarray(call.value), np.asarray(again.value)):
            raise again.fault(
                _("Two generators of the same seed drop different units: draw from rng alone."),
                expected=_("the same zeros both times"),
                received=_("other zeros"),
            )
    return _("What is left grows so that the sum stays, on average; so a prediction needs no correction.")


def _generator(rng: np.random.Generator) -> Shown:
    return _fresh(f"np.random.default_rng({int(rng.integers(1000))})")


def _fresh(code: str) -> Shown:
    return Shown(np.random.default_rng(int(code.rpartition("(")[2].rstrip(")"))), code)


def _judge(call: Call, rate: float) -> None:
    out = values.as_numbers(call.value)
    if out is None or out.shape != SHAPE:
        raise call.fault(
            _("What comes back must have the shape of x."),
            expected=_("an array of shape {shape}").format(shape=SHAPE),
            received=values.text(call.value),
        )
    dropped = float(np.mean(out == 0))
    alike = (np.all((out == 0) == (out[0] == 0)), np.all((out == 0) == (out[:, :1] == 0)))
    shares = _("{dropped:.0%} zeros")
    expected = shares.format(dropped=rate)
    if dropped in (0.0, 1.0):
        nothing = _("Nothing is dropped in training.") if dropped == 0 else _("Everything is dropped.")
        raise call.fault(nothing, expected=expected, received=shares.format(dropped=dropped))
    if any(alike):
        raise call.fault(
            _("Each entry falls by itself. Draw one number for each entry of x, in the shape of x."),
            expected=_("another choice in each row and column"),
            received=_("the same choice in every row") if alike[0] else _("the same choice in every column"),
        )
    if abs(dropped - rate) > CLOSE:
        message = _("The share that is dropped must be rate.")
        if abs(dropped - (1 - rate)) < CLOSE:
            message = _("rate is the share that is dropped; you take it for the share that is kept.")
        raise call.fault(message, expected=expected, received=shares.format(dropped=dropped))
    left = np.unique(out[out != 0])
    wanted = 1 / (1 - rate)
    if len(left) > 1 or not np.isclose(left[0], wanted, rtol=1e-5):
        message = _("What is left must be 1 / (1 - rate) times what it was.")
        if np.allclose(left, 1):
            message = _(
                "What is left is not rescaled: the layer above would see less in training than later."
            )
        elif np.allclose(left, 1 - rate):
            message = _("You multiply what is left by 1 - rate. Divide by it: what is left must grow.")
        elif np.allclose(left, 1 / rate):
            message = _("You divide by rate. What is left is the share 1 - rate.")
        raise call.fault(
            message,
            expected=_("ones become 0 or {value:.4g}").format(value=wanted),
            received=_("0 or {value}").format(value=" or ".join(f"{one:.4g}" for one in left[:3])),
        )


dropout = Exercise(
    key="03/dropout",
    handle="regularization.dropout",
    title=_("Inverted dropout"),
    kind=_("write"),
    words=_(
        "In training, set each entry of `x` to 0 with probability `rate`, each by itself, and rescale the "
        "rest so that the sum stays the same on average. Otherwise return `x` as it is. Draw from the NumPy "
        "generator `rng`."
    ),
    signature="dropout(x, rate, training, rng)",
    template='''
def dropout(x, rate, training, rng):
    """Drops a share `rate` of the entries of x in training; leaves x alone otherwise."""
    if not training:
        return ...
    kept = ...                # True or False for each entry
    return ...
''',
    hints=(
        _("If a share of 0.75 falls, by how much must each of the others grow, so that their sum stays?"),
        _("The share 1 - rate is left, so divide by it. One number between 0 and 1 for each entry decides."),
        _("`kept = rng.random(x.shape) >= rate`, then `x * kept / (1 - rate)`."),
    ),
    ours='''
def dropout(x, rate, training, rng):
    """Drops a share `rate` of the entries of x in training; leaves x alone otherwise."""
    if not training:
        return x
    kept = rng.random(x.shape) >= rate
    return x * kept / (1 - rate)
''',
    trial=_try_dropout,
    answers="bigmodel_nb.exercises.regularization.answers.dropout_masks:dropout",
)
