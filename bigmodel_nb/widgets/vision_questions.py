"""What the reader is asked before fields and explanations of a model are shown."""

from __future__ import annotations

from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.convolution import receptive_field
from bigmodel_nb.widgets.prediction import Prediction

FIELDS = ("two small or one large",)
MAPS = ("shift", "random weights")


def field_question(name: str) -> Prediction:
    """The question called `name`, one of `FIELDS`."""
    two, one, same = _("two 3 × 3"), _("one 5 × 5"), _("both the same")
    see_two, see_one = receptive_field([(3, 1), (3, 1)]), receptive_field([(5, 1)])
    return Prediction(
        "04/two-small-or-one-large",
        _("Which sees more of the input: two 3 × 3 convolutions, one on the other, or one 5 × 5?"),
        [two, one, same],
        truth=same if see_two == see_one else two if see_two > see_one else one,
        explanation=_(
            "Each 3 × 3 adds one pixel on every side. Two of them need 18 weights for each pair of channels, "
            "one 5 × 5 needs 25, and between the two there is a bend."
        ),
    )


def map_question(name: str) -> Prediction:
    """The question called `name`, one of `MAPS`."""
    if name == "shift":
        move, same, other = _("they shift with it"), _("they stay"), _("they change altogether")
        return Prediction(
            "04/shifted-image",
            _("The image is shifted by some pixels. What do the maps of a convolution do?"),
            [move, same, other],
            truth=move,
            explanation=_(
                "The same kernel is used at every place, so what it finds moves along; only at the borders, "
                "and by fractions of a step behind a stride, it differs."
            ),
        )
    yes, no = _("it shows the outlines all the same"), _("it shows noise only")
    return Prediction(
        "04/random-weights",
        _("The model has learned nothing yet: its weights are random. What does saliency show?"),
        [yes, no],
        truth=yes,
        explanation=_(
            "Bright pixels pass more units than dark ones, whatever the weights, so a map that looks "
            "sensible is no proof. J. Adebayo and others, 2018, “Sanity checks for saliency maps”."
        ),
    )
