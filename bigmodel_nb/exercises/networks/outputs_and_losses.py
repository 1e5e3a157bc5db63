"""Chapter 2: which output a question wants, and which loss goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.exercises import unfinished
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.fault import Fault, Unfinished
from bigmodel_nb.language import gettext as _

SQUARED, BINARY, SPARSE, ONE_HOT = (
    "mean_squared_error",
    "binary_crossentropy",
    "sparse_categorical_crossentropy",
    "categorical_crossentropy",
)
ABSOLUTE = "mean_absolute_error"
LOSSES = (SQUARED, ABSOLUTE, BINARY, SPARSE, ONE_HOT)
ACTIVATIONS = ("linear", "sigmoid", "softmax", "relu", "tanh")


@dataclass(frozen=True)
class Question:
    """What is asked, and every choice (units, activation, loss) that answers it."""

    words: str
    right: tuple[tuple[int, str, str], ...]


QUESTIONS = {
    "progression": Question(
        _("how far diabetes has progressed, a number from 25 to 346"),
        ((1, "linear", SQUARED), (1, "linear", ABSOLUTE)),
    ),
    "tumor": Question(
        _("benign, yes or no; labels 0 and 1"),
        ((1, "sigmoid", BINARY), (2, "softmax", SPARSE)),
    ),
    "digit": Question(_("one of ten digits; labels 0 to 9"), ((10, "softmax", SPARSE),)),
    "scores": Question(
        _("one of ten digits; labels 0 to 9; the loss is built with from_logits=True"),
        ((10, "linear", SPARSE),),
    ),
    "toppings": Question(
        _("which of five toppings are on the pizza: any number of them; five zeros or ones a label"),
        ((5, "sigmoid", BINARY),),
    ),
}


def _try_choices(answer: Any, rng: np.random.Generator) -> str:
    if not isinstance(answer, dict) or set(answer) != set(QUESTIONS):
        raise Fault(
            _("Give the check the dict, with one choice for each of the five questions."),
            expected=", ".join(QUESTIONS),
            received=", ".join(map(str, answer)) if isinstance(answer, dict) else type(answer).__name__,
        )
    for name, question in QUESTIONS.items():
        units, activation, loss = _choice(name, answer[name])
        if (units, activation, loss) in question.right:
            continue
        raise Fault(
            _what_is_wrong(name, units, activation, loss),
            given=f"{name}: {question.words}",
            expected=_("an output that can say every answer and nothing else, with the loss made for it"),
            received=f"{(units, activation, loss)!r}",
        )
    return _(
        "The question decides the output, and the output decides the loss. Nothing else has a say, not even "
        "the optimizer."
    )


def _choice(name: str, given: Any) -> tuple[int, str, str]:
    if unfinished.holds_dots(given):
        raise Unfinished(_("Replace the ... and run the cell again."))
    expected = _('three things: units, activation, loss, as in (1, "linear", "mean_squared_error")')
    if not isinstance(given, tuple | list) or len(given) != 3:
        message = _("The choice for {name} must be three things.").format(name=name)
        raise Fault(message, expected=expected, received=repr(given)[:200])
    units, activation, loss = given
    activation = "linear" if activation is None else str(getattr(activation, "__name__", activation)).lower()
    loss = {"mse": SQUARED, "mae": ABSOLUTE}.get(str(loss).lower(), str(loss).lower())
    for what, word, known in (
        (_("activation"), activation, ACTIVATIONS),
        (_("loss"), loss, LOSSES),
    ):
        if word not in known:
            message = _("{name}: the {what} {word!r} is not on the list.").format(
                name=name, what=what, word=word
            )
            raise Fault(message, expected=", ".join(known), received=word)
    if isinstance(units, bool | np.bool_) or not isinstance(units, int | np.integer) or units < 1:
        message = _("{name}: a number of units is a whole number above zero.").format(name=name)
        raise Fault(message, expected=expected, received=repr(given))
    return int(units), activation, loss


def _what_is_wrong(name: str, units: int, activation: str, loss: str) -> str:
    if activation == "softmax" and units == 1:
        return _("Softmax of one unit is 1, whatever its score: one class always gets everything.")
    if name == "scores" and activation == "softmax":
        return _(
            "With from_logits=True the loss applies softmax itself. With yours that is softmax twice: "
            "however sure it is, the loss of ten classes stays above 1.46. (Keras notices where softmax "
            "comes last.)"
        )
    if loss == ONE_HOT:
        return (
            _(
                "categorical_crossentropy wants one-hot rows as labels. These labels are whole numbers, and "
                "Keras stops with a ValueError: they want the sparse one."
            )
            if name in ("digit", "scores", "tumor")
            else _(
                "categorical_crossentropy is for one right class of several. That is not the question here."
            )
        )
    return {
        "progression": _wrong_for_a_number,
        "tumor": _wrong_for_yes_or_no,
        "digit": _wrong_for_one_of_ten,
        "scores": _wrong_for_one_of_ten,
        "toppings": _wrong_for_toppings,
    }[name](units, activation, loss)


def _wrong_for_a_number(units: int, activation: str, loss: str) -> str:
    if units != 1:
        return _("One number is asked for: one unit.")
    if activation in ("sigmoid", "tanh"):
        return _("This output never leaves the range to 1, and the answer is between 25 and 346.")
    if activation == "relu":
        return _("An output with relu can die: once its sum is negative it says 0, and its slope is 0.")
    return _("A cross-entropy compares probabilities. For a number, take the squared error.")


def _wrong_for_yes_or_no(units: int, activation: str, loss: str) -> str:
    if loss in (SQUARED, ABSOLUTE):
        return _squared_for_classes()
    if activation not in ("sigmoid", "softmax"):
        return _("This output is no probability, and the loss takes its logarithm. One sigmoid does it.")
    if loss == SPARSE and activation == "sigmoid":
        return _(
            "The sparse loss wants one probability for each class, adding up to 1. For one sigmoid, take "
            "binary_crossentropy."
        )
    if units > 2 or (units == 2 and activation == "sigmoid"):
        return _("Yes or no is one probability: one sigmoid, or two classes that share a softmax.")
    return _("Two classes with softmax, labeled 0 and 1, want the sparse loss.")


def _wrong_for_one_of_ten(units: int, activation: str, loss: str) -> str:
    if loss in (SQUARED, ABSOLUTE):
        return _squared_for_classes()
    if units != 10:
        return _(
            "Ten answers are possible, so there are ten units. The digit's value is a name, not a quantity."
        )
    if loss == BINARY:
        return _("That loss asks ten yes-or-no questions. Here exactly one class is right.")
    if activation == "sigmoid":
        return _(
            "Ten sigmoids do not compete: they need not add up to 1. Exactly one class is right: softmax."
        )
    return _("These outputs are no probabilities, and this loss takes them for such.")


def _wrong_for_toppings(units: int, activation: str, loss: str) -> str:
    if activation == "softmax" or loss == SPARSE:
        return _(
            "Softmax lets the toppings compete, as if there were one. Each is a yes-or-no question of its "
            "own."
        )
    if loss in (SQUARED, ABSOLUTE):
        return _squared_for_classes()
    if units != 5:
        return _("Five toppings, each there or not: five units.")
    return _("These outputs are no probabilities, and this loss takes them for such.")


def _squared_for_classes() -> str:
    return _(
        "A squared error of probabilities has next to no slope where the network is sure and wrong. The "
        "cross-entropy has most there."
    )


match_output_and_loss = Exercise(
    key="02/match-output-and-loss",
    handle="networks.match_output_and_loss",
    title=_("Match output and loss"),
    kind=_("predict"),
    words=_(
        "For each question choose the last layer and the loss, as (units, activation, loss). Activations: "
        '`"linear"`, `"sigmoid"`, `"softmax"`, `"relu"`, `"tanh"`. Losses: `"mean_squared_error"`, '
        '`"binary_crossentropy"`, `"sparse_categorical_crossentropy"`, `"categorical_crossentropy"`.'
    ),
    signature="choices",
    template="""
