"""Chapter 2: the questions that a reader answers before the answer is seen.

    PlaygroundExplorer(..., prediction=Prediction(**predictions.xor_with_one_unit))

Each is a dict of the arguments of `widgets.Prediction`; an answer is kept in the progress file under its key.
"""

from __future__ import annotations

from bigmodel_nb.language import gettext as _

xor_with_one_unit = {
    "key": "02/xor-with-one-unit",
    "question": _(
        "One unit, no hidden layer. Trained for as long as you like, how many of these points will it get "
        "right?"
    ),
    "options": [_("nearly all"), _("three in four"), _("about half")],
    "truth": _("about half"),
    "explanation": _(
        "One unit cuts the plane along one straight line, and no line parts these colors. Press play to see "
        "it try; then add a layer."
    ),
}

wrong_labels = {
    "key": "02/wrong-labels",
    "question": _(
        "Four in ten training labels are wrong, at random. How many unseen digits will be read correctly?"
    ),
    "options": [_("about 60 %"), _("about 75 %"), _("about 90 %")],
    "truth": _("about 90 %"),
    "explanation": _(
        "The wrong labels disagree with each other, the right ones do not. They still cost a good part of it."
    ),
}

two_paths = {
    "key": "02/two-paths",
    "question": _("x reaches the loss by two paths. Along one its slope is 2, along the other 3. Together?"),
    "options": [_("5: they add"), _("6: they multiply"), _("3: the larger")],
    "truth": _("5: they add"),
    "explanation": _("Slopes multiply along a path and add where paths meet."),
}

all_zero = {
    "key": "02/all-zero",
    "question": _("All weights begin at zero. What does this network learn?"),
    "options": [_("all it needs"), _("it learns slowly"), _("nothing")],
    "truth": _("nothing"),
    "explanation": _(
        "A layer of zeros passes no slope on, and units that put out zero give the next layer none. Only the "
        "last bias could move."
    ),
}

six_layers = {
    "key": "02/six-layers",
    "question": _("Six hidden layers of eight units. With which activation does the training stall?"),
    "options": [_("relu"), _("sigmoid"), _("tanh")],
    "truth": _("sigmoid"),
    "explanation": _(
        "The slope of a sigmoid is 1/4 at most. Through six layers the error is multiplied by six of them."
    ),
}

double_width = {
    "key": "02/double-width",
    "question": _("64-128-10 becomes 64-256-10. What happens to the number of parameters?"),
    "options": [_("about twice"), _("about four times"), _("128 more")],
    "truth": _("about twice"),
    "explanation": _(
        "Each hidden unit brings 64 weights, a bias and ten weights out of it: 9,610 become 19,210."
    ),
}

digits_missed = {
    "key": "02/digits-missed",
    "question": _(
        "The linear reader of chapter 1 misreads 9 to 11 of these 270 digits. How many will a hidden layer "
        "of 128 units misread?"
    ),
    "options": [_("as many"), _("about half"), _("none")],
    "truth": _("about half"),
    "explanation": _("3 to 6, over five seeds. The layer in between is worth that much."),
}

shuffled_labels = {
    "key": "02/shuffled-labels",
    "question": _("The labels are shuffled: nothing is left to learn. What training accuracy does it reach?"),
    "options": [_("about 10 %"), _("about 50 %"), _("over 95 %")],
    "truth": _("over 95 %"),
    "explanation": _("It learns the images by heart. Of digits that it never saw it knows nothing."),
}
