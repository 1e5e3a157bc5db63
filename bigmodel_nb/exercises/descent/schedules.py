"""Chapter 1: warm-up, then half a cosine wave down."""

from __future__ import annotations

from functools import partial
from math import cos, pi
from typing import Any

import numpy as np

from bigmodel_nb.exercises import inputs, values
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, difference, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _


def _try_schedule(rate_at: ReaderFunction, rng: np.random.Generator) -> str:
    for _plan in range(2):
        case = telling(partial(_curve, rng))
        plan, steps = case.inputs, len(case.expected)
        calls = [rate_at(step=step, **plan) for step in range(steps)]
        rates = [_rate(call, wanted) for call, wanted in zip(calls, case.expected, strict=True)]
        _judge(calls, np.array(rates), case)
    return _("A line up to the peak, half a wave down to the end, and no jump where they meet.")


def _curve(rng: np.random.Generator) -> Case:
    """The whole curve, from step 0 to the end, and what it is under misconceptions."""
    plan: dict[str, Any] = {
        "peak": inputs.number(rng, 0.2, 0.8),
        "warmup_epochs": int(rng.integers(2, 4)),
        "epochs": int(rng.integers(7, 11)),
        "steps_per_epoch": int(rng.integers(4, 7)),
        "final": inputs.number(rng, 0.05, 0.2),
    }
    peak, warmup_epochs, epochs, each, final = plan.values()
    warmup, total = warmup_epochs * each, epochs * each

    def curve(up: Any = None, progress: Any = None, down: Any = None, until: int = warmup) -> list[float]:
        up = up or (lambda step: peak * step / until)
        progress = progress or (lambda step: (step - warmup) / (total - warmup))
        down = down or (lambda share: peak * (final + (1 - final) * (1 + cos(pi * share)) / 2))
        return [up(step) if step < until else down(progress(step)) for step in range(total + 1)]

    in_epochs = _(
        "epochs are taken for steps: step counts batches. Turn both lengths into steps, times "
        "steps_per_epoch."
    )
    jump = _(
        "The rate jumps where the warm-up ends: your wave has been running since step 0. "
        "Let it begin there: progress is 0 at the end of the warm-up."
    )
    stairs = _("The rate stays the same for a whole epoch. It must change with every step.")
    half = (total - warmup) / 2
    suspects = [
        Suspect(curve(progress=lambda step: step / total), jump),
        Suspect(curve(up=lambda step: peak), _("There is no warm-up: the rate starts at the peak.")),
        Suspect(
            curve(up=lambda step: peak * (1 - step / warmup)),
            _("The warm-up goes down, from the peak to 0. It must go up."),
        ),
        Suspect(
            curve(up=lambda step: peak * (step + 1) / warmup),
            _(
                "Your warm-up is one step early: it is 0 at step 0 and reaches the peak at its end, not "
                "before."
            ),
        ),
        Suspect(
            curve(up=lambda step: peak * step / total),
            _(
                "Your warm-up climbs towards the end of the run and falls short of the peak: divide by "
                "its own length."
            ),
        ),
        Suspect(
            curve(progress=lambda step: (step - warmup) / total),
            _(
                "The rate never reaches its end: progress stops short of 1. Divide by the steps that are "
                "left."
            ),
        ),
        Suspect(
            curve(down=lambda share: peak * (1 + cos(pi * share)) / 2),
            _("The rate ends at 0, not at final * peak."),
        ),
        Suspect(
            curve(down=lambda share: final + (peak - final) * (1 + cos(pi * share)) / 2),
            _("final is taken for a rate. It is a share of the peak: the rate ends at final * peak."),
        ),
        Suspect(
            curve(down=lambda share: peak * max(final, (1 + cos(pi * share)) / 2)),
            _(
                "The wave is cut off at final. It must flatten out there: stretch it from the peak to "
                "final * peak."
            ),
        ),
        Suspect(
            curve(down=lambda share: peak * (final + (1 - final) * (1 - share))),
            _("The rate falls along a straight line. It must follow half a cosine wave."),
        ),
        Suspect(
            curve(down=lambda share: peak * (final + (1 - final) * cos(pi * share / 2))),
            _(
                "That is a quarter of a wave: it ends steeply. Half a wave, (1 + cos(pi * progress)) / "
                "2, ends flat."
            ),
        ),
        Suspect(
            curve(down=lambda share: peak * (final + (1 - final) * (1 + cos(pi * share)))),
            _("The wave starts at twice the peak: 1 + cos goes from 2 to 0, so halve it."),
        ),
        Suspect(
            curve(progress=lambda step: (step - warmup) / half),
            _("That is a whole wave: the rate is back at the peak in the end. Half a wave goes down only."),
        ),
    ]
    for ends in (total, epochs):
        for clipped in (True, False):

            def share(step: int, ends: int = ends, clipped: bool = clipped) -> float:
                progress = (step - warmup_epochs) / (ends - warmup_epochs)
                return min(progress, 1.0) if clipped else progress

            suspects.append(Suspect(curve(progress=share, until=warmup_epochs), in_epochs))
    whole = [
        peak * (step // each) / warmup_epochs
        if step // each < warmup_epochs
        else peak
        * (
            final
            + (1 - final) * (1 + cos(pi * (step // each - warmup_epochs) / (epochs - warmup_epochs))) / 2
        )
        for step in range(total + 1)
    ]
    return Case(plan, curve(), [*suspects, Suspect(whole, stairs)])


def _rate(call: Call, wanted: float) -> float:
    rate = values.as_numbers(call.value)
    if rate is None or rate.size != 1:
        raise call.fault(
            _("Your function must return one number."),
            expected=values.text(wanted),
            received=values.text(call.value),
        )
    return float(rate.reshape(()))


def _judge(calls: list[Call], rates: np.ndarray, case: Case) -> None:
    """Compare the whole curve; the first step that is off is the one that is shown."""
    expected = np.array(case.expected)
    if values.same(rates, expected):
        return
    peak, warmup_epochs, _epochs, each, final = case.inputs.values()
    warmup = warmup_epochs * each
    with np.errstate(invalid="ignore"):
        off = ~(np.abs(rates - expected) <= 1e-5 * peak)
    first = int(np.argmax(off))
    for suspect in case.suspects:
        if values.same(rates, suspect.value):
            message = suspect.message
            break
    else:
        if not np.isfinite(rates).all():
            message = difference(rates[first], expected[first], name=_("the rate"))
        elif off[0]:
            message = _("The rate starts at {rate:.4g}. Warm-up starts from 0.").format(rate=rates[0])
        elif first < warmup:
            message = _(
                "The rate is wrong during the warm-up: a straight line from 0 to the peak is expected."
            )
        elif first == warmup:
            message = _(
                "The rate jumps where the warm-up ends: at step {step} it must be the peak, {peak:.4g}."
            ).format(step=warmup, peak=peak)
        elif off[-1]:
            message = _("The rate ends at {rate:.4g}, not at final * peak = {end:.4g}.").format(
                rate=rates[-1], end=final * peak
            )
        else:
            message = _("The way down is not half a cosine wave, although both of its ends are right.")
    shown = values.texts(expected[first], rates[first])
    raise calls[first].fault(message, expected=shown[0], received=shown[1])


warmup_cosine = Exercise(
    key="01/warmup-cosine",
    handle="descent.warmup_cosine",
    title=_("Warm-up and cosine"),
    kind=_("write"),
    words=_(
        "Give the learning rate of a step. The run is planned in epochs of `steps_per_epoch` steps each; "
        "`step` counts steps from 0 through the whole run. During `warmup_epochs` the rate climbs along "
        "a straight line from 0 to `peak`, which it reaches when the warm-up is over. From there it "
        "falls along half a cosine wave and reaches `final * peak` at the end of all `epochs`."
    ),
    signature="rate_at(step, peak, warmup_epochs, epochs, steps_per_epoch, final)",
    template='''
def rate_at(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    """The learning rate of one step: a line up to peak, half a cosine wave down to final * peak."""
    warmup = ...          # in steps
    total = ...           # in steps
    if step < warmup:
        return ...
    progress = ...        # 0 where the warm-up ends, 1 where the run ends
    return ...
''',
    hints=(
        _(
            "In which unit is `step`, and in which are the two lengths? What is the rate at the very "
            "step where both parts meet?"
        ),
        _(
            "After the warm-up, `(step - warmup) / (total - warmup)` goes from 0 to 1, and "
            "`(1 + np.cos(np.pi * progress)) / 2` from 1 to 0. Stretch that so that it ends at `final`."
        ),
        _(
            "`return peak * (final + (1 - final) * (1 + np.cos(np.pi * progress)) / 2)`; the line is "
            "`peak * step / warmup`."
        ),
    ),
    ours='''
def rate_at(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    """The learning rate of one step: a line up to peak, half a cosine wave down to final * peak."""
    warmup = warmup_epochs * steps_per_epoch
    total = epochs * steps_per_epoch
    if step < warmup:
        return peak * step / warmup
    progress = (step - warmup) / (total - warmup)
    return peak * (final + (1 - final) * (1 + np.cos(np.pi * progress)) / 2)
''',
    trial=_try_schedule,
    answers="bigmodel_nb.exercises.descent.answers.schedules:schedule",
)
