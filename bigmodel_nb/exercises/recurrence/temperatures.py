"""Chapter 5: the probabilities of the next token at a temperature."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs, values
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _


def _softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max())
    return raised / raised.sum()


def _try_temperature(with_temperature: ReaderFunction, rng: np.random.Generator) -> str:
    for temperature in (0.5, 2.0, 1.0):
        with_temperature.try_case(telling(partial(_case, rng, temperature)))
    _try_cold(with_temperature, rng)
    _try_large(with_temperature, rng)
    return _(
        "Towards 0 the likeliest token takes all, towards infinity all become equal. The order of the "
        "tokens never changes."
    )


def _case(rng: np.random.Generator, temperature: float) -> Case:
    logits = np.round(inputs.numbers(rng, int(rng.integers(4, 7))), 1)
    right = _softmax(logits / temperature)
    suspects = [
        Suspect(logits / temperature, _("These are logits still. The softmax is missing.")),
        Suspect(np.exp(logits / temperature), _("They do not add up to 1: divide by the sum of all.")),
        Suspect(np.log(right), _("These are logarithms of probabilities. Return the probabilities.")),
        Suspect(np.eye(len(logits))[logits.argmax()], _("That is temperature 0: the largest takes all.")),
    ]
    if temperature != 1:
        plain = _softmax(logits)
        suspects += [
            Suspect(
                _softmax(logits * temperature),
                _("You multiply by the temperature. Divide: hot makes the logits small, and all more alike."),
            ),
            Suspect(
                plain,
                _(
                    "The temperature changes nothing. Divide the logits by it before the softmax; "
                    "probabilities that are divided and scaled back to a sum of 1 are what they were."
                ),
            ),
            Suspect(plain / temperature, _("You divide the probabilities. Divide the logits, then softmax.")),
            Suspect(
                _softmax(plain / temperature),
                _("You divide probabilities and take a softmax of them. Divide the logits."),
            ),
        ]
    return Case({"logits": logits, "temperature": temperature}, right, suspects)


def _try_cold(with_temperature: ReaderFunction, rng: np.random.Generator) -> None:
    logits = inputs.numbers(rng, 5)
    right = np.eye(5)[logits.argmax()]
    call = with_temperature(logits=logits, temperature=0)
    found = values.as_numbers(call.value)
    if found is not None and not np.isfinite(found).all():
        raise call.fault(
            _("At temperature 0 you divide by 0. Give that case an answer of its own: all on the largest."),
            expected=values.text(right),
            received=values.text(found),
        )
    call.must_equal(
        right,
        Suspect(_softmax(logits), _("At temperature 0 the largest takes all; you give what 1 gives.")),
        Suspect(np.full(5, 0.2), _("All alike is what an infinite temperature gives. At 0: the largest.")),
        Suspect(np.eye(5)[logits.argmin()], _("All on the smallest? At temperature 0: the largest.")),
        Suspect(logits.argmax(), _("You return which token it is. Return the probabilities of all.")),
        Suspect(np.zeros(5), _("The probabilities must add up to 1 at temperature 0, too.")),
    )


def _try_large(with_temperature: ReaderFunction, rng: np.random.Generator) -> None:
    logits = 400 * np.round(np.abs(inputs.numbers(rng, 4)) + 1, 1)
    right = _softmax(logits / 0.5)
    call = with_temperature(logits=logits, temperature=0.5)
    found = values.as_numbers(call.value)
    if found is not None and not np.isfinite(found).all():
        raise call.fault(
            _("Large logits overflow. Subtract the largest before exp: the softmax does not notice."),
            expected=values.text(right),
            received=values.text(found),
        )
    call.must_equal(right)


with_temperature = Exercise(
    key="05/with-temperature",
    handle="recurrence.with_temperature",
    title=_("Sampling with temperature"),
    kind=_("write"),
    words=_(
        "`logits` (V,) are the scores of the next token. Return the probabilities (V,) from which to draw at "
        "a `temperature`: the softmax of the logits divided by it. At temperature 0 the largest logit takes "
        "all. Logits may be in the thousands."
    ),
    signature="with_temperature(logits, temperature)",
    template='''
def with_temperature(logits, temperature):
    """The probabilities (V,) of the next token at a temperature of 0 or more."""
    if temperature == 0:
        return ...
    scaled = ...
    return ...
''',
    hints=(
        _("At a high temperature all tokens shall be nearly alike. Must the logits shrink or grow for it?"),
        _(
            "Divide the logits, then take the softmax. Subtract the largest before exp, so that nothing "
            "overflows. At 0, put 1 where the largest logit is."
        ),
        _("`scaled = (logits - logits.max()) / temperature`; at 0: `np.eye(len(logits))[...]`"),
    ),
    ours='''
def with_temperature(logits, temperature):
    """The probabilities (V,) of the next token at a temperature of 0 or more."""
    if temperature == 0:
        return np.eye(len(logits))[np.argmax(logits)]
    scaled = np.exp((logits - np.max(logits)) / temperature)
    return scaled / scaled.sum()
''',
    trial=_try_temperature,
    answers="bigmodel_nb.exercises.recurrence.answers.temperatures:temperatures",
)
