"""What a reader is asked before a sweep is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.sweep_pictures import Shown
from bigmodel_nb.widgets.sweep_words import winners

if TYPE_CHECKING:
    from bigmodel_nb.widgets.sweep import SweepExplorer


def same_winner() -> Prediction:
    """Will the best cell be the best again, with another seed?"""
    same, other = _("the same settings win each time"), _("other seeds have other winners")

    def truth(explorer: SweepExplorer) -> str | None:
        sweep = explorer.sweep
        shown = Shown(sweep, explorer.metric.value, explorer.across.value, explorer.down.value or None, {})
        won = winners(shown)
        return None if len(won) < 2 else same if len(set(won)) == 1 else other

    return Prediction(
        "sweep/same-winner",
        _("Every combination is trained with several seeds. Will each seed crown the same settings?"),
        [same, other],
        truth=truth,
        explanation=_(
            "A seed sets the first weights and the order of examples. Where the spread between seeds is "
            "wider than the lead of the best, another seed has another winner: compare means over seeds."
        ),
    )
