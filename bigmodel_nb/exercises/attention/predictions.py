"""Chapter 6: the questions that a reader answers before the answer is seen. See `networks.predictions`.

Those that an explorer asks about what it shows stand with the explorer.
"""

from __future__ import annotations

from bigmodel_nb.language import gettext as _

context_twice = {
    "key": "06/context-twice",
    "question": _("A text twice as long. How many scores has each head to compute?"),
    "options": [_("as many"), _("twice as many"), _("four times as many")],
    "truth": _("four times as many"),
    "explanation": _("A score for each pair of positions: T × T. The rest of a block grows with T alone."),
}

parts_of_a_block = {
    "key": "06/parts-of-a-block",
    "question": _(
        "A block of width d has attention and, after it, a feed-forward part with 4 d units between. Which "
        "of them holds more parameters?"
    ),
    "options": [_("attention"), _("feed-forward"), _("both the same")],
    "truth": _("feed-forward"),
    "explanation": _(
        "About 8 d² against 4 d²: two matrices of d × 4 d, against four of d × d. Attention moves things "
        "between positions, and is the cheaper half."
    ),
}

reversal_without_positions = {
    "key": "06/reversal-without-positions",
    "question": _(
        "The same encoder without positions, to reverse 16 digits. How many of them will it get right?"
    ),
    "options": [_("nearly all"), _("about one in four"), _("none")],
    "truth": _("about one in four"),
    "explanation": _(
        "It sees which digits there are, but not where. The best it can do is to bet on the one that "
        "occurs most often."
    ),
}

causal_without_positions = {
    "key": "06/causal-without-positions",
    "question": _(
        "Rows of a start token and 15 random digits. A model without positions shall say at which of the 16 "
        "places each token stands. An encoder gets 12.5 % right: the start token, and a guess. And a causal "
        "model without positions?"
    ),
    "options": [_("as many"), _("about half"), _("nearly all")],
    "truth": _("nearly all"),
    "explanation": _(
        "Its mask tells it the order: the share of what it sees that is the start token is 1 at the first "
        "place, a half at the second, a third at the third (A. Haviv and others, 2022)."
    ),
}

leaky_text = {
    "key": "06/leaky-text",
    "question": _("The causal mask was forgotten, and the loss is near 0. What text does this model write?"),
    "options": [_("the best so far"), _("its training text, word for word"), _("nonsense")],
    "truth": _("nonsense"),
    "explanation": _(
        "It has learned to copy the next token. When it writes, there is no next token to copy from."
    ),
}

cache_work = {
    "key": "06/cache-work",
    "question": _(
        "200 tokens are written, one after the other, each time with the whole text before it. Without a "
        "cache, how many rows go through the model in all?"
    ),
    "options": ["200", _("about 2,000"), _("about 20,000")],
    "truth": _("about 20,000"),
    "explanation": _("1 + 2 + 3 and so on to 200 are 20,100. With a cache each token goes through once."),
}

lora_share = {
    "key": "06/lora-share",
    "question": _(
        "LoRA puts two thin matrices, 128 × 4 and 4 × 128, beside one of 128 × 128 that stays as it is. "
        "How many numbers are trained, against training all of it?"
    ),
    "options": [_("6 %"), _("half"), _("as many")],
    "truth": _("6 %"),
    "explanation": _("2 × 4 × 128 = 1,024, against 16,384."),
}
