"""What an `AttentionExplorer` looks into: a transformer of the reader's or the shipped one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.data.tokenizers import Tokenizer
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.transformer import Design, Trace, forward
from bigmodel_nb.widgets.token_words import labels

MOST_TOKENS = 64


class Source:
    """A model as weights and a `Design`. `computed` counts the passes through it.

    `model` is a Keras model that `build_transformer` made, or a `maths.gpt.GPT`; None is the shipped one.
    """

    def __init__(self, model: Any = None, tokenizer: Tokenizer | None = None):
        self.shipped = model is None
        if model is None:
            from bigmodel_nb.data.pretrained import shipped_gpt

            model = shipped_gpt()
        self.model = model
        self.in_numpy = isinstance(getattr(model, "weights", None), Mapping)
        if not self.in_numpy and not hasattr(getattr(model, "config", None), "num_heads"):
            expected = _("a model that build_transformer has made, or a maths.gpt.GPT")
            raise wrong_type("model", expected, model)
        if tokenizer is None:
            tokenizer = getattr(model, "tokenizer", None)
        if not isinstance(tokenizer, Tokenizer):
            expected = _("the tokenizer that the model was trained with, such as data.tokenizer")
            raise wrong_type("tokenizer", expected, tokenizer)
        self.tokenizer = tokenizer
        self.design = Design.of({**vars(model), "causal": True} if self.in_numpy else model.config)
        self.context = int((model if self.in_numpy else model.config).context_length)
        self.most = min(MOST_TOKENS, self.context)
        self.names = labels(tokenizer)
        self.look()
        known = len(self.weights["token_embedding/table"])
        if known != len(self.names):
            expected = _("that of the model, which knows {count:,} tokens").format(count=known)
            raise wrong_value("tokenizer", expected, tokenizer)
        self.heads = self.design.num_heads
        self.layers = len({name.split("/")[0] for name in self.weights if name.startswith("block_")})
        if not self.layers:
            raise wrong_value("model", _("a transformer of one block at least"), model)
        self.computed = 0
        self._kept: tuple[Any, Trace] | None = None

    def look(self) -> None:
        """Reads the weights again: the model may have been trained since."""
        if self.in_numpy:
            self.weights = self.model.weights
        else:
            from bigmodel_nb.models.named_weights import named_weights

            self.weights = named_weights(self.model)
        self._kept = None

    def tokens(self, text: Any) -> tuple[int, ...]:
        """The tokens of a text, of which there are one at least and not too many."""
        expected = _("text of one character or more")
        if not isinstance(text, str):
            raise wrong_type("text", expected, text)
        found = tuple(int(token) for token in self.tokenizer.encode(text))
        if not found:
            raise wrong_value("text", expected, text)
        if len(found) > self.most:
            why = _("as many as the picture has room for")
            if self.most < MOST_TOKENS:
                why = _("the context_length of this model")
            expected = _("at most {most} tokens long, {why}").format(most=self.most, why=why)
            raise wrong_value("text", expected, _Count(_("{n} tokens").format(n=len(found))))
        return found

    def trace(self, tokens: tuple[int, ...], mask: np.ndarray, settings: dict[str, Any]) -> Trace:
        """The pass of `tokens` through the model; the latest one is remembered."""
        key = (tokens, mask.tobytes(), tuple(sorted(settings.items())))
        if self._kept is None or self._kept[0] != key:
            self.computed += 1
            trace = forward(self.weights, np.array(tokens), design=self.design, mask=mask, **settings)
            self._kept = key, trace
        return self._kept[1]


class _Count(str):
    __repr__ = str.__str__
