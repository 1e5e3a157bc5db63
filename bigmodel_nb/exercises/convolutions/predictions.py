"""Chapter 4: the questions that a reader answers before the answer is seen. See `networks.predictions`."""

from __future__ import annotations

from bigmodel_nb.language import gettext as _

new_family = {
    "key": "04/new-family",
    "question": _(
        "Trained on some fonts, it will read about 99 % of new pictures in these fonts. And of a family of "
        "fonts that it has never seen?"
    ),
    "options": [_("about 99 %, too"), _("80 to 97 %"), _("less than half")],
    "truth": _("80 to 97 %"),
    "explanation": _("Shapes carry over, and not all of them. What was held out decides what a number says."),
}

kernel_size = {
    "key": "04/kernel-size",
    "question": _("Kernels of 1 × 1 instead of 3 × 3, all else equal. What will such a network see?"),
    "options": [_("as much, cheaper"), _("single pixels, hardly their neighbors"), _("nothing at all")],
    "truth": _("single pixels, hardly their neighbors"),
    "explanation": _(
        "A kernel of 1 × 1 sees one pixel; only pooling and the dense layer at the end bring neighbors "
        "together."
    ),
}

hundred_pictures = {
    "key": "04/hundred-pictures",
    "question": _(
        "100 pictures leave 4 × 4 × 16 numbers each. How many rows of 400 does a reshape make of them?"
    ),
    "options": ["100", "64", _("none: it raises an error")],
    "truth": "64",
    "explanation": _(
        "25,600 numbers are 64 rows of 400. A reshape asks for the total, not for the pictures."
    ),
}

permuted = {
    "key": "04/permuted",
    "question": _("All pixels in another order, the same for every picture. Who loses more?"),
    "options": [_("the dense network"), _("the convolutional network"), _("both the same")],
    "truth": _("the convolutional network"),
    "explanation": _(
        "To a dense network no pixel is another's neighbor; a convolution is made of neighbors."
    ),
}
