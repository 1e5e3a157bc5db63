"""Chapter 1: the questions that a reader answers before the answer is seen.

    DescentExplorer(..., prediction=Prediction(**predictions.saddle))

They live here and not in the notebook, where the code of a cell would give its own answer away.
Each is a dict of the arguments of `widgets.Prediction`; an answer is kept in the progress file under its key.
"""

from __future__ import annotations

from bigmodel_nb.language import gettext as _

rate_above_one = {
    "key": "01/rate-above-one",
    "question": _(
        "At a rate of 0.1 the ball arrives within 40 steps. At 1.1, does it arrive sooner, later or never?"
    ),
    "options": [_("sooner"), _("later"), _("never")],
    "truth": _("never"),
    "explanation": _("Each step ends farther from the lowest point than it began."),
}

rate_times_ten = {
    "key": "01/rate-times-ten",
    "question": _(
        "At a rate of 0.02 the ball is slow. At ten times that, 0.2, is it faster, slower, or does it "
        "never arrive?"
    ),
    "options": [_("faster"), _("slower"), _("never")],
    "truth": _("never"),
    "explanation": _("Across the valley it leaps from wall to wall and gets no closer."),
}

saddle = {
    "key": "01/saddle",
    "question": _("From a start exactly on the ridge, where do the balls end?"),
    "options": [_("in a valley"), _("on the saddle"), _("off the map")],
    "truth": _("on the saddle"),
    "explanation": _("Across the ridge the slope is exactly zero, and zero times any rate is zero."),
}

condition_100 = {
    "key": "01/condition-100",
    "question": _("Condition number 100, each at a rate that suits it. Who suffers most?"),
    "options": [_("gradient descent"), _("momentum"), _("Adam")],
    "truth": _("gradient descent"),
    "explanation": _("The steep direction holds its one rate down, and along the gentle one it crawls."),
}

who_leads = {
    "key": "01/who-leads",
    "question": _(
        "After one pass, 442 gradients each: which is closest to the best line? "
        "Steps of 442 patients, of 32, or of 1?"
    ),
    "options": [_("batch: 442"), _("mini-batch: 32"), _("stochastic: 1")],
    "truth": _("stochastic: 1"),
    "explanation": _(
        "It took 442 rough steps. The mini-batches took 14, and the whole batch took a single one."
    ),
}

settles = {
    "key": "01/settles",
    "question": _("Ten passes at a constant rate, one patient at a time: does it come to rest at the star?"),
    "options": [_("yes"), _("no")],
    "truth": _("no"),
    "explanation": _(
        "Even at the star the next patient pulls it away. It keeps straying about as far as the circle."
    ),
}

halve_the_rate = {
    "key": "01/halve-the-rate",
    "question": _("You halve the rate to 0.01. What happens to the radius of that circle?"),
    "options": [_("it stays"), _("it shrinks by a third"), _("it halves")],
    "truth": _("it shrinks by a third"),
    "explanation": _(
        "The radius goes roughly with the root of the rate; what the loss has too much, with the rate itself."
    ),
}

digits_read = {
    "key": "01/digits-read",
    "question": _("Of 300 digits that it never saw, how many does it read correctly after 20 epochs?"),
    "options": [_("fewer than 150"), _("150 to 250"), _("more than 250")],
    "truth": _("more than 250"),
    "explanation": _("Ten weighted sums of pixels go a long way with digits as tidy as these."),
}

hidden_units = {
    "key": "01/hidden-units",
    "question": _(
        "Softmax regression still reads at the rate 100. Put 32 units between pixels and scores: from which "
        "rate on does this network only guess?"
    ),
    "options": [_("from about 1.5"), _("from about 15"), _("not even at 100")],
    "truth": _("from about 1.5"),
    "explanation": _("At 1 it reads about nine in ten, at 2 one in ten, whatever the seed."),
}
