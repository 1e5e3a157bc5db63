"""Chapter 5: the questions that a reader answers before the answer is seen. See `networks.predictions`."""

from __future__ import annotations

from bigmodel_nb.language import gettext as _

bigram_gain = {
    "key": "05/bigram-gain",
    "question": _(
        "Knowing nothing, a character of this text costs 6.6 bits. How much of that does counting save, if "
        "you know nothing but the character before?"
    ),
    "options": [_("hardly anything"), _("nearly half"), _("nearly all")],
    "truth": _("nearly half"),
    "explanation": _("After q comes u. A good part of what a language model knows can be counted."),
}

long_memory = {
    "key": "05/long-memory",
    "question": _(
        "The window MLP sees 8 characters, a GRU all of the up to 64 before. How many bits a character will "
        "the longer memory save, after some seconds of training?"
    ),
    "options": [_("hardly any: less than a quarter of one"), _("about half a bit"), _("more than one")],
    "truth": _("hardly any: less than a quarter of one"),
    "explanation": _(
        "Most of what tells the next character stands in the last few. To use the rest takes more training."
    ),
}

own_target = {
    "key": "05/own-target",
    "question": _(
        "Somebody forgot to move the targets on by one: each character is its own target. What will the "
        "validation loss do?"
    ),
    "options": [_("stay where it is"), _("fall to nearly 0"), _("rise")],
    "truth": _("fall to nearly 0"),
    "explanation": _(
        "Copying is easy, and the validation windows have the same fault. No held-out text finds it; a "
        "sample does, at once."
    ),
}

adding_long = {
    "key": "05/adding-long",
    "question": _("Two of 100 values are marked; their sum is asked for at the end. Who learns it first?"),
    "options": [_("the simple RNN"), _("the GRU"), _("all alike")],
    "truth": _("the GRU"),
    "explanation": _(
        "The simple cell answers with the mean for long: a gradient over 50 steps hardly arrives. A gate "
        "that stays open lets it through."
    ),
}
