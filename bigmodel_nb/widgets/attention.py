"""Attention, stage by stage, in the reader's own transformer or in matrices that are set by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.data.tokenizers import Tokenizer
from bigmodel_nb.figures.attention import AttentionFigure
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.attention import causal_mask, window_mask
from bigmodel_nb.maths.attention_view import HAND_POSITIONS, STAGES, by_hand, view_of
from bigmodel_nb.maths.hand_matrices import PRESETS, Hand, checked, hand_of, rows_of, text_of
from bigmodel_nb.maths.mask_rows import mask_rows
from bigmodel_nb.maths.transformer import POSITIONS
from bigmodel_nb.widgets.attention_cells import attention_cell
from bigmodel_nb.widgets.attention_controls import MASKS, make_controls, parts_of
from bigmodel_nb.widgets.attention_questions import QUESTIONS, attention_question
from bigmodel_nb.widgets.attention_source import MOST_TOKENS, Source
from bigmodel_nb.widgets.attention_words import summary
from bigmodel_nb.widgets.explorer import Explorer, all_or_nothing, locked
from bigmodel_nb.widgets.lesson import checked_show, paged
from bigmodel_nb.widgets.options import offer
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.token_words import from_one_line

MODEL, OWN = "model", "own"


class AttentionExplorer(Explorer):
    """One head of a transformer on a text of the reader's: scores, scaled, masked, softmax, weighted values;
    all heads beside it, and what each block would say next (logit lens).

    `model` is a Keras model that `build_transformer` made (any of its options), or a `maths.gpt.GPT`; None
    (the default) is the small GPT that is shipped. `tokenizer` is the one that a Keras model was trained
    with. `matrices` in place of a model: the name of a preset (`maths.hand_matrices.PRESETS`), or (query,
    key, value), each (T, d) with T and d up to 8.

    Other arguments, each also a control: `text`, at most 64 tokens; `layer` and `head`, from 0, negative ones
    from the end; `stage`, one of `maths.attention_view.STAGES`; `token`, whose row and column are lit;
    `mask`, "none", "causal", "window" (of `width`) or "own", whose `rows` are written as "3: 1, 2; 4: 0-4"
    (rows that are not named are the model's); `positions`, "learned", "sinusoidal", "rotary" or "none"
    (default: the model's), with `base`, `strength` of those that are added, and `start`; `temperature` of
    the softmax; `scaled`, whether scores are divided by sqrt(d_head).

    `show` and `theme` as in `DescentExplorer`. `prediction` is a `Prediction`, "unscaled", "shuffle" or
    "no mask"; until it is answered nothing is shown.

    Controls have the names of the arguments, and `matrices`, `query`, `key`, `value_rows`. Results: `trace`
    (a `maths.transformer.Trace` or a `HandTrace`), `view` (an `AttentionView`), `mask_now`, `tokens`,
    `source` (whose `computed` counts passes through the model), `summary_text`. `settle()` reads changed
    weights.
    """

    figure: AttentionFigure
    CONTROLS = (
        "text", "stage", "layer", "head", "token", "mask", "positions", "temperature", "scaled", "matrices",
    )  # fmt: skip

    @all_or_nothing
    def __init__(
        self,
        model: Any = None,
        tokenizer: Tokenizer | None = None,
        text: str = "The class of the object",
        *,
        matrices: Any = None,
        layer: int = 0,
        head: int = 0,
        stage: str = "softmax",
        token: int = -1,
        mask: str | None = None,
        width: int = 4,
        rows: str = "",
        positions: str | None = None,
        base: float = 10000.0,
        strength: float = 1.0,
        start: int = 0,
        temperature: float = 1.0,
        scaled: bool = True,
        show: Sequence[str] | None = None,
        prediction: Prediction | str | None = None,
        theme: str = "light",
    ):
        shown = checked_show(show, self.CONTROLS)
        arguments.one_of("stage", stage, STAGES)
        if matrices is not None and model is not None:
            raise arguments.wrong_value("matrices", _("None where a model is given"), matrices)
        self.hand: Hand | None = None if matrices is None else hand_of(matrices)
        self.source = None if matrices is not None else Source(model, tokenizer)
        self.tokens = () if self.source is None else self.source.tokens(text)
        if mask is not None:
            arguments.one_of("mask", mask, MASKS)
        own = HAND_POSITIONS if self.source is None else self.places()
        if positions is not None:
            arguments.one_of("positions", positions, own)
        super().__init__()
        self.theme = theme
        if isinstance(prediction, str):
            prediction = attention_question(arguments.one_of("prediction", prediction, QUESTIONS))
        self.ask(prediction)
        preset = next((name for name, known in PRESETS.items() if known == self.hand), OWN)
        make_controls(
            self, text=text, stage=stage, layer=layer, head=head, token=token,
            mask=mask or ("causal" if self.causal else "none"), width=width, rows=rows,
            positions=positions or self.own_positions, base=base, strength=strength, start=start,
            temperature=temperature, scaled=scaled, matrices=MODEL if self.hand is None else preset,
        )  # fmt: skip
        self.compute()
        self.figure = AttentionFigure(self.view, answers=self.revealed, theme=theme)
        self._watch()
        self._show_what_matters()
        parts = parts_of(self)
        self.keep(*(one for group in parts.values() for one in group))
        if shown is not None:
            self.assemble([one for name in shown for one in parts[name]])
            return
        self.pages, pages = paged(
            {
                _("Head"): [*parts["stage"], *parts["layer"], *parts["head"], *parts["token"]],
                _("Mask"): parts["mask"],
                _("Positions"): parts["positions"],
                _("Softmax"): [*parts["temperature"], *parts["scaled"]],
                _("By hand"): parts["matrices"],
            }
        )
        self.assemble([*parts["text"], *pages])

    # -- what there is to choose ------------------------------------------------------------

    @property
    def causal(self) -> bool:
        """Whether the model hides what is to come. What is set by hand hides nothing."""
        return self.hand is None and self.source is not None and self.source.design.causal

    @property
    def own_positions(self) -> str:
        """The model's positions."""
        return "none" if self.hand is not None or self.source is None else self.source.design.positions

    def places(self) -> tuple[str, ...]:
        """The positions that can be chosen."""
        if self.hand is not None or self.source is None:
            return HAND_POSITIONS
        learned = "positions/table" in self.source.weights
        return tuple(kind for kind in POSITIONS if learned or kind != "learned")

    def size(self) -> tuple[int, int, int]:
        """How many blocks, heads and tokens there are."""
        if self.hand is not None:
            return 1, 1, len(self.hand.query)
        assert self.source is not None
        return self.source.layers, self.source.heads, max(len(self.tokens), 1)

    def most_tokens(self) -> int:
        return MOST_TOKENS if self.source is None else self.source.most

    def _watch(self) -> None:
        for control in (
            self.stage, self.layer, self.head, self.token, self.mask, self.width, self.rows, self.positions,
            self.base, self.strength, self.start, self.temperature, self.scaled,
        ):  # fmt: skip
            control.observe(self.changed, "value")
        self.text.observe(self._text_changed, "value")
        self.matrices.observe(self._matrices_changed, "value")
        for name in ("query", "key", "value_rows"):
            getattr(self, name).observe(self._numbers_changed, "value")

    def _text_changed(self, change) -> None:
        if not self._quiet:
            self.changed(change)

    def _matrices_changed(self, change) -> None:
        """A preset, or back to the model."""
        if self._quiet:
            return
        kind, before = change["new"], self.hand
        try:
            if kind == MODEL and self.source is None:
                self.source = Source()
        except (ValueError, TypeError, OSError) as error:
            with self.silently():
                self.matrices.value = change["old"]
            self.complain(str(error))
            return
        self.hand = None if kind == MODEL else PRESETS.get(kind, before or PRESETS["two directions"])
        with self.silently():
            self._fit()
            if self.hand is not None:
                self._write()
            names = self.places()
            offer(self.positions, [entry for entry in self.all_positions if entry[1] in names])
            self.positions.value = self.own_positions
            self.mask.value = "causal" if self.causal else "none"
            self.rows.value = ""
        self.refresh()

    def _write(self) -> None:
        """The numbers of the matrices into their boxes."""
        assert self.hand is not None
        for name, box in (("query", self.query), ("key", self.key), ("value", self.value_rows)):
            box.value = text_of(getattr(self.hand, name))

    def _numbers_changed(self, change) -> None:
        if self._quiet or self.hand is None:
            return
        before = self.hand
        names = {"query": self.query, "key": self.key, "value": self.value_rows}
        try:
            rows = {name: rows_of(name, box.value) for name, box in names.items()}
            same = len(rows["query"]) == len(before.tokens)
            tokens = before.tokens if same else tuple(map(str, range(len(rows["query"]))))
            self.hand = checked(Hand(**rows, tokens=tokens))
        except (ValueError, TypeError) as error:
            self.complain(str(error))  # what was typed stays: the other matrices may have to change, too
            return
        with self.silently():
            self.matrices.value = next((name for name, one in PRESETS.items() if one == self.hand), OWN)
            self._fit()
        self.refresh()

    def _fit(self) -> None:
        """Blocks, heads and tokens may be fewer or more than before."""
        for knob, count in zip((self.layer, self.head, self.token), self.size(), strict=True):
            if knob.slider.max != max(count - 1, 1) or knob.value >= count:
                knob.span(0, max(count - 1, 1), min(knob.value, count - 1))

    # -- what an explorer says --------------------------------------------------------------

    def settings(self) -> dict[str, Any]:
        """What the controls say to `maths.transformer.forward` or `by_hand`, besides the mask."""
        return {
            "positions": self.positions.value, "base": self.base.value, "strength": self.strength.value,
            "start": self.start.value, "temperature": self.temperature.value,
            "scale": None if self.scaled.value else 1.0,
        }  # fmt: skip

    def chosen(self) -> dict[str, Any]:
        """What the controls say to `maths.attention_view.view_of`."""
        return {
            "layer": self.layer.value, "head": self.head.value, "stage": self.stage.value,
            "token": self.token.value,
        }  # fmt: skip

    def _mask(self, length: int) -> np.ndarray:
        kind = self.mask.value
        if kind == "window":
            return window_mask(length, self.width.value)
        if kind == "causal" or (kind == "own" and self.causal):
            visible = causal_mask(length)
        else:
            visible = np.ones((length, length), dtype=bool)
        return mask_rows(self.rows.value, visible) if kind == "own" else visible

    def compute(self) -> None:
        if self.hand is not None:
            mask = self._mask(len(self.hand.query))
            hand = self.hand
            trace: Any = by_hand(hand.query, hand.key, hand.value, mask=mask, **self.settings())
            view = view_of(trace, hand.tokens, **self.chosen())
            self.trace, self.view, self.mask_now = trace, view, mask
        else:
            assert self.source is not None
            tokens = self.source.tokens(from_one_line(self.text.value))
            mask = self._mask(len(tokens))
            trace = self.source.trace(tokens, mask, self.settings())
            labels = [self.source.names[one] for one in tokens]
            chosen = self.chosen()
            chosen["token"] = min(chosen["token"], len(tokens) - 1)
            view = view_of(trace, labels, self.source.names, **chosen)
            self.trace, self.view, self.mask_now, self.tokens = trace, view, mask, tokens
            with self.silently():
                self._fit()
        self._show_what_matters()

    def _show_what_matters(self) -> None:
        kind, added = self.mask.value, self.positions.value
        for part, wanted in (
            (self.width, kind == "window"), (self.rows, kind == "own"),
            (self.base, added in ("sinusoidal", "rotary")),
            (self.strength, added in ("learned", "sinusoidal")), (self.start, added != "none"),
            (self.text, self.hand is None), (self.by_hand, self.hand is not None),
            (self.layer, self.hand is None), (self.head, self.hand is None),
        ):  # fmt: skip
            part.layout.display = None if wanted else "none"

    def draw(self, rescale: bool) -> None:
        if not self.figure.fits(self.view):
            self.figure = AttentionFigure(self.view, answers=self.revealed, theme=self.theme)
        else:
            self.figure.update(self.view, answers=self.revealed, rescale=rescale)

    def describe(self) -> str:
        return summary(self)

    @locked
    def settle(self) -> None:
        """Reads the weights again, computes and draws."""
        if self.source is not None:
            self.source.look()
        self.refresh()

    def code(self) -> str:
        with self._lock:
            return attention_cell(self)
