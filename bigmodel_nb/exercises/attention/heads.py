"""Chapter 6: the width of a token, cut into heads."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Suspect
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.values import Shown
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.attention import split_heads


def _try_heads(into_heads: ReaderFunction, rng: np.random.Generator) -> str:
    # Sizes that agree hide faults of shape; sizes that differ tell what was asked for.
    for n, length, heads, each in ((2, 3, 2, 2), (2, 3, 2, 3), (1, 4, 3, 2), (2, 2, 2, 2)):
        first = int(rng.integers(1, 20))
        # In order, so that it can be seen where each number has gone.
        x = np.arange(first, first + n * length * heads * each, dtype=float).reshape(n, length, heads * each)
        shown = Shown(x, f"np.arange({first}, {first + x.size}).reshape{x.shape}")
        call = into_heads(x=shown, num_heads=heads)
        parts = x.reshape(n, length, heads, each)
        cut = _(
            "`reshape` alone cuts the rows of tokens elsewhere: a head gets whole tokens, and some numbers "
            "of its neighbors. Cut each token into heads first, then exchange the two axes."
        )
        dealt = x.reshape(n, length, each, heads)
        call.must_equal(
            split_heads(x, heads),
            Suspect(x.reshape(n, heads, length, each), cut),
            Suspect(
                parts,
                _(
                    "The heads stand behind the positions, (n, T, heads, width / heads). Exchange the two "
                    "axes, so that each head has a row for every position."
                ),
            ),
            Suspect(
                dealt.transpose(0, 3, 1, 2),
                _(
                    "You deal the numbers out like cards: head 0 gets one number in {heads}. Neighbors "
                    "stay together: cut into (heads, width / heads), in this order."
                ).format(heads=heads),
            ),
            Suspect(
                parts.transpose(2, 0, 1, 3),
                _("The heads stand before the examples. The first axis stays n."),
            ),
            Suspect(
                parts.transpose(0, 2, 3, 1),
                _("Positions and numbers have changed places: the last axis is width / heads."),
            ),
            Suspect(
                parts.T,
                _("`.T` turns all axes around, the examples too. Name the order of the axes."),
            ),
            Suspect(x, _("Nothing is cut: x is as it came.")),
        )
    return _(
        "Each head sees every position, and its own part of the width. The way back, the same steps in the "
        "other order, has the same trap."
    )


into_heads = Exercise(
    key="06/into-heads",
    handle="attention.into_heads",
    title=_("One width, several heads"),
    kind=_("fill in one line"),
    words=_(
        "`x` has shape (n, T, width): a row of numbers for each of T positions, in n texts. Cut each row "
        "into `num_heads` pieces of the same length, the first piece for head 0, and return an array of "
        "shape (n, num_heads, T, width / num_heads), so that every head has T short rows of its own."
    ),
    signature="into_heads(x, num_heads)",
    template='''
def into_heads(x, num_heads):
    """x (n, T, width) -> (n, num_heads, T, width / num_heads): neighbors in width stay together."""
    n, T, width = x.shape
    return ...
''',
    hints=(
        _(
            "Two steps: a row becomes several short ones, and heads come to stand before positions. Which "
            "of them is a reshape, and which is not?"
        ),
        _(
            "`x.reshape(n, T, num_heads, -1)` cuts each row where it should be. Now axis 2 must come "
            "before axis 1."
        ),
        _("`return x.reshape(n, T, num_heads, -1).transpose(0, 2, ...)`"),
    ),
    ours='''
def into_heads(x, num_heads):
    """x (n, T, width) -> (n, num_heads, T, width / num_heads): neighbors in width stay together."""
    n, T, width = x.shape
    return x.reshape(n, T, num_heads, -1).transpose(0, 2, 1, 3)
''',
    trial=_try_heads,
    answers="bigmodel_nb.exercises.attention.answers.heads:into_heads",
)
