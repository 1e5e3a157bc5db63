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

from bigmodel_nb.arguments import between, non_negative, positive, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.knobs import truth
from bigmodel_nb.maths.sampling import draw
from bigmodel_nb.models.passes import checked_model, context_of, logits_of, vocabulary_of

RECENT = 64  # tokens before the next one that `repetition_penalty` looks at


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
    length: how many tokens are written.
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
    text = isinstance(prompt, str)
    tokens = _tokens_of(prompt, tokenizer, size)
    length = whole("length", length, 0)
    settings = {
        "temperature": non_negative("temperature", temperature),
        "top_k": None if top_k is None else whole("top_k", top_k, 1),
        "top_p": None if top_p is None else between("top_p", top_p, 0, 1, low_open=True),
        "repetition_penalty": positive("repetition_penalty", repetition_penalty),
    }
    seed = whole("seed", seed, 0)
    stops = _stops(stop, text)
    say = _listener(stream, text)
    truth("cache", cache)
    written = _uncached(model, tokens, length, settings, seed)
    if not text:
        found = []
        for token in written:
            found.append(token)
            if say is not None:
                say(token)
        return np.concatenate([tokens, np.array(found, np.int32)])
    if say is not None:
        say(prompt)
    return prompt + _as_text(written, tokenizer, stops, say)


def next_logits(model: Any, tokens: Any) -> np.ndarray:
    """The scores (vocabulary,) float32 of the token that follows `tokens` (n,), cropped to the last tokens
    that `model` can see. Any causal model; errors as in `generate`."""
    checked_model(model)
    return logits_of(model, _tokens_of(tokens, None, vocabulary_of(model), name="tokens"))


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


def _as_text(
    written: Iterator[int], tokenizer: Any, stops: tuple[str, ...], say: Callable[[str], Any] | None
) -> str:
    """The text of the tokens, up to the first of `stops`; `say` hears each piece once nothing can take it
    back: the beginning of a stop text is held back, and so is a character whose bytes are not all there."""
    found: list[int] = []
    text, said = "", 0
    for token in written:
        found.append(token)
        text = tokenizer.decode(np.array(found))
        ends = [place for place in (text.find(stop) for stop in stops) if place >= 0]
        if ends:
            text = text[: min(ends)]
            break
        sure = len(text.rstrip("\ufffd")) if text.endswith("\ufffd") else len(text)
        sure = min([sure, *(len(text) - _begun(text, stop) for stop in stops)])
        if say is not None and sure > said:
            say(text[said:sure])
            said = sure
    if say is not None and len(text) > said:
        say(text[said:])
    return text


def _begun(text: str, stop: str) -> int:
    """How many characters at the end of `text` may be the beginning of `stop`."""
    for count in range(min(len(stop) - 1, len(text)), 0, -1):
        if text.endswith(stop[:count]):
            return count
    return 0


# -- arguments ----------------------------------------------------------------------------------


def _tokens_of(prompt: Any, tokenizer: Any, size: int, name: str = "prompt") -> np.ndarray:
    """The prompt as tokens (n,) int32 that the model knows, one at least."""
    if isinstance(prompt, str) and name == "prompt":
        if not hasattr(tokenizer, "encode") or not hasattr(tokenizer, "decode"):
            expected = _("the tokenizer that the model was trained with, for a prompt of text")
            raise wrong_type("tokenizer", expected, tokenizer)
        if not prompt:
            raise wrong_value(name, _("one character or more to go on from"), prompt)
        try:
            tokens = np.asarray(tokenizer.encode(prompt))
        except ValueError as error:
            raise ValueError(_("prompt cannot be encoded: {error}").format(error=error)) from None
        if tokens.size and tokens.max() >= size:
            expected = _("the one that the model was trained with, which has {size} tokens").format(size=size)
            raise wrong_value("tokenizer", expected, tokenizer)
        return tokens.astype(np.int32)
    expected = _("a row of one token or more, whole numbers from 0 to {last}").format(last=size - 1)
    try:
        tokens = np.asarray(prompt)
    except Exception:
        raise wrong_type(name, expected, prompt) from None
    if tokens.ndim != 1 or (tokens.size and tokens.dtype.kind not in "iu"):
        raise wrong_type(name, expected, prompt)
    if not tokens.size:
        raise wrong_value(name, expected, prompt)
    if tokens.min() < 0 or tokens.max() >= size:
        raise wrong_value(name, expected, int(tokens.min() if tokens.min() < 0 else tokens.max()))
    return tokens.astype(np.int32)


def _stops(stop: Any, text: bool) -> tuple[str, ...]:
    if stop is None:
        return ()
    expected = _("text, or several, none of them empty; or None")
    entries = (stop,) if isinstance(stop, str) else stop
    if not isinstance(entries, (list, tuple)) or not all(isinstance(entry, str) for entry in entries):
        raise wrong_type("stop", expected, stop)
    if not all(entries):
        raise wrong_value("stop", expected, stop)
    if not text and entries:
        raise wrong_value("stop", _("None where the prompt is a row of tokens"), stop)
    return tuple(entries)


def _listener(stream: Any, text: bool) -> Callable[[Any], Any] | None:
    if stream is None or stream is False:
        return None
    if stream is True:
        return lambda piece: print(piece, end="" if text else " ", flush=True)
    if not callable(stream):
        raise wrong_type("stream", _("a function of one piece, True to print, or None"), stream)
    return stream
