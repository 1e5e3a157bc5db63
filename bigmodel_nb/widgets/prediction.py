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

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import ipywidgets

from bigmodel_nb import arguments, progress
from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets import lifetime
from bigmodel_nb.widgets.controls import FULL, Button, close_parts, descendants, text_html

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
        for name, text in {"key": key, "question": question, "explanation": explanation}.items():
            if not isinstance(text, str):
                raise arguments.wrong_type(name, _("text"), text)
        if not key.strip():
            raise arguments.wrong_value("key", _('text such as "01/rate-times-ten"'), key)
        self.options = _checked_options(options)
        if truth is not None and not callable(truth):
            arguments.one_of("truth", truth, self.options)
        self.key, self.question = key, question
        self.truth, self.explanation = truth, explanation
        self.subject: Any = None
        self.answer: str | None = None
        self.revealed = False
        self._listeners: list[Callable[[], None]] = []
        self.buttons = [self._button(option) for option in self.options]
        self.show_button = Button(description=_("Show me anyway"), layout={"width": "auto"})
        self.show_button.on_click(lambda _button: self.reveal(None))
        self._feedback = ipywidgets.HTML()  # stretched; a width of 100% and its margins would scroll sideways
        super().__init__(
            [
                ipywidgets.HTML(text_html(_("Predict first: ") + question, role="group", bold=True)),
                ipywidgets.HBox([*self.buttons, self.show_button], layout={"flex_flow": "row wrap"}),
                self._feedback,
            ],
            layout={"width": FULL, "max_width": "640px", "margin": "0 0 6px 0"},
        )
        lifetime.adopt(self)

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
        self.reveal(arguments.one_of("option", option, self.options))

    def reveal(self, answer: str | None) -> None:
        """Shows what is true; `answer` is what the reader predicted, None for "show me anyway"."""
        if self.revealed:
            return
        self.answer, self.revealed = answer, True
        truth = self._find_truth()
        for button in self.buttons:
            button.disabled = True
            button.button_style = self._mark(button.description, truth)
        self.show_button.layout.display = "none"
        self._feedback.value = text_html(self._words(truth), role="status")
        if answer is not None:
            correct = None if truth is None else answer == truth
            progress.record_prediction(
                self.key, question=self.question, answer=answer, truth=truth, correct=correct
            )
        for listener in self._listeners:
            listener()

    def _mark(self, option: str, truth: str | None) -> str:
        if option == truth:
            return "success"
        if option == self.answer:
            return "info" if truth is None else "warning"
        return ""

    def __repr__(self) -> str:  # what is read where widgets are not shown
        return _("Predict first: ") + f"{self.question} ({' / '.join(self.options)})"

    def _find_truth(self) -> str | None:
        if not callable(self.truth):
            return self.truth
        try:
            return self.truth(self.subject)
        except Exception:  # the reader is shown the picture, and the prediction counts as open
            return None

    def close(self) -> None:
        """Closes the question and its buttons; the browser lets go of its part, too."""
        if self.comm is None:  # closed before, or never made
            return
        for widget in descendants(self):
            close_parts(widget)
            if widget is not self:
                widget.close()
        lifetime.forget(self)
        super().close()

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


def _checked_options(options: Any) -> list[str]:
    expected = _("a list of different answers to choose from")
    if isinstance(options, str) or not isinstance(options, Iterable):
        raise arguments.wrong_type("options", expected, options)
    answers = list(options)
    if not all(isinstance(answer, str) for answer in answers):
        raise arguments.wrong_type("options", expected, answers)
    if not answers or len(set(answers)) < len(answers) or not all(answer.strip() for answer in answers):
        raise arguments.wrong_value("options", expected, answers)
    return answers
