"""`generate`: a causal model writes on, token by token.

    print(generate(model, "The class ", tokenizer=tokenizer, temperature=0.8))
    generate(model, "def ", tokenizer=tokenizer, stream=True, stop="\\n\\n")      # printed as it is written
    generate(model, [3, 14, 15], length=20)                                     # tokens in, tokens out

A token is drawn as `maths/sampling.py` says, from one number of a generator that `seed` begins: the same seed
writes the same text, with the cache and without. What is computed for a token in the window is kept and not
computed again (`models/writers.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from bigmodel_nb.arguments import whole
from bigmodel_nb.maths.continuation import (
    LONGEST,
    as_text,
    listener,
    settings_of,
    stops_of,
    tokens_of,
)
from bigmodel_nb.maths.knobs import truth
from bigmodel_nb.maths.sampling import RECENT, draw
from bigmodel_nb.models.passes import checked_model, context_of, logits_of, vocabulary_of
from bigmodel_nb.models.writers import writer_for

WATCHED, UNWATCHED = 0.05, 0.25  # seconds of one compiled call


def generate(
    model: Any,
    prompt: str | Sequence[int] | np.ndarray,
    *,
    tokenizer: Any = None,
    length: int = 200,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    repetition_penalty: float = 1.0,
    seed: int = 0,
    stop: str | Sequence[str] | None = None,
    stream: Callable[[Any], Any] | bool | None = None,
    cache: bool = True,
) -> str | np.ndarray:
    """`prompt` and what `model` writes after it: text for text, tokens (n,) int32 for tokens.

    model: a causal Keras model, (n, T) tokens -> (n, T, vocabulary) logits: `build_transformer()`,
        `build_rnn(task="next token")`, or one of the reader's own.
    prompt: text, which needs the `tokenizer` that the model was trained with, or a row of tokens. Not empty.
    length: how many tokens are written, a million at most.
    temperature, top_k, top_p, repetition_penalty: how a token is drawn, see
        `maths.sampling.next_probabilities`. The penalty looks at the last 64 tokens, those of the prompt
        included.
    seed: of the draws. The same seed writes the same text, with and without the cache.
    stop: text, or several, that ends the writing where it appears after the prompt; it is left out of the
        result. Needs a prompt of text.
    stream: a function that is called with each piece as soon as it is known (text, or a token), or True to
        print them. Pieces appear token by token; several are computed in one call.
    cache: whether what was computed for earlier tokens is kept. Without it each token costs a pass through
        the whole window.

    A transformer sees `context_length` tokens. While all text fits, keys and values are kept and each token
    costs one column of work. Beyond that the last `context_length` tokens are encoded anew for each token,
    since every one of them then stands at another place: slower, and the same with and without `cache`. A
    recurrent network carries its state on for as long as it writes.

    Raises TypeError or ValueError that name the argument: an empty prompt, characters that the tokenizer has
    never seen, tokens out of range, a model that is not causal.
    """
    checked_model(model)
    size = vocabulary_of(model)
    words = prompt if isinstance(prompt, str) else None
    text = words is not None
    tokens = tokens_of(prompt, tokenizer, size)
    length = whole("length", length, 0, LONGEST)
    settings = settings_of(temperature, top_k, top_p, repetition_penalty)
    seed = whole("seed", seed, 0)
    stops = stops_of(stop, text)
    say = listener(stream, text)
    writer = writer_for(model) if truth("cache", cache) else None
    if writer is None:
        written = _uncached(model, tokens, length, settings, seed)
    else:
        numbers = np.random.default_rng(seed).random(length)
        pause = WATCHED if say is not None or stops else UNWATCHED
        written = writer.written(tokens, numbers, settings, seconds=pause)
    if words is None:
        found = []
        for token in written:
            found.append(token)
            if say is not None:
                say(token)
        return np.concatenate([tokens, np.array(found, np.int32)])
    if say is not None:
        say(words)
    return words + as_text(written, tokenizer, stops, say)


def next_logits(model: Any, tokens: Any) -> np.ndarray:
    """The scores (vocabulary,) float32 of the token that follows `tokens` (n,), cropped to the last tokens
    that `model` can see. Any causal model; errors as in `generate`."""
    checked_model(model)
    known = tokens_of(tokens, None, vocabulary_of(model), name="tokens")
    writer = writer_for(model)
    # outside a compiled loop Keras takes milliseconds for each step of a recurrent layer
    return logits_of(model, known) if writer is None or writer.context is not None else writer.logits(known)


def _uncached(
    model: Any, tokens: np.ndarray, length: int, settings: dict[str, Any], seed: int
) -> Iterator[int]:
    """The tokens, each from a pass through all that the model can see."""
    random = np.random.default_rng(seed)
    window = context_of(model) or len(tokens) + length
    known = [int(token) for token in tokens]
    for _number in range(length):
        logits = logits_of(model, np.array(known[-window:], np.int32))
        token = draw(logits, random, recent=known[-RECENT:], **settings)
        known.append(token)
        yield token
