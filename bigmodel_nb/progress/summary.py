"""How progress is shown: in words, and as a small table in a notebook."""

from __future__ import annotations

from html import escape

from bigmodel_nb.language import gettext as _
from bigmodel_nb.language import ngettext


class Note(str):
    """Text that a notebook shows as it is, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Summary:
    """Exercises, then predictions, each in the order of time: `heading` counts them, `rows` are (sign,
    what, outcome)."""

    def __init__(self, results: list[dict], predictions: list[dict]) -> None:
        done = [sorted(entries, key=_when) for entries in (results, predictions)]
        rows = [_result(entry) for entry in done[0]] + [_prediction(entry) for entry in done[1]]
        self.rows = [tuple(_one_line(part) for part in row) for row in rows]
        judged = [entry["correct"] for entry in predictions if entry["correct"] is not None]
        self.heading = _(
            "Exercises passed: {passed} of {tried} tried. Predictions right: {right} of {judged}."
        ).format(
            passed=sum(entry["passed"] for entry in results),
            tried=len(results),
            right=sum(judged),
            judged=len(judged),
        )
        if not rows:
            self.heading = _("Nothing predicted and nothing tried yet.")

    def __repr__(self) -> str:
        return "\n".join(
            [self.heading, *(f"  {sign} {what}: {outcome}" for sign, what, outcome in self.rows)]
        )

    def _repr_html_(self) -> str:
        cell = '<td style="text-align:left;vertical-align:top;padding:.15em .8em .15em 0">{}</td>'.format
        rows = ("<tr>" + "".join(cell(escape(part)) for part in row) + "</tr>" for row in self.rows)
        return (
            f"<div><strong>{escape(self.heading)}</strong>"
            f'<table style="border:0;margin:.4em 0"><tbody>{"".join(rows)}</tbody></table></div>'
        )


def _result(entry: dict) -> tuple[str, str, str]:
    tries = entry["attempts"]
    tried = ngettext("{number} try", "{number} tries", tries).format(number=tries)
    sign, outcome = ("✓", _("passed")) if entry["passed"] else ("○", _("not yet"))
    return sign, entry["key"], f"{outcome}, {tried}"


def _prediction(entry: dict) -> tuple[str, str, str]:
    sign = {True: "✓", False: "✗", None: "·"}[entry["correct"]]
    outcome = _("you said “{answer}”").format(answer=entry["answer"])
    if entry["truth"] is not None and entry["correct"] is not True:
        outcome += ", " + _("it was “{truth}”").format(truth=entry["truth"])
    return sign, entry["question"] or entry["key"], outcome


def _when(entry: dict) -> str:
    return str(entry.get("time") or "")


def _one_line(text: str) -> str:
    # a file edited by hand can hold lone surrogates, which no output can show
    return " ".join(str(text).encode("utf-8", "replace").decode().split())
