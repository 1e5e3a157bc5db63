"""Exercises that are checked by behavior: write, check, see what is wrong, take a hint, look it up.

    from bigmodel_nb.exercises import descent

    descent.update_step                     # the task
    descent.update_step.check(step)         # runs your function; says what is wrong first
    descent.update_step.hint()              # one step further each time
    descent.update_step.solution()
    descent.overview()                      # the chapter's exercises, and which you have passed

`expect_error` belongs to cells that fail on purpose. Each chapter's exercises are a folder here.
"""

from __future__ import annotations

from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.expected import expect_error
from bigmodel_nb.exercises.overview import Overview
from bigmodel_nb.exercises.result import Result

__all__ = ["Exercise", "Overview", "Result", "expect_error"]
