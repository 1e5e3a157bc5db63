"""Chapter 6: sinusoidal positions, to be repaired."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.attention import BASE, sinusoidal_positions


def _try_positions(sinusoids: ReaderFunction, rng: np.random.Generator) -> str:
    for width in (4, 6):
        sinusoids.try_case(telling(partial(_case, rng, width)))
    return _(
        "Fast waves on the left, slow ones on the right, like the digits of a clock. Nothing in it is "
        "learned, and it knows nothing of words: only of places."
    )


def _case(rng: np.random.Generator, width: int) -> Case:
    length = int(rng.integers(3, 6))
    vocabulary = length + int(rng.integers(3, 8))
    columns = np.arange(width)
    right = sinusoidal_positions(length, width)
    sized = _(
        "There is a row for each token of the vocabulary. A position is a place in the text: "
        "context_length rows."
    )
    pairs = _(
        "Columns 2i and 2i + 1 share one angle, and so one exponent: 2i / width, with i = column // 2. You "
        "double the column, which is 2i already."
    )
    alone = _(
        "Each column has an angle of its own. Columns 2i and 2i + 1 share one, whose sine and cosine they "
        "are: i = column // 2."
    )
    half = _("The exponent is half of what it should be: 2i / width, with i = column // 2.")
    suspects = [
        Suspect(sinusoidal_positions(vocabulary, width), sized),
        Suspect(_waves(length, columns, 2 * columns / width), pairs),
        Suspect(_waves(vocabulary, columns, 2 * columns / width), sized),
        Suspect(_waves(length, columns, columns / width), alone),
        Suspect(_waves(vocabulary, columns, columns / width), sized),
        Suspect(_waves(length, columns, columns // 2 / width), half),
        Suspect(
            sinusoidal_positions(length, width, start=1),
            _("Your positions count from 1. The first is 0, as in Python."),
        ),
        Suspect(
            _waves(length, columns + 1, columns // 2 * 2 / width),
            _("Sine and cosine have changed places: even columns are sines."),
        ),
        Suspect(
            np.hstack([right[:, ::2], right[:, 1::2]]),
            _(
                "Yours are all sines, then all cosines. Here they take turns: column 2i is a sine, 2i + 1 "
                "its cosine."
            ),
        ),
        Suspect(
            _waves(length, 0 * columns, columns // 2 * 2 / width),
            _("All columns are sines: the odd ones are cosines."),
        ),
        Suspect(
            _waves(length, columns, columns // 2 * -2 / width),
            _("The angles grow from column to column: divide by the power of 10000."),
        ),
        Suspect(right.T, _("Positions are rows: (context_length, width).")),
        Suspect(
            _waves(length, columns, columns // 2 * 2 / length),
            _("The exponent is divided by the number of positions. It is a share of the width."),
        ),
    ]
    return Case({"vocabulary_size": vocabulary, "context_length": length, "width": width}, right, suspects)


def _waves(rows: int, columns: np.ndarray, exponents: np.ndarray) -> np.ndarray:
    angles = np.arange(rows)[:, None] / BASE**exponents
    return np.where(columns % 2 == 0, np.sin(angles), np.cos(angles))


sinusoids = Exercise(
    key="06/sinusoids",
    handle="attention.sinusoids",
    title=_("Positions as waves"),
    kind=_("repair"),
    words=_(
        "Position p has the row sin(p / 10000^(2i / width)) in column 2i and the cosine of the same angle "
        "in column 2i + 1, for i = 0, 1, 2 and so on (Vaswani and others, 2017). The code below runs, and "
        "listings like it have been copied often. Two things are wrong: one with its rows, one with its "
        "angles."
    ),
    signature="sinusoids(vocabulary_size, context_length, width)",
    template='''
def sinusoids(vocabulary_size, context_length, width):
    """A row for each position; columns 2i and 2i + 1 are the sine and cosine of one angle."""
    position = np.arange(vocabulary_size)[:, None]
    column = np.arange(width)
    angle = position / 10000 ** (2 * column / width)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))
''',
    hints=(
        _(
            "Which number says how many places a text can have? And in column 4, what is i, and what is 2i "
            "/ width?"
        ),
        _(
            "Rows are positions, as many as the context has. Column 4 is column 2i of i = 2, and column 5 "
            "is its cosine, with the same angle."
        ),
        _("`np.arange(context_length)`, and `2 * (column // 2) / width` in the exponent."),
    ),
    ours='''
def sinusoids(vocabulary_size, context_length, width):
    """A row for each position; columns 2i and 2i + 1 are the sine and cosine of one angle."""
    position = np.arange(context_length)[:, None]
    column = np.arange(width)
    angle = position / 10000 ** (2 * (column // 2) / width)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))
''',
    trial=_try_positions,
    answers="bigmodel_nb.exercises.attention.answers.position_codes:sinusoids",
    given=True,
)
