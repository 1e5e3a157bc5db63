"""Chapter 3: the questions that a reader answers before the answer is seen.

Each is a dict of the arguments of `widgets.Prediction`; they live here so that no cell gives its own answer
away.
"""

from __future__ import annotations

from bigmodel_nb.language import gettext as _

ten_points = {
    "key": "03/ten-points",
    "question": _(
        "A polynomial of degree 9 has ten numbers to choose, and there are ten samples. Where does its "
        "curve run?"
    ),
    "options": [_("along the wave"), _("through all samples, near the wave"), _("through all, and far off")],
    "truth": _("through all, and far off"),
    "explanation": _(
        "Its error is 0 where it was fitted, and more than a thousand times the noise elsewhere."
    ),
}

who_reaches_zero = {
    "key": "03/who-reaches-zero",
    "question": _("One price is on |w|, the other on w². Which of them sets weights to exactly 0?"),
    "options": [_("L1, on |w|"), _("L2, on w²"), _("both")],
    "truth": _("L1, on |w|"),
    "explanation": _("Near 0 the square costs next to nothing; |w| goes on asking its full price."),
}

ten_times_the_data = {
    "key": "03/ten-times-the-data",
    "question": _("Degree 9 again, and ten times the samples. Which errors move?"),
    "options": [
        _("both fall"),
        _("training rises, validation falls"),
        _("only validation falls"),
    ],
    "truth": _("training rises, validation falls"),
    "explanation": _("Ten numbers cannot learn a hundred samples by heart. So they learn the wave."),
}

who_gains_most = {
    "key": "03/who-gains-most",
    "question": _("Seven remedies for one sick model. Which will gain the most right answers?"),
    "options": [_("dropout"), _("early stopping"), _("batch norm"), _("four times the data")],
    "truth": _("four times the data"),
    "explanation": _("The others make the best of what is there. New examples say something new."),
}

dropout_when_small = {
    "key": "03/dropout-when-small",
    "question": _("And dropout on a network of 8 units, too small to learn even its training digits?"),
    "options": [_("it helps"), _("it makes no difference"), _("it hurts")],
    "truth": _("it hurts"),
    "explanation": _("There is nothing learned by heart to prevent; half of few units is too few."),
}
