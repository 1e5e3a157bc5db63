"""The next token of any causal model: its probabilities, what changes them, and text written with them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.data.tokenizers import Tokenizer
from bigmodel_nb.figures.sampling import SamplingFigure
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.sampling import RECENT, choose
from bigmodel_nb.widgets.controls import LABEL_WIDTH, Text, layout, style_of, tooltip
from bigmodel_nb.widgets.explorer import all_or_nothing, locked
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.lesson import checked_show
from bigmodel_nb.widgets.next_token import NextToken
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.sampling_cells import sampling_cell
from bigmodel_nb.widgets.sampling_questions import QUESTIONS, sampling_question
from bigmodel_nb.widgets.sampling_writing import MOST, Writing
from bigmodel_nb.widgets.token_words import from_one_line, labels, one_line, seen


class SamplingExplorer(Writing):
    """The probabilities of the next token after a prompt, before and after filtering, and text drawn from
    them.

    `model` is any causal Keras model that puts out logits for each token, such as those of
    `build_transformer` and of `build_rnn(task="next token")`, or a `maths.gpt.GPT`; None (the default) is the
    small GPT that is shipped. `tokenizer` is the one that a Keras model was trained with.

    Other arguments, each also a control: `prompt`, one token or more; `temperature` (0: greedy), `top_k`
    (None: all), `top_p` (None: all) and `repetition_penalty` (1: none), as in
    `maths.sampling.next_probabilities`, applied in this order: penalty (on the last 64 tokens, those of the
    prompt included), temperature, softmax over all tokens, top-k, top-p; `seed` of what is drawn; `length`,
    the tokens that "Generate" writes.

    `show` and `theme` as in `DescentExplorer`. `prediction` is a `Prediction`, "temperature to 0",
    "temperature to infinity" or "top-k 1"; until it is answered nothing is shown.

    Controls: `prompt`, whose line ends are shown as ↵, `temperature`, `top_k` (all of the vocabulary: no
    limit), `top_p`, `repetition_penalty`, `seed`, `length`; buttons `step_button`, `play_button`,
    `reset_button`. Without a page `step()`, `run(tokens)` and `reset()` do the same. Results: `choice` (a
    `maths.sampling.Choice`), `text` (prompt and what was written), `written` (the tokens), `next` (a
    `NextToken`, whose `asked` counts how often the model computed), `summary_text`. Changing temperature or
    a filter never asks the model; `settle()` does, in case it has been trained since.
    """

    figure: SamplingFigure
    CONTROLS = ("prompt", "temperature", "top_k", "top_p", "repetition_penalty", "seed", "length")

    @all_or_nothing
    def __init__(
        self,
        model: Any = None,
        tokenizer: Tokenizer | None = None,
        prompt: str = "The ",
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        repetition_penalty: float = 1.0,
        seed: int = 0,
        length: int = 100,
        show: Sequence[str] | None = None,
        prediction: Prediction | str | None = None,
        theme: str = "light",
    ):
        shown = checked_show(show, self.CONTROLS)
        self.next = NextToken(model, tokenizer)
        self.names = labels(self.next.tokenizer)
        self._prompt = self.next.encode(prompt)
        self._size = len(self.names)
        if top_k is not None:  # more than all is all
            top_k = min(arguments.whole("top_k", top_k, 1), self._size)
        super().__init__()
        self.theme = theme
        if isinstance(prediction, str):
            prediction = sampling_question(arguments.one_of("prediction", prediction, QUESTIONS))
        self.ask(prediction)
        self.prompt = Text(
            value=one_line(prompt), description=_("prompt"), continuous_update=False,
            layout=layout(width="auto", max_width="640px"),
            style=style_of(Text, description_width=LABEL_WIDTH),
            **tooltip(_("what the model goes on from: type it and press Enter")),
        )  # fmt: skip
        self.temperature = Knob(
            "temperature", temperature, 0, 2, step=0.05, check=arguments.non_negative,
            help=_("divides the logits; 0 takes the largest"),
        )  # fmt: skip
        self.top_k = Knob(
            "top_k", self._size if top_k is None else top_k, 1, max(self._size, 2), log=True,
            check=self._some, label=_("top-k"),
            help=_("how many tokens stay; {all} are all").format(all=self._size),
        )  # fmt: skip
        self.top_p = Knob(
            "top_p", 1.0 if top_p is None else top_p, 0.01, 1, step=0.01, check=_share, label=_("top-p"),
            help=_("tokens stay until their probabilities reach this sum; 1 is all"),
        )  # fmt: skip
        self.repetition_penalty = Knob(
            "repetition_penalty", repetition_penalty, 1, 2, step=0.05, check=arguments.positive,
            label=_("repetition"),
            help=_("lowers the logits of the last {count} tokens; 1: off").format(count=RECENT),
        )  # fmt: skip
        self.seed = Knob("seed", seed, 0, 99, whole=True, check=_seed, help=_("of what is drawn"))
        self.length = Knob("length", length, 1, 500, whole=True, check=_length, help=_("tokens to generate"))
        self.keep(*(getattr(self, name) for name in self.CONTROLS))
        self._make_buttons()
        self._begin()
        self.compute()
        self.figure = SamplingFigure(self.choice, self.names, **self._filters(), theme=theme)
        for knob in (self.temperature, self.top_k, self.top_p, self.repetition_penalty):
            knob.observe(self.changed, "value")
        self.prompt.observe(self._prompt_changed, "value")
        self.seed.observe(lambda _change: self.reset(), "value")
        beneath = [self._page, self._buttons]
        self.assemble(
            [getattr(self, name) for name in (self.CONTROLS if shown is None else shown)], beneath=beneath
        )

    # -- settings ---------------------------------------------------------------------------

    def _some(self, name: str, value: Any) -> int:
        slider = getattr(self, "top_k", None)
        if slider is not None and slider.dragged:  # on a scale of logarithms it stands between two numbers
            value = round(value)
        return arguments.whole(name, value, 1, self._size)

    def _filters(self) -> dict[str, Any]:
        """top_k and top_p, None where they let all through."""
        k, p = self.top_k.value, self.top_p.value
        return {"top_k": None if k >= self._size else k, "top_p": None if p >= 1 else p}

    def settings(self) -> dict[str, Any]:
        """The arguments of `maths.sampling.next_probabilities`, but for the tokens."""
        return {
            "temperature": self.temperature.value,
            **self._filters(),
            "repetition_penalty": self.repetition_penalty.value,
        }

    @property
    def tokens(self) -> list[int]:
        """The tokens of the prompt, and behind them those that were written."""
        return self._prompt + self.written

    @property
    def text(self) -> str:
        """The prompt, and what was written behind it."""
        return self.next.tokenizer.decode(self.tokens)

    @locked
    def _prompt_changed(self, change) -> None:
        try:
            prompt = self.next.encode(from_one_line(change["new"]))
        except ValueError as error:
            with self.silently():
                self.prompt.value = one_line(self.next.tokenizer.decode(self._prompt))
            self.complain(str(error))
            return
        if prompt != self._prompt:
            self._prompt = prompt
            self.reset()

    # -- what an explorer says --------------------------------------------------------------

    def settle(self) -> None:
        with self._lock:
            self.next.forget()
        super().settle()

    def compute(self) -> None:
        tokens = self.tokens
        self.choice = choose(self.next.logits(tokens), **self.settings(), recent=tokens[-RECENT:])

    def draw(self, rescale: bool) -> None:
        self.figure.update(self.choice, self.names, **self._filters(), answers=self.revealed, rescale=rescale)
        self._page.value = self._page_html()

    def _page_html(self) -> str:
        """Prompt and text. Reversed, a column that scrolls stays at its end."""
        prompt = self.next.tokenizer.decode(self._prompt)
        whole = self.text
        behind = (
            whole[len(prompt) :] if whole.startswith(prompt) else self.next.tokenizer.decode(self.written)
        )
        outer = (
            "display:flex;flex-direction:column-reverse;min-height:2.8em;max-height:9.5em;"
            "overflow-y:auto;border:1px solid #8b949e;padding:4px 8px;line-height:1.4"
        )
        inner = "white-space:pre-wrap;overflow-wrap:anywhere;font-family:monospace"
        mark = "border-bottom:2px solid #0072b2;font-weight:600"
        return (
            f'<div style="{outer}" tabindex="0" role="group" aria-label="{html.escape(_("text"))}">'
            f'<div style="{inner}">{html.escape(prompt)}<span style="{mark}">{html.escape(behind)}</span>'
            "</div></div>"
        )

    def describe(self) -> str:
        if not self.revealed:
            return _("The probabilities are hidden. Predict, and they are shown.")
        choice = self.choice
        full, kept = choice.full, choice.in_top_p
        best = int(np.argmax(full))
        words = _("After “{end}” the most probable of {all:,} tokens is “{token}” with {share:.1%}.").format(
            end=seen(self.text[-12:]), all=self._size, token=self.names[best], share=full[best]
        )
        if self.temperature.value == 0:
            words += " " + _("Temperature 0: it is taken for certain.")
        elif not kept.all():
            words += " " + _(
                "{kept:,} stay, which have {share:.1%} of the probability; the filters drop the rest."
            ).format(kept=int(kept.sum()), share=full[kept].sum())
        p = choice.probabilities[choice.probabilities > 0]
        bits = max(float(-(p * np.log2(p)).sum()), 0.0)
        words += " " + _("What is drawn is as uncertain as {count:.1f} equally probable tokens.").format(
            count=2**bits
        )
        return words + " " + _("Written so far: {count:,}.").format(count=len(self.written))

    def longest(self) -> str:
        if not self.revealed:
            return ""
        return (
            _("After “{end}” the most probable of {all:,} tokens is “{token}” with {share:.1%}.").format(
                end="m" * 12, all=self._size, token="m" * 8, share=1
            )
            + " m" * 100
        )

    def code(self) -> str:
        with self._lock:
            return sampling_cell(self)


def _share(name: str, value: Any) -> float:
    return arguments.between(name, value, 0, 1, low_open=True)


def _seed(name: str, value: Any) -> int:
    return arguments.whole(name, value, 0, 2**32 - 1)


def _length(name: str, value: Any) -> int:
    return arguments.whole(name, value, 1, MOST)
