"""What writing on is, whoever computes the scores: a prompt becomes tokens, tokens become text piece by
piece, and a stop text ends it, also where it comes in several pieces.

`models.generate` and `maths.gpt` use the same, so that both take the same arguments and complain alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from bigmodel_nb.arguments import between, non_negative, positive, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _

LONGEST = 1_000_000  # tokens that are written at a time


def settings_of(
    temperature: Any, top_k: Any, top_p: Any, repetition_penalty: Any
) -> dict[str, float | int | None]:
    """How a token is drawn, checked: the keyword arguments of `sampling.next_probabilities`."""
    return {
        "temperature": non_negative("temperature", temperature),
        "top_k": None if top_k is None else whole("top_k", top_k, 1),
        "top_p": None if top_p is None else between("top_p", top_p, 0, 1, low_open=True),
        "repetition_penalty": positive("repetition_penalty", repetition_penalty),
    }


def as_text(
    written: Iterable[int], tokenizer: Any, stops: tuple[str, ...], say: Callable[[str], Any] | None
) -> str:
    """The text of the tokens, up to the first of `stops`; `say` hears each piece once nothing can take it
    back: the beginning of a stop text is held back, and so is a character whose bytes are not all there."""
    if say is None and not stops:
        return tokenizer.decode(np.array(list(written), dtype=np.int64))
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


def tokens_of(prompt: Any, tokenizer: Any, size: int, name: str = "prompt") -> np.ndarray:
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


def stops_of(stop: Any, text: bool) -> tuple[str, ...]:
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


def listener(stream: Any, text: bool) -> Callable[[Any], Any] | None:
    if stream is None or stream is False:
        return None
    if stream is True:
        return lambda piece: print(piece, end="" if text else " ", flush=True)
    if not callable(stream):
        raise wrong_type("stream", _("a function of one piece, True to print, or None"), stream)
    return stream
