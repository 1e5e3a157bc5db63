"""What an `AttentionExplorer` shows, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.words import amount

if TYPE_CHECKING:
    from bigmodel_nb.widgets.attention import AttentionExplorer

NAMED = 3


def summary(explorer: AttentionExplorer) -> str:
    """The chosen head, where the chosen token looks, and what the logit lens says."""
    if not explorer.revealed:
        return _("Everything is hidden. Predict, and it is shown.")
    view = explorer.view
    best = np.argsort(-view.row, kind="stable")[:NAMED]
    looks = ", ".join(
        _("“{token}” ({n}) {share} %").format(
            token=view.labels[one], n=one, share=amount(100 * float(view.row[one]), 2)
        )
        for one in best
        if view.row[one] > 0
    )
    words = [
        _("{count} tokens, {visible} of {pairs} pairs visible.").format(
            count=len(view.labels), visible=int(explorer.mask_now.sum()), pairs=explorer.mask_now.size
        ),
        _(
            "{where}: token {n} “{token}” looks at {looks}; entropy {bits} bits, at most {most}."
        ).format(
            where=_("By hand") if explorer.hand is not None
            else _("block_{layer}, head {head}").format(layer=view.layer, head=view.head),
            n=view.token, token=view.labels[view.token], looks=looks, bits=f"{view.row_bits:.2f}",
            most=f"{np.log2(explorer.mask_now[view.token].sum()):.2f}",
        ),
    ]  # fmt: skip
    if view.lens:
        (first, *_others), last = view.lens[0][1], view.lens[-1][1][0]
        words.append(
            _("Logit lens: “{first}” after the embedding, “{last}” ({share} %) at the end.").format(
                first=first[0], last=last[0], share=amount(100 * last[1], 2)
            )
        )
    return " ".join(words)
