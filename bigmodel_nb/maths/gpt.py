"""A GPT in NumPy: the weights of a trained transformer, and nothing else, write text.

    model = GPT(weights, num_heads=4, tokenizer=tokenizer)      # weights by name, as `named_weights` gives
    model.logits(tokens)                    # (T,) -> (T, vocabulary): scores of the next token at each place
    model.begin(tokens); model.step(7)      # (vocabulary,): one token more, from what was kept of the others
    model.write("The class ", 200, temperature=0.8, seed=1)

A. Radford, J. Wu, R. Child and others, 2019, "Language models are unsupervised multitask learners". For a
token only its own column is computed; keys and values of those before it are kept. Once the window is full,
every token moves to another place, so that the whole window is encoded anew for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bigmodel_nb.arguments import one_of, whole, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.attention import EPSILON, rotary, sinusoidal_positions
from bigmodel_nb.maths.continuation import (
    LONGEST,
    as_text,
    listener,
    settings_of,
    stops_of,
    tokens_of,
)
from bigmodel_nb.maths.sampling import RECENT, draw

HIDDEN = np.float32(-1e9)  # the score of what a token must not see


class GPT:
    """A causal transformer; `weights` are named as in `models.build_transformer`, which has the same
    `num_heads`, `activation` and `positions`.

    `positions` None stands for "learned" where there is a table of them, else "none". `context_length` is
    needed where there is none. `tokenizer` (`encode`, `decode`) is needed for text; `about` is for readers.
    """

    def __init__(
        self,
        weights: Mapping[str, Any],
        *,
        num_heads: int,
        tokenizer: Any = None,
        activation: str = "gelu",
        positions: str | None = None,
        context_length: int | None = None,
        about: str = "",
    ) -> None:
        if "token_embedding/table" not in weights:
            expected = _("a mapping with 'token_embedding/table' in it, as named_weights(model) gives")
            raise wrong_value("weights", expected, sorted(weights)[:3])
        self.weights = {name: np.array(value, np.float32) for name, value in weights.items()}
        self.tokenizer, self.about = tokenizer, about
        self.vocabulary_size, self.width = self.weights["token_embedding/table"].shape
        self.num_heads = whole("num_heads", num_heads, 1)
        if self.width % self.num_heads:
            expected = _("a divisor of the width, which is {width}").format(width=self.width)
            raise wrong_value("num_heads", expected, num_heads)
        self.activation = one_of("activation", activation, ("gelu", "relu", "swiglu"))
        table = self.weights.get("positions/table")
        self.positions = positions or ("none" if table is None else "learned")
        one_of("positions", self.positions, ("learned", "sinusoidal", "rotary", "none"))
        if table is None and context_length is None:
            raise wrong_value("context_length", _("given where weights have no table of positions"), None)
        limit = len(table) if table is not None else context_length
        self.context_length = whole("context_length", context_length or limit, 1, limit)
        self.num_layers = len({name.split("/")[0] for name in self.weights if name.startswith("block_")})
        self.tokens: list[int] = []  # all that begin and step were given
        self._kept = np.zeros(
            (self.num_layers, 2, self.num_heads, self.context_length, self.width // self.num_heads),
            np.float32,
        )

    def logits(self, tokens: Any) -> np.ndarray:
        """Scores (T, vocabulary) for the token after each of `tokens` (T,), T up to `context_length`."""
        known = tokens_of(tokens, None, self.vocabulary_size, name="tokens")
        if len(known) > self.context_length:
            expected = _("at most {length} tokens, the context_length of this model")
            raise wrong_value("tokens", expected.format(length=self.context_length), tokens)
        return self._scores(self._encoded(known, 0, np.empty_like(self._kept[..., : len(known), :])))

    def begin(self, tokens: Any) -> np.ndarray:
        """Forgets what was before, reads `tokens` and gives the scores (vocabulary,) of the next one."""
        known = tokens_of(tokens, None, self.vocabulary_size, name="tokens")
        self.tokens = known.tolist()
        return self._window_scores()

    def step(self, token: int) -> np.ndarray:
        """One token more; the scores (vocabulary,) of the one that follows it."""
        self.tokens.append(whole("token", token, 0, self.vocabulary_size - 1))
        place = len(self.tokens) - 1
        if place >= self.context_length:
            return self._window_scores()
        last = np.array(self.tokens[-1:])
        return self._scores(self._encoded(last, place, self._kept))[0]

    def write(
        self,
        prompt: str,
        length: int = 200,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        repetition_penalty: float = 1.0,
        seed: int = 0,
        stop: str | Sequence[str] | None = None,
        stream: Callable[[str], Any] | bool | None = None,
    ) -> str:
        """`prompt` and `length` tokens more; arguments and errors are those of `models.generate`."""
        tokens = tokens_of(str(prompt), self.tokenizer, self.vocabulary_size)
        settings = settings_of(temperature, top_k, top_p, repetition_penalty)
        stops, say = stops_of(stop, True), listener(stream, True)
        written = self._written(tokens, whole("length", length, 0, LONGEST), whole("seed", seed, 0), settings)
        if say is not None:
            say(prompt)
        return prompt + as_text(written, self.tokenizer, stops, say)

    def _written(self, tokens: np.ndarray, length: int, seed: int, settings: Any) -> Iterator[int]:
        random = np.random.default_rng(seed)
        scores = self.begin(tokens)
        for _number in range(length):
            token = draw(scores, random, recent=self.tokens[-RECENT:], **settings)
            yield token
            scores = self.step(token)

    def _window_scores(self) -> np.ndarray:
        """From the last tokens, as many as fit, encoded anew."""
        seen = np.array(self.tokens[-self.context_length :])
        return self._scores(self._encoded(seen, 0, self._kept)[-1:])[0]

    # -- the mathematics; x is (T, width) ---------------------------------------------------------

    def _encoded(self, tokens: np.ndarray, start: int, kept: np.ndarray) -> np.ndarray:
        """What the blocks make of `tokens`, the first of which stands at `start`; writes into `kept`
        (layers, 2, heads, places, d_head)."""
        x = self.weights["token_embedding/table"][tokens]
        if self.positions == "learned":
            x = x + self.weights["positions/table"][start : start + len(x)]
        elif self.positions == "sinusoidal":
            x = x * np.float32(self.width**0.5) + sinusoidal_positions(len(x), self.width, start)
        x = x.astype(np.float32, copy=False)
        before = "final_norm/gamma" in self.weights  # norms stand before the parts, and one at the end
        for layer in range(self.num_layers):
            name = f"block_{layer}"
            for part, norm in ((self._attend, "attention_norm"), (self._feed, "feed_forward_norm")):
                given = self._normed(x, f"{name}/{norm}") if before else x
                x = x + part(given, name, start, kept[layer])
                if not before:
                    x = self._normed(x, f"{name}/{norm}")
        return x

    def _scores(self, x: np.ndarray) -> np.ndarray:
        if "final_norm/gamma" in self.weights:
            x = self._normed(x, "final_norm")
        if "logits/kernel" in self.weights:
            return x @ self.weights["logits/kernel"]
        return x @ self.weights["token_embedding/table"].T

    def _attend(self, x: np.ndarray, name: str, start: int, kept: np.ndarray) -> np.ndarray:
        parts = self._linear(x, f"{name}/attention/qkv").reshape(len(x), 3, self.num_heads, -1)
        query, key, value = parts.transpose(1, 2, 0, 3)  # each (heads, T, d_head)
        if self.positions == "rotary":
            query, key = rotary(query, start), rotary(key, start)
        end = start + len(x)
        kept[0, :, start:end], kept[1, :, start:end] = key, value
        scores = query @ kept[0, :, :end].transpose(0, 2, 1) * np.float32(query.shape[-1] ** -0.5)
        if len(x) > 1:
            scores = np.where(np.tri(len(x), end, start, dtype=bool), scores, HIDDEN)
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        mixed = (weights.astype(np.float32, copy=False) @ kept[1, :, :end]).transpose(1, 0, 2)
        return self._linear(mixed.reshape(len(x), -1), f"{name}/attention/out")

    def _feed(self, x: np.ndarray, name: str, _start: int, _kept: np.ndarray) -> np.ndarray:
        x = self._linear(x, f"{name}/feed_forward/up")
        if self.activation == "swiglu":
            gate, value = np.split(x, 2, axis=-1)
            x = gate * (0.5 + 0.5 * np.tanh(0.5 * gate)) * value
        else:
            x = np.maximum(x, 0) if self.activation == "relu" else 0.5 * x * (1 + _erf(x * 0.5**0.5))
        return self._linear(x.astype(np.float32, copy=False), f"{name}/feed_forward/down")

    def _linear(self, x: np.ndarray, name: str) -> np.ndarray:
        y = x @ self.weights[f"{name}/kernel"]
        bias = self.weights.get(f"{name}/bias")
        return y if bias is None else y + bias

    def _normed(self, x: np.ndarray, name: str) -> np.ndarray:
        centered = x - x.mean(axis=-1, keepdims=True)
        variance = (centered * centered).mean(axis=-1, keepdims=True)
        y = centered / np.sqrt(variance + np.float32(EPSILON)) * self.weights[f"{name}/gamma"]
        beta = self.weights.get(f"{name}/beta")
        return y if beta is None else y + beta


def _erf(x: np.ndarray) -> np.ndarray:
    """The error function to 1.5e-7 (M. Abramowitz, I. Stegun, 1964, "Handbook of mathematical functions",
    7.1.26): NumPy has none, and math.erf takes one number at a time."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return np.copysign(1 - series * np.exp(-x * x), x)
