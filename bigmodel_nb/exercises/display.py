"""How exercises look: text with formulas, and boxes that are legible on light and dark pages.

The styles are inline and take the page's own text color and font, so that a box needs nothing from
outside and fits JupyterLab, Notebook, VS Code and Colab in either theme. Every state has a sign and
a word besides its color.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

# Mid-tones with a contrast of 4.5 or more against white and of 4 against JupyterLab's dark gray.
GREEN, RED, BLUE, GRAY = "#1f8a4c", "#d0453b", "#2f7fd1", "#7d858d"


class Markdown:
    """Text that a notebook renders, formulas and code included, and that a terminal shows as it is."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __repr__(self) -> str:
        return self.source

    def _repr_markdown_(self) -> str:
        return self.source


@dataclass(frozen=True)
class Box:
    """A colored edge, a sign, a word, then sentences and labeled lines of code."""

    color: str
    sign: str
    word: str
    title: str = ""
    sentences: tuple[str, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()  # (label, code)
    footer: str = ""

    def __repr__(self) -> str:
        head = f"{self.sign} {self.word}" + (f": {self.title}" if self.title else "")
        width = max((len(label) for label, _code in self.lines), default=0) + 4
        body = [f"  {sentence}" for sentence in self.sentences]
        for label, code in self.lines:
            body.append(f"  {label}:".ljust(width) + code.replace("\n", "\n" + " " * width))
        return "\n".join([head, *body, *([f"  {self.footer}"] if self.footer else [])])

    def _repr_html_(self) -> str:
        """The box as HTML; a screen reader announces it when it appears."""
        title = f" · {escape(self.title)}" if self.title else ""
        parts = [
            f'<div role="status" style="{_BOX}border-left:4px solid {self.color}">',
            f'<div><strong><span aria-hidden="true" style="color:{self.color}">{self.sign}</span> '
            f"{escape(self.word)}</strong>{title}</div>",
            *(f'<div style="margin-top:.3em">{escape(sentence)}</div>' for sentence in self.sentences),
        ]
        if self.lines:
            # not a <dl>: JupyterLab floats its labels into a column of a fifth of the width
            parts.append(f'<div style="{_LIST}">')
            for label, code in self.lines:
                parts.append(f'<div style="opacity:.8">{escape(label)}</div>')
                parts.append(f'<pre style="{_CODE}">{escape(code)}</pre>')
            parts.append("</div>")
        if self.footer:
            parts.append(f'<div style="margin-top:.4em;opacity:.8">{escape(self.footer)}</div>')
        return "".join([*parts, "</div>"])


_BOX = (
    "max-width:620px;box-sizing:border-box;margin:.3em 0;padding:.45em .9em;border-radius:3px;"
    "background:rgba(127,127,127,.09);font-size:.95em;line-height:1.45;overflow-wrap:anywhere;"
)
_LIST = "display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.15em 1em;margin:.5em 0 0"
_CODE = (
    "margin:0;padding:0;border:0;background:transparent;color:inherit;font-family:monospace;"
    "font-size:.95em;line-height:1.45;white-space:pre-wrap;overflow-wrap:anywhere"
)
