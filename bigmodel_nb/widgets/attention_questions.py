"""What the reader is asked before an `AttentionExplorer` shows anything."""

from __future__ import annotations

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.prediction import Prediction

QUESTIONS = ("unscaled", "shuffle", "no mask")


def attention_question(name: str) -> Prediction:
    """The question called `name`, one of `QUESTIONS`."""
    return {"unscaled": _unscaled, "shuffle": _shuffle, "no mask": _no_mask}[name]()


def _unscaled() -> Prediction:
    one = _("nearly all of it on one token")
    return Prediction(
        "06/unscaled",
        _(
            "Queries and keys have 256 numbers each, drawn with variance 1, and the scores are not divided "
            "by √256. How does the softmax spread the weight of a row?"
        ),
        [_("evenly"), _("about as with the scaling"), one],
        truth=one,
        explanation=_(
            "A product of 256 such numbers has variance 256: scores of ±16 and more. The softmax then puts "
            "nearly everything on the largest one, and its slopes are next to zero."
        ),
    )


def _shuffle() -> Prediction:
    same = _("the same numbers in another order")
    return Prediction(
        "06/shuffle",
        _(
            "A model without positions and without a mask reads the same tokens in another order. What comes "
            "out for each token?"
        ),
        [same, _("other numbers"), _("noise")],
        truth=same,
        explanation=_(
            "A sum does not depend on the order of what is added. Without positions the model sees a bag of "
            "tokens."
        ),
    )


def _no_mask() -> Prediction:
    small = _("it falls to nearly 0")
    return Prediction(
        "06/no-mask",
        _("A model that predicts the next token is trained without the causal mask. What does its loss do?"),
        [_("it rises"), _("it stays as with the mask"), small],
        truth=small,
        explanation=_(
            "Each position sees the token that it is to predict, and copies it. The loss is no sign of a "
            "good model: when it writes, there is nothing to copy."
        ),
    )
