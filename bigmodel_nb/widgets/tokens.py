"""The reader's text as tokens, and what a trained model has made of each token."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import ipywidgets
import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.data.tokenizers import Tokenizer
from bigmodel_nb.figures.embeddings import EmbeddingFigure
from bigmodel_nb.figures.tokens import Pieces, TokenFigure
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.embeddings import Plane, neighbors, plane
from bigmodel_nb.widgets.controls import LABEL_WIDTH, Guarded, choice, style_of, tooltip
from bigmodel_nb.widgets.explorer import Explorer, all_or_nothing
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.lesson import checked_show
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.token_cells import token_cell
from bigmodel_nb.widgets.token_questions import QUESTIONS, token_question
from bigmodel_nb.widgets.token_splits import MOST_PAIRS, SPLITS, Splits, pieces
from bigmodel_nb.widgets.token_tables import table_of
from bigmodel_nb.widgets.token_words import labels

VIEWS = ("tokens", "embeddings")
LONGEST = 20_000  # characters of a text
LISTED = 2000  # tokens of a vocabulary that can be chosen from
TEXT = "The naïve reader's café: 3 tokens, or 30? 😀"


class Textarea(Guarded, ipywidgets.Textarea):
    """The core control, guarded."""


class TokenExplorer(Explorer):
    """A text as characters, as bytes and as byte pairs, with the number and the lengths of the tokens; and,
    with a `model`, the table of its tokens: the nearest to a chosen one, and a map.

    Arguments, each also a control: `text` (up to 20,000 characters); `split`, "characters", "bytes", "byte
    pairs" or, with a `tokenizer` of your own, "your tokenizer"; `vocabulary_size`, how many tokens byte pairs
    have, from 256. Byte pairs are learned from `corpus`, a text (default: the Python manual); they need the
    library tokenizers.

    `model` is a trained Keras model whose tokens `tokenizer` made, or a `maths.gpt.GPT`, which has its own
    tokenizer. Then there are `view`, "tokens" or "embeddings", and `token`, the number of the chosen one.

    `show` and `theme` as in `DescentExplorer`. `prediction` is a `Prediction`, "fewest" or "emoji"; until it
    is answered the numbers are hidden.

    Controls: `text`, `split`, `vocabulary_size`, `view`, `token`. Results: `splits` (`figures.tokens.Pieces`
    by name), `table` (V, width), `near` and `cosines` of the chosen token, `flat` (a
    `maths.embeddings.Plane`), `summary_text`. `settle()` reads changed weights.
    """

    CONTROLS = ("text", "split", "vocabulary_size", "view", "token")

    @all_or_nothing
    def __init__(
        self,
        text: str = TEXT,
        split: str = "characters",
        *,
        tokenizer: Tokenizer | None = None,
        model: Any = None,
        vocabulary_size: int = 512,
        corpus: str | None = None,
        view: str = "tokens",
        token: int | None = None,
        show: Sequence[str] | None = None,
        prediction: Prediction | str | None = None,
        theme: str = "light",
    ):
        known = self.CONTROLS if model is not None else self.CONTROLS[:3]
        shown = checked_show(show, known)
        if corpus is not None and not isinstance(corpus, str):
            raise arguments.wrong_type("corpus", _("text"), corpus)
        arguments.one_of("view", view, VIEWS if model is not None else VIEWS[:1])
        if model is not None and not hasattr(model, "weights"):
            raise arguments.wrong_type("model", _("a Keras model or a maths.gpt.GPT"), model)
        if model is not None and tokenizer is None:
            tokenizer = getattr(model, "tokenizer", None)
        if (model is not None or tokenizer is not None) and not isinstance(tokenizer, Tokenizer):
            expected = _("a tokenizer, such as data.tokenizer; with a model, the one it was trained with")
            raise arguments.wrong_type("tokenizer", expected, tokenizer)
        self.model, self.tokenizer = model, tokenizer
        self._source = Splits(tokenizer, corpus)
        arguments.one_of("split", split, self._source.names)
        super().__init__()
        self.theme = theme
        if isinstance(prediction, str):
            prediction = token_question(arguments.one_of("prediction", prediction, QUESTIONS))
        self.ask(prediction)
        self.text = Textarea(
            value=_checked_text(text), description=_("text"), continuous_update=True, rows=3,
            layout={"width": "auto", "max_width": "640px"},
            style=style_of(Textarea, description_width=LABEL_WIDTH), **tooltip(_("any text, in any script")),
        )  # fmt: skip
        self.split = choice(_("split into"), [(_(name), name) for name in self._source.names], split)
        self.vocabulary_size = Knob(
            "vocabulary_size", vocabulary_size, 256, MOST_PAIRS, log=True, check=self._size,
            label=_("byte-pair tokens"), help=_("how many different tokens byte pairs have"),
        )  # fmt: skip
        views = {"tokens": _("tokens of the text"), "embeddings": _("embeddings of the model")}
        self.view = choice(_("view"), [(views[name], name) for name in VIEWS], view)
        self._read_table()
        self.token = self._token_list(token)
        # Some come and go, and lists share their layouts.
        self._boxes = {name: ipywidgets.VBox([getattr(self, name)]) for name in self.CONTROLS}
        self.keep(*self._boxes.values())
        self._pictures: dict[str, Any] = {}
        self.compute()
        self._draw_view()
        for name in self.CONTROLS:
            getattr(self, name).observe(self.changed, "value")
        self.assemble([self._boxes[name] for name in (known if shown is None else shown)])

    # -- controls ---------------------------------------------------------------------------

    def _size(self, name: str, value: Any) -> int:
        knob = getattr(self, "vocabulary_size", None)
        if knob is not None and knob.dragged:  # on a scale of logarithms it stands between two numbers
            value = round(value)
        return arguments.whole(name, value, 256, MOST_PAIRS)

    def _token_list(self, token: int | None) -> ipywidgets.Dropdown:
        """Tokens of the model to choose from, those of the text first in mind."""
        if self.model is None:
            return choice(_("token"), [("-", 0)], 0)  # type: ignore[list-item, arg-type]
        size = len(self._names)
        if token is None:
            token = self._frequent()
        token = arguments.whole("token", token, 0, size - 1)
        numbers = sorted({*range(min(size, LISTED)), token})
        options: Any = [(f"{self._names[number]}   ({number})", number) for number in numbers]
        return choice(_("token"), options, token, _("whose neighbors are looked for"))  # type: ignore[arg-type]

    def _frequent(self) -> int:
        """The token that occurs most often among the letters of the text, 0 where none is known."""
        found: list[int] = []
        for letter in filter(str.isalnum, self.text.value[:1000]):
            with contextlib.suppress(ValueError):  # one that the tokenizer does not know
                found += self.tokenizer.encode(letter).tolist()  # type: ignore[union-attr]
        return int(np.bincount(found).argmax()) if found else 0

    def _read_table(self) -> None:
        if self.model is None:
            return
        assert self.tokenizer is not None
        if not hasattr(self, "_names"):
            self._names = labels(self.tokenizer)
        self.table_name, self.table = table_of(self.model, len(self._names))
        self.flat: Plane = plane(self.table)

    # -- what an explorer says --------------------------------------------------------------

    def settle(self) -> None:
        with self._lock:
            self._read_table()
        super().settle()

    def compute(self) -> None:
        if self.view.value == "embeddings":
            self.near, self.cosines = neighbors(self.table, self.token.value)
        else:
            self.splits, self.left_out = self._split(_checked_text(self.text.value))
        on_table = self.view.value == "embeddings"
        for name, box in self._boxes.items():
            wanted = name == "view" or (name == "token") == on_table
            box.layout.display = None if wanted else "none"

    def _split(self, text: str) -> tuple[dict[str, Pieces], str]:
        """The text split in every way that is possible. What was chosen must be; of the others it is said
        why they are missing."""
        found, missing = {}, ""
        for name in self._source.names:
            try:
                tokenizer = self._source.tokenizer(name, text, self.vocabulary_size.value)
                found[name] = pieces(tokenizer, text)
            except ValueError as error:
                if name == self.split.value or name in SPLITS[:2]:
                    raise
                missing = _("Not with {name}: {reason}").format(name=_(name), reason=error)
        return found, missing

    def draw(self, rescale: bool) -> None:
        self._draw_view()

    def _draw_view(self) -> None:
        """Each view has a picture, made when it is first looked at."""
        view = self.view.value
        if view == "tokens":
            state: tuple = (self.splits, self.split.value, len(self.text.value))
            kind: Any = TokenFigure
        else:
            state = (self.flat, self._names, self.token.value, self.near, self.cosines)
            kind = EmbeddingFigure
        if view not in self._pictures:
            self._pictures[view] = kind(*state, theme=self.theme)
        if view == "tokens":
            self._pictures[view].update(*state, answers=self.revealed)
        else:
            self._pictures[view].update(*state)
        self.figure = self._pictures[view]

    def close(self) -> None:
        getattr(self, "_pictures", {}).clear()
        super().close()

    def describe(self) -> str:
        if self.view.value == "embeddings":
            return self._near_words()
        if not self.revealed:
            return _("The numbers are hidden. Predict, and they are shown.")
        characters = len(self.text.value)
        if not characters:
            return _("No text, no tokens.")
        counts = ", ".join(
            _("{name}: {count:,}").format(name=_(name), count=len(split.shown))
            for name, split in self.splits.items()
        )
        chosen = self.splits[self.split.value]
        longest = int(np.argmax(chosen.lengths))
        words = _("{characters:,} characters. Tokens as {counts}.").format(
            characters=characters, counts=counts
        )
        words += " " + _(
            "With {name}, {rate:.2f} tokens a character; a token stands for {mean:.2f} bytes on average, the "
            "longest, “{token}”, for {most}."
        ).format(
            name=_(self.split.value), rate=len(chosen.shown) / characters, mean=chosen.lengths.mean(),
            token=chosen.shown[longest], most=int(chosen.lengths[longest]),
        )  # fmt: skip
        return words + (" " + self.left_out if self.left_out else "")

    def _near_words(self) -> str:
        near = ", ".join(
            f"“{self._names[int(n)]}” ({cosine:.2f})"
            for n, cosine in zip(self.near[:3], self.cosines, strict=False)
        )
        return _(
            "{table}: {size:,} tokens, {width} numbers each. Nearest to “{token}” by cosine: {near}. The map "
            "shows {share:.0%} of the variance, so what is near there need not be near."
        ).format(
            table=self.table_name, size=len(self._names), width=self.table.shape[1],
            token=self._names[self.token.value], near=near, share=self.flat.shares.sum(),
        )  # fmt: skip

    def code(self) -> str:
        with self._lock:
            return token_cell(self)


def _checked_text(text: Any) -> str:
    expected = _("text of at most {most:,} characters").format(most=LONGEST)
    if not isinstance(text, str):
        raise arguments.wrong_type("text", expected, text)
    if len(text) > LONGEST:
        raise arguments.wrong_value("text", expected, len(text))
    return text
