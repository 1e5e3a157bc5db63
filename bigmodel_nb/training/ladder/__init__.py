"""The ladder of language models: one text, one question, and better and better answers.

from bigmodel_nb.training.ladder import Ladder

climbing    Ladder: what there is, and how one more rung is climbed
rungs       the record of a rung, and how each is made
learning    training a rung for so many seconds, measuring it, letting it write
keeping     the files that outlive the kernel
table       the ladder as a table
"""

from __future__ import annotations

from bigmodel_nb.training.ladder.climbing import Ladder
from bigmodel_nb.training.ladder.rungs import COUNTED, RUNGS, TRAINED, Rung
from bigmodel_nb.training.ladder.table import Table

__all__ = ["COUNTED", "RUNGS", "TRAINED", "Ladder", "Rung", "Table"]
