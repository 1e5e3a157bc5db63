"""Who writes for a model: the compiled loops that suit it, kept as long as the model is.

    writer = writer_for(model)                        # None where nothing of a model can be kept
    for token in writer.written(tokens, numbers, settings, seconds=0.05): ...

A call computes several tokens, as many as take about `seconds`. XLA makes loops many times as fast and takes
seconds to compile them; it is used once a model has been asked for so many tokens that they come back.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import keras
import numpy as np

from bigmodel_nb import quiet
from bigmodel_nb.maths.sampling import RECENT
from bigmodel_nb.models.cached_recurrence import CachedRecurrence, chain_of
from bigmodel_nb.models.cached_transformer import CachedTransformer, SlidingTransformer
from bigmodel_nb.models.drawing import as_arrays
from bigmodel_nb.models.passes import finite, vocabulary_of
from bigmodel_nb.models.transformer import Transformer
from bigmodel_nb.models.writing_loop import CHUNK, Loop

# Four layers of width 128 on two cores: XLA compiles for 2 s longer and saves about 1 ms for each token.
XLA_FROM = 2000

_writers: weakref.WeakKeyDictionary[Any, Writer | None] = weakref.WeakKeyDictionary()


def writer_for(model: Any) -> Writer | None:
    """The writer of `model`, made once; None where each token needs a pass through all of them."""
    if model not in _writers:
        _writers[model] = _made(model)
    return _writers[model]


def _made(model: Any) -> Writer | None:
    if isinstance(model, Transformer):
        model_of: Any = weakref.ref(model)  # a writer that held it would keep it alive, and itself with it
        inside = _Loops(lambda xla: CachedTransformer(model_of(), xla))
        beyond = _Loops(lambda xla: SlidingTransformer(model_of(), xla))
        return Writer(inside, beyond, model.config.context_length, vocabulary_of(model))
    chain = chain_of(model)
    if chain is None:
        return None
    return Writer(_Loops(lambda xla: CachedRecurrence(chain, xla)), None, None, vocabulary_of(model))


class _Loops:
    """One loop, plain and with XLA; each is made when it is first needed."""

    def __init__(self, make: Callable[[bool], Loop]):
        self._make = make
        self._made: dict[bool, Loop] = {}
        self.asked, self.works = 0, True

    def loop(self) -> Loop:
        xla = self.works and self.asked >= XLA_FROM and keras.backend.backend() == "tensorflow"
        if xla not in self._made:
            self._made[xla] = self._make(xla)
        return self._made[xla]

    def run(self, state: dict[str, Any]) -> tuple[dict[str, Any], float | None]:
        """What the loop makes of `state`, and the seconds it took, None where it was compiled first."""
        loop, begun = self.loop(), time.perf_counter()
        cold = not loop.warm
        try:
            with quiet.compiling() if cold else nullcontext():
                found = loop.predict_on_batch(state)
        except Exception:
            if not loop.jit_compile or not cold or not self.works:
                raise
            self.works = False  # XLA does not know an operation, or does not work here
            return self.run(state)
        loop.warm = True
        return found, None if cold else time.perf_counter() - begun


class Writer:
    """Writes on within the window of `context` tokens and, by the loop `beyond`, after it. Between calls all
    is NumPy: a writer keeps no text, and several texts may be written in turn."""

    def __init__(self, inside: _Loops, beyond: _Loops | None, context: int | None, size: int):
        self.inside, self.beyond, self.context, self.size = inside, beyond, context, size

    def written(
        self, tokens: np.ndarray, numbers: np.ndarray, settings: dict[str, Any], *, seconds: float
    ) -> Iterator[int]:
        """The tokens after `tokens` (n,), one for each of `numbers` (k,) between 0 and 1."""
        text = _Text(self, tokens, as_arrays(settings, self.size))
        text.read(len(numbers))
        chunk, done = 8, 0
        while done < len(numbers):
            found, took = text.go_on(numbers[done : done + chunk], len(numbers) - done)
            yield from found
            done += len(found)
            if took:
                chunk = int(np.clip(seconds * len(found) / took, 1, min(CHUNK, 4 * chunk)))

    def logits(self, tokens: np.ndarray) -> np.ndarray:
        """The scores (vocabulary,) of what follows `tokens`."""
        settings = {"temperature": 0.0, "top_k": None, "top_p": None, "repetition_penalty": 1.0}
        text = _Text(self, tokens, as_arrays(settings, self.size))
        text.read(0)
        return text.logits


class _Text:
    """One text on its way."""

    def __init__(self, writer: Writer, tokens: np.ndarray, settings: dict[str, np.generic]):
        self.writer, self.tokens, self.settings = writer, [int(token) for token in tokens], settings
        self.loops = writer.inside
        self.place, self.logits = 0, np.zeros(writer.size, np.float32)
        self.recent = np.full(RECENT, -1, np.int32)
        self.memory: Any = None

    def read(self, more: int) -> None:
        """Takes in the prompt; `more` tokens will be asked for."""
        prompt = self.tokens
        if self.writer.context is not None and len(prompt) > self.writer.context:
            before, prompt = prompt[:-1], prompt[-1:]
            self.recent[-len(before[-RECENT:]) :] = before[-RECENT:]
            self._slide(before)
        room = more if self.writer.context is None else min(more, self.writer.context - len(prompt))
        self.loops.asked += len(prompt) + (room if self.loops is self.writer.inside else more)
        if self.memory is None:
            self.memory = self.loops.loop().empty()
        for start in range(0, len(prompt), CHUNK):
            self._call(np.array(prompt[start : start + CHUNK], np.int32), None)

    def go_on(self, numbers: np.ndarray, left: int) -> tuple[list[int], float | None]:
        """One token for each of the first of `numbers`, as many as fit; and the seconds that they took. To be
        written are still `left` tokens."""
        writer = self.writer
        if writer.context is not None and self.loops is writer.inside:
            if self.place == writer.context:
                self._slide(self.tokens)
                self.loops.asked += left
            else:
                numbers = numbers[: writer.context - self.place]
        found, took = self._call(None, numbers)
        self.tokens += found
        return found, took

    def _slide(self, tokens: list[int]) -> None:
        assert self.writer.beyond is not None
        self.loops = self.writer.beyond
        self.memory = np.array(tokens[-self.writer.context :], np.int32)  # type: ignore[operator]

    def _call(self, given: np.ndarray | None, numbers: np.ndarray | None) -> tuple[list[int], float | None]:
        count = len(given if given is not None else numbers)  # type: ignore[arg-type]
        state = {
            "given": np.full(CHUNK, -1, np.int32),
            "numbers": np.zeros(CHUNK, np.float32),
            "settings": self.settings,
            "count": np.int32(count),
            "place": np.int32(self.place),
            "logits": self.logits,
            "recent": self.recent,
            "memory": self.memory,
        }
        if given is not None:
            state["given"][:count] = given
        else:
            state["numbers"][:count] = numbers
        found, took = self.loops.run(state)
        self.place += count
        self.logits, self.recent, self.memory = finite(found["logits"]), found["recent"], found["memory"]
        return [int(token) for token in found["written"][:count]], took
