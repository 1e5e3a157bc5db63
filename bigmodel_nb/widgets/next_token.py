"""What a language model says about the next token, asked once for each text."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.data.tokenizers import Tokenizer
from bigmodel_nb.language import gettext as _

KEPT = 16  # texts whose logits are remembered


class NextToken:
    """The logits (V,) after any row of tokens. `asked` counts how often the model had to compute.

    `model` is a causal Keras model, (n, T) tokens -> (n, T, V) logits, or a `maths.gpt.GPT`; None is the GPT
    that is shipped. `tokenizer` is needed for a Keras model; a GPT in NumPy has its own.
    """

    def __init__(self, model: Any = None, tokenizer: Tokenizer | None = None):
        if model is None:
            from bigmodel_nb.data.pretrained import shipped_gpt

            model, self.shipped = shipped_gpt(), True
        else:
            self.shipped = False
        self.model = model
        self.in_numpy = not hasattr(model, "layers") and callable(getattr(model, "logits", None))
        if not self.in_numpy:
            from bigmodel_nb.training.counting import built

            built("model", model)
        if tokenizer is None:
            tokenizer = getattr(model, "tokenizer", None)
        if not isinstance(tokenizer, Tokenizer):
            expected = _("the tokenizer that the model was trained with, such as data.tokenizer")
            raise wrong_type("tokenizer", expected, tokenizer)
        self.tokenizer = tokenizer
        self._begun = False  # whether what a GPT keeps of the tokens before is of the present weights
        scores = self._ask(np.zeros(1, dtype=np.int32)).shape
        if scores != (len(tokenizer.vocabulary),):
            expected = _("that of the model, which has {count:,} scores for a next token").format(
                count=scores[-1]
            )
            raise wrong_value("tokenizer", expected, tokenizer)
        self.asked = 0
        self._known: OrderedDict[tuple[int, ...], np.ndarray] = OrderedDict()

    def encode(self, prompt: Any) -> list[int]:
        """The tokens of a prompt, of which there must be one at least."""
        expected = _("text of one character or more")
        if not isinstance(prompt, str):
            raise wrong_type("prompt", expected, prompt)
        tokens = [int(token) for token in self.tokenizer.encode(prompt)]
        if not tokens:
            raise wrong_value("prompt", expected, prompt)
        return tokens

    def logits(self, tokens: Sequence[int]) -> np.ndarray:
        """The logits (V,) of what follows `tokens`; the model is asked where they are not known yet."""
        key = tuple(tokens)
        if key not in self._known:
            self._known[key] = self._compute(np.array(key, dtype=np.int32))
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return self._known[key]

    def forget(self) -> None:
        """The model may have been trained since: it is asked again."""
        self._known.clear()
        self._begun = False

    def _compute(self, tokens: np.ndarray) -> np.ndarray:
        self.asked += 1
        return self._ask(tokens).astype(np.float64)

    def _ask(self, tokens: np.ndarray) -> np.ndarray:
        if self.in_numpy:
            return self._in_numpy([int(token) for token in tokens])
        from bigmodel_nb.models.generation import next_logits

        return np.asarray(next_logits(self.model, tokens))

    def _in_numpy(self, tokens: list[int]) -> np.ndarray:
        """With a token more than it has read, a GPT need not read all of them again. Others may use it in
        between, so what it has read is looked at."""
        if self._begun and self.model.tokens == tokens[:-1]:
            return np.asarray(self.model.step(tokens[-1]))
        self._begun = True
        return np.asarray(self.model.begin(tokens))
