"""A prediction: the reader commits to an answer before the surprise.

    Prediction(
        "01/rate-times-ten",
        "At ten times the rate, will it arrive sooner, later or never?",
        ["sooner", "later", "never"],
        truth="never",
        explanation="Each step now overshoots by more than the step before.",
    )

"Show me anyway" is always offered. Answers go to the reader's own progress file and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from bigmodel_nb import progress
from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.controls import FULL, Button, text_html

Truth = str | Callable[[Any], str | None] | None


class Prediction(ipywidgets.VBox):
    """A question with one button an answer. Alone in a cell, or in front of an explorer.

    `key` names it in the progress file ("01/..."); `truth` is the right one of `options`, a function
    of the explorer that finds it, or None where there is none; `explanation` is shown with it.
    `answer` is what was chosen (None before, and after "show me anyway"); `revealed` says whether
    the reader has answered or asked to be shown.
    """

    def __init__(
        self, key: str, question: str, options: Sequence[str], *, truth: Truth = None, explanation: str = ""
    ):
        if not options:
            raise ValueError(_("options must be a list of answers to choose from; received: an empty one"))
        if isinstance(truth, str) and truth not in options:
            raise ValueError(
                _("truth must be one of the options, {options}; received: {truth}").format(
                    options=", ".join(map(repr, options)), truth=repr(truth)
                )
            )
        self.key, self.question, self.options = key, question, list(options)
        self.truth, self.explanation = truth, explanation
        self.subject: Any = None
        self.answer: str | None = None
        self.revealed = False
        self._listeners: list[Callable[[], None]] = []
        self.buttons = [self._button(option) for option in self.options]
        self.show_button = Button(description=_("Show me anyway"), layout={"width": "auto"})
        self.show_button.on_click(lambda _button: self.reveal(None))
        self._feedback = ipywidgets.HTML(layout={"width": FULL})
        super().__init__(
            [
                ipywidgets.HTML(text_html(_("Predict first: ") + question, role="group", bold=True)),
                ipywidgets.HBox([*self.buttons, self.show_button], layout={"flex_flow": "row wrap"}),
                self._feedback,
            ],
            layout={"width": FULL, "max_width": "640px", "margin": "0 0 6px 0"},
        )

    def _button(self, option: str):
        button = Button(
            description=option, layout={"width": "auto", "min_width": "72px"}, button_style="info"
        )
        button.on_click(lambda _button: self.reveal(option))
        return button

    def on_reveal(self, listener: Callable[[], None]) -> None:
        """`listener()` is called once, when the reader answers or asks to be shown."""
        self._listeners.append(listener)

    def choose(self, option: str) -> None:
        """Answers as a press of that button does."""
        if option not in self.options:
            raise ValueError(
                _("option must be one of {options}; received: {option}").format(
                    options=", ".join(map(repr, self.options)), option=repr(option)
                )
            )
        self.reveal(option)

    def reveal(self, answer: str | None) -> None:
        """Shows what is true; `answer` is what the reader predicted, None for "show me anyway"."""
        if self.revealed:
            return
        self.answer, self.revealed = answer, True
        truth = self.truth(self.subject) if callable(self.truth) else self.truth
        for button in self.buttons:
            button.disabled = True
            button.button_style = "success" if button.description == truth else ""
        self.show_button.layout.display = "none"
        self._feedback.value = text_html(self._words(truth), role="status")
        if answer is not None:
            correct = None if truth is None else answer == truth
            progress.record_prediction(
                self.key, question=self.question, answer=answer, truth=truth, correct=correct
            )
        for listener in self._listeners:
            listener()

    def _words(self, truth: str | None) -> str:
        parts = []
        if self.answer is not None and truth is not None:
            right = _("✓ You predicted “{answer}”, and so it is.")
            other = _("You predicted “{answer}”; it is “{truth}”.")
            parts.append((right if self.answer == truth else other).format(answer=self.answer, truth=truth))
        elif self.answer is not None:
            parts.append(_("You predicted “{answer}”. See for yourself.").format(answer=self.answer))
        elif truth is not None:
            parts.append(_("It is “{truth}”.").format(truth=truth))
        if self.explanation:
            parts.append(self.explanation)
        return " ".join(parts)