choices = {
    "progression": ...,  # how far diabetes has progressed, a number from 25 to 346
    "tumor": ...,        # benign, yes or no; labels 0 and 1
    "digit": ...,        # one of ten digits; labels 0 to 9
    "scores": ...,       # the same, but the loss is built with from_logits=True
    "toppings": ...,     # which of five toppings a pizza has; labels such as [0, 1, 1, 0, 0]
}
""",
    hints=(
        _(
            "What can the output say: any number, one probability, several that add up to 1, several that "
            "need not?"
        ),
        _(
            "A quantity: linear and squared error. Yes or no: sigmoid and binary cross-entropy. One of "
            "several, with whole numbers as labels: softmax and the sparse one. from_logits=True says that "
            "the loss does the softmax."
        ),
        _(
            '`"digit": (10, "softmax", "sparse_categorical_crossentropy")`; five toppings are five '
            "yes-or-nos."
        ),
    ),
    ours="""
choices = {
    "progression": (1, "linear", "mean_squared_error"),
    "tumor": (1, "sigmoid", "binary_crossentropy"),
    "digit": (10, "softmax", "sparse_categorical_crossentropy"),
    "scores": (10, "linear", "sparse_categorical_crossentropy"),   # the loss applies softmax itself
    "toppings": (5, "sigmoid", "binary_crossentropy"),
}
""",
    trial=_try_choices,
    answers="bigmodel_nb.exercises.networks.answers.outputs_and_losses:choices",
)
