"""What the reader is asked before probabilities of the next token are shown."""

from __future__ import annotations

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.prediction import Prediction

QUESTIONS = ("temperature to 0", "temperature to infinity", "top-k 1")


def sampling_question(name: str) -> Prediction:
    """The question called `name`, one of `QUESTIONS`."""
    same, likely, alike = (
        _("the model's own probabilities"),
        _("always the most probable token"),
        _("every token equally often"),
    )
    if name == "temperature to 0":
        return Prediction(
            "05/temperature-to-zero",
            _("The temperature goes to 0. What is drawn?"),
            [same, likely, alike],
            truth=likely,
            explanation=_(
                "Divided by a small number, the differences between the logits grow without end, and the "
                "largest takes all. The text then is the same whatever the seed, and often repeats itself."
            ),
        )
    if name == "temperature to infinity":
        return Prediction(
            "05/temperature-to-infinity",
            _("The temperature goes to infinity. What is drawn?"),
            [same, likely, alike],
            truth=alike,
            explanation=_(
                "Divided by a large number, all logits come close to 0, and a softmax of equal numbers gives "
                "each token 1/V. Nothing of what the model learned is left."
            ),
        )
    return Prediction(
        "05/top-k-one",
        _("top-k is 1 and the temperature 2. What does a higher temperature change?"),
        [_("nothing"), _("the text gets more varied"), _("the text gets more repetitive")],
        truth=_("nothing"),
        explanation=_(
            "One token stays, and it gets all the probability. Temperature changes how probable tokens are, "
            "not which of them is first: top-k 1 is greedy at any temperature."
        ),
    )
