"""The studio: a control panel over any builder and data set.

explorer    the explorer itself: what is pressed, turned and shown
subject     the builder and its data: which settings it takes, which the data decide
fields      a control for each setting
bench       the run that goes on: started, advanced, changed, ended
shelf       the runs that are kept: named, pinned, sorted, filtered, saved
table       the shelf as a table
script      the code that reproduces a run
"""

from __future__ import annotations

from bigmodel_nb.widgets.studio.explorer import StudioExplorer

__all__ = ["StudioExplorer"]
