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
    "explanation": _("After q comes u. What a language model sells, counting gives away to a good part."),
}

who_wins = {
    "key": "05/who-wins",
    "question": _(
        "Each gets the same seconds of training. Which will need the fewest bits for text that it has not "
        "seen?"
    ),
    "options": [_("the window MLP"), _("the simple RNN"), _("GRU or LSTM")],
    "truth": _("GRU or LSTM"),
    "explanation": _("Gates pay, even in seconds: each of their steps costs more and learns more."),
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
