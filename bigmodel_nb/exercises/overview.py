"""A chapter's exercises in one table, with what has been passed so far."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bigmodel_nb import progress
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _


class Overview:
    """`rows` are (number, title, kind, handle, state), as the progress file has them at this moment."""

    def __init__(self, exercises: Sequence[Exercise]) -> None:
        known = {entry["key"]: entry for entry in progress.results()}
        self.passed = sum(known.get(exercise.key, {}).get("passed", False) for exercise in exercises)
        self.rows = [
            (number, exercise.title, exercise.kind, exercise.handle, _state(known.get(exercise.key)))
            for number, exercise in enumerate(exercises, 1)
        ]
        self.heading = _("{passed} of {count} exercises passed").format(
            passed=self.passed, count=len(self.rows)
        )

    def __repr__(self) -> str:
        wide = max((len(row[1]) for row in self.rows), default=0)
        lines = [
            f"  {number}. {title:<{wide}}  {state}  ({kind})"
            for number, title, kind, _handle, state in self.rows
        ]
        return "\n".join([self.heading, *lines])

    def _repr_html_(self) -> str:
        heads = "".join(
            f'<th scope="col" style="{_CELL}">{escape(head)}</th>'
            for head in (_("Exercise"), _("Kind"), _("Name"), _("State"))
        )
        body = "".join(
            f'<tr><th scope="row" style="{_CELL}font-weight:normal">{number}. {escape(title)}</th>'
            f'<td style="{_CELL}">{escape(kind)}</td><td style="{_CELL}"><code>{escape(handle)}</code></td>'
            f'<td style="{_CELL}white-space:nowrap">{escape(state)}</td></tr>'
            for number, title, kind, handle, state in self.rows
        )
        return (
            f'<div><strong>{escape(self.heading)}</strong><table style="border:0;margin:.4em 0">'
            f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
        )


_CELL = "text-align:left;padding:.2em 1em .2em 0;"


def _state(entry: dict | None) -> str:
    if entry is None:
        return "○ " + _("not tried")
    return "✓ " + _("passed") if entry["passed"] else "✗ " + _("not yet")
