"""What the reader is asked before tokens are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.prediction import Prediction

if TYPE_CHECKING:
    from bigmodel_nb.widgets.tokens import TokenExplorer

QUESTIONS = ("fewest", "emoji")


def token_question(name: str) -> Prediction:
    """The question called `name`, one of `QUESTIONS`."""
    if name == "fewest":
        names = ["characters", "bytes", "byte pairs"]
        said = {one: _(one) for one in names}

        def fewest(explorer: TokenExplorer) -> str | None:
            counts = {one: len(explorer.splits[one].shown) for one in names if one in explorer.splits}
            least = min(counts.values())
            winners = [one for one, count in counts.items() if count == least]
            return said[winners[0]] if len(winners) == 1 else None

        return Prediction(
            "05/fewest-tokens",
            _("Split in which way does this text have the fewest tokens?"),
            [said[one] for one in names],
            truth=fewest,
            explanation=_(
                "Byte pairs join what often stands together in the text they were learned from. In a text of "
                "another kind or script they may be no better than bytes."
            ),
        )
    return Prediction(
        "05/emoji-bytes",
        _("How many bytes is one 😀?"),
        ["1", "2", "3", "4"],
        truth=str(len("😀".encode())),
        explanation=_(
            "UTF-8 takes one byte for a letter of English, two for é, three for most Chinese characters and "
            "four for an emoji. Split into bytes, it becomes as many tokens."
        ),
    )
