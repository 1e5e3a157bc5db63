"""Chapter 1: a listing of Adam to repair."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs, values
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _

_EPSILON = 0.05  # so large that it shows where it stands


def _try_adam(adam_step: ReaderFunction, rng: np.random.Generator) -> str:
    for step, shape in ((3, (2,)), (0, (2,)), (12, (3,)), (5, (2, 2))):
        case = telling(partial(_adam, rng, step, shape))
        call = adam_step(**case.inputs)
        w, m, v = call.parts("w", "m", "v")
        _must_average(call, m, v)
        keras = _adam_weights(case.inputs, form="Keras")
        if not values.same(w, keras):
            call.part_must_equal(w, case.expected, *case.suspects, name="w")
    return _(
        "Try step 0: every weight moves by about the rate, however large or small its gradient is. "
        "Without the correction it would not."
    )


def _adam(rng: np.random.Generator, step: int, shape: tuple[int, ...]) -> Case:
    w, m, gradient = (inputs.numbers(rng, *shape) for _name in "wmg")
    v = inputs.numbers(rng, *shape) ** 2
    if step == 0:
        m, v = np.zeros(shape), np.zeros(shape)
    drawn = {
        "w": w,
        "m": m,
        "v": v,
        "gradient": gradient,
        "step": step,
        "rate": 0.1,
        "beta_1": inputs.number(rng, 0.7, 0.9),
        "beta_2": inputs.number(rng, 0.92, 0.99),
        "epsilon": _EPSILON,
    }
    expected = _adam_weights(drawn)
    with np.errstate(all="ignore"):
        return Case(drawn, expected, _adam_suspects(drawn) if step else [])


def _must_average(call: Call, m: object, v: object) -> None:
    """m and v, before anything is made of them."""
    old_m, old_v, g, step, b1, b2 = (
        call.inputs[name] for name in ("m", "v", "gradient", "step", "beta_1", "beta_2")
    )
    new_m, new_v = b1 * old_m + (1 - b1) * g, b2 * old_v + (1 - b2) * g**2
    if values.same(m, new_v) and values.same(v, new_m):
        message = _("m and v are swapped: return w, m, v in this order.")
        raise call.fault(message, expected="(w, m, v)", received="(w, v, m)")
    stored = _(
        "You return the corrected average. Keep m and v as they are, and correct them only on the way to w."
    )
    call.part_must_equal(
        m,
        new_m,
        Suspect(b1 * old_m + g, _("m is not an average: the gradient comes in with the share 1 - beta_1.")),
        Suspect(
            (1 - b1) * old_m + b1 * g, _("The shares in m are swapped: beta_1 is what is kept of the old m.")
        ),
        Suspect(b2 * old_m + (1 - b2) * g, _("m keeps the share beta_2. It belongs to v; m keeps beta_1.")),
        Suspect(
            b1 * old_m + (1 - b1) * g**2, _("m averages the gradient itself; the square belongs into v.")
        ),
        Suspect(new_m / (1 - b1 ** (step + 1)), stored),
        Suspect(old_m, _("m comes back as it was: it must be the new average.")),
        name="m",
    )
    call.part_must_equal(
        v,
        new_v,
        Suspect(
            b2 * old_v + (1 - b2) * g,
            _("v averages the gradient. It must average the square of the gradient."),
        ),
        Suspect(
            b2 * old_v + (1 - b2) * np.abs(g), _("v averages the size of the gradient. Average its square.")
        ),
        Suspect(
            b2 * old_v + ((1 - b2) * g) ** 2,
            _("You square 1 - beta_2 as well. Only the gradient is squared."),
        ),
        Suspect(b2 * old_v + g**2, _("v is not an average: the square comes in with the share 1 - beta_2.")),
        Suspect(
            (1 - b2) * old_v + b2 * g**2,
            _("The shares in v are swapped: beta_2 is what is kept of the old v."),
        ),
        Suspect(
            b1 * old_v + (1 - b1) * g**2, _("v keeps the share beta_1. It belongs to m; v keeps beta_2.")
        ),
        Suspect(new_v / (1 - b2 ** (step + 1)), stored),
        Suspect(old_v, _("v comes back as it was: it must be the new average.")),
        name="v",
    )


def _adam_weights(
    drawn: dict,
    form: str = "paper",
    first: int = 1,
    correct_m: bool = True,
    correct_v: bool = True,
) -> np.ndarray:
    """The new weights. D. P. Kingma, J. Ba, 2014, "Adam: a method for stochastic optimization".

    `form` says where epsilon stands: "paper" (algorithm 1; PyTorch), "Keras" (the paper's section 2,
    added before the correction) or "inside" (the misconception: under the root). `first` is what the
    first step counts as.
    """
    w, m, v, g, step, rate, b1, b2, epsilon = drawn.values()
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
    m = m / (1 - b1 ** (step + first)) if correct_m else m
    scale = 1 - b2 ** (step + first) if correct_v else 1.0
    if form == "inside":
        return w - rate * m / np.sqrt(v / scale + epsilon)
    if form == "Keras":
        return w - rate * m * np.sqrt(scale) / (np.sqrt(v) + epsilon)
    return w - rate * m / (np.sqrt(v / scale) + epsilon)


def _adam_suspects(drawn: dict) -> list[Suspect]:
    w, m, v, g, step, rate, b1, b2, epsilon = drawn.values()
    count = _(
        "Your steps are counted from 0 in the correction: at step 0 that divides by 1 - beta**0 = 0. Use "
        "step + 1."
    )
    neither = _("The correction is missing: m and v start at zero and are too small at first.")
    no_m = _(
        "m is not corrected: it starts at zero and is too small at first. Divide it by 1 - beta_1**(step "
        "+ 1)."
    )
    no_v = _(
        "v is not corrected: it starts at zero and is too small at first. Divide it by 1 - beta_2**(step "
        "+ 1)."
    )
    inside = _(
        "epsilon stands under the root. It is added after the root, to keep the division away from zero."
    )
    wanted = _adam_weights(drawn)
    m_hat = (b1 * m + (1 - b1) * g) / (1 - b1 ** (step + 1))
    v_hat = (b2 * v + (1 - b2) * g**2) / (1 - b2 ** (step + 1))
    suspects = [
        Suspect(2 * w - wanted, _("The sign is wrong: this step goes uphill.")),
        Suspect(w - rate * m_hat / (v_hat + epsilon), _("The root is missing: divide by the root of v.")),
        Suspect(
            w - rate * g / (np.sqrt(v_hat) + epsilon), _("m is never used: w moves by the bare gradient.")
        ),
        Suspect(w - m_hat / (np.sqrt(v_hat) + epsilon), _("The rate is missing.")),
        Suspect(w - rate * m_hat, _("v is never used: nothing scales the step of each weight.")),
        Suspect(w, _("w comes back as it was: nothing has moved.")),
    ]
    for form in ("paper", "Keras", "inside"):
        suspects += [
            Suspect(_adam_weights(drawn, form, first=0), count),
            Suspect(_adam_weights(drawn, form, correct_m=False, correct_v=False), neither),
            Suspect(_adam_weights(drawn, form, correct_m=False), no_m),
            Suspect(_adam_weights(drawn, form, correct_v=False), no_v),
        ]
    return [*suspects, Suspect(_adam_weights(drawn, "inside"), inside)]


adam = Exercise(
    key="01/adam",
    handle="descent.adam",
    title=_("Adam"),
    kind=_("repair"),
    words=_(
        "Repair this listing of Adam; it is wrong in three places. `m` is a running average of the "
        "gradient, `v` of its square; both start at zero, which the division by `1 - beta**t` makes up "
        "for, with t = 1 for the first step. `step` counts from 0. `epsilon` only keeps the division "
        "away from zero. Return the new `w`, `m` and `v`."
    ),
    signature="adam_step(w, m, v, gradient, step, rate, beta_1, beta_2, epsilon)",
    template='''
def adam_step(w, m, v, gradient, step, rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """One step of Adam: the new w, m and v. Wrong in three places."""
    t = step
    m = beta_1 * m + (1 - beta_1) * gradient
    v = beta_2 * v + (1 - beta_2) * gradient
    m_hat = m / (1 - beta_1**t)
    v_hat = v / (1 - beta_2**t)
    w = w - rate * m_hat / np.sqrt(v_hat + epsilon)
    return w, m, v
''',
    given=True,
    hints=(
        _(
            "Put in step = 0 with m and v zero, and follow the numbers line by line. Where does it stop "
            "making sense?"
        ),
        _("One fault is in what `v` averages, one in how steps are counted, one in where `epsilon` stands."),
        _("`t = step + 1`; `gradient**2` in `v`; and `np.sqrt(v_hat)` first, then `+ epsilon`."),
    ),
    ours='''
def adam_step(w, m, v, gradient, step, rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """One step of Adam: the new w, m and v."""
    t = step + 1                                         # 1 - beta**0 would be zero
    m = beta_1 * m + (1 - beta_1) * gradient
    v = beta_2 * v + (1 - beta_2) * gradient**2          # the square: how large, whatever its sign
    m_hat = m / (1 - beta_1**t)
    v_hat = v / (1 - beta_2**t)
    w = w - rate * m_hat / (np.sqrt(v_hat) + epsilon)    # epsilon after the root
    return w, m, v
''',
    trial=_try_adam,
    answers="bigmodel_nb.exercises.descent.answers.adam_rule:adam",
)
