"""Training a rung for so many seconds, measuring it, and letting it write."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.data.text import TokenDataset, Windows
from bigmodel_nb.data.tokenizers import Tokenizer
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.ngrams import NGram
from bigmodel_nb.training.run import Run
from bigmodel_nb.training.twins import random_state_kept

EPOCHS = 4  # in which a training is told, with a validation after each
CLIP = 1.0  # the largest norm of a gradient: at these rates recurrent networks need it
TRIAL = 24  # steps that tell the pace
SCHEDULE = "cosine"
ROWS = 64  # windows that are scored at a time


def seeded(seed: int, make: Callable[[], Any]) -> Any:
    """What `make` makes with all generators set to `seed`; Python's and NumPy's are then as before."""
    import keras

    with random_state_kept():
        keras.utils.set_random_seed(seed)
        return make()


def check_model(model: Any, data: TokenDataset) -> None:
    """An error where a model of the reader's does not predict the next token of `data`."""
    import keras

    expected = _("a Keras model: tokens (n, T) in, logits (n, T, {size}) out")
    expected = expected.format(size=data.vocabulary_size)
    if not isinstance(model, keras.Model):
        raise wrong_type("model", expected, model)
    try:
        shape = tuple(model(data.validation.x[:2]).shape)
    except Exception as error:  # whatever the reader's layers raise
        raise wrong_value("model", expected, str(error).strip().split("\n")[0]) from error
    if shape != (2, data.context_length, data.vocabulary_size):
        raise wrong_value("model", expected, shape)


def train(
    model: Any, data: Any, steps: int, settings: Mapping[str, Any], *, seed: int = 0, watch: Any = False
) -> Run:
    """`steps` steps in a few epochs, with Adam from its beginning and a rate that falls to nothing."""
    import keras

    from bigmodel_nb.training.fitting import fit

    epochs = max(1, min(EPOCHS, steps // 10))
    return fit(
        model,
        data,
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.Adam(settings["learning_rate"]),
        schedule=SCHEDULE,
        clip=CLIP,
        epochs=epochs,
        steps_per_epoch=-(-steps // epochs),
        batch_size=settings["batch_size"],
        seed=seed,
        watch=watch,
    )


def pace(model: Any, data: TokenDataset, settings: Mapping[str, Any]) -> float:
    """Steps a second. The model is trained for a moment, and has its weights again afterwards."""
    before = model.get_weights()
    rates: list[float] = []

    def look(progress: Any) -> None:
        if progress.examples_per_second:
            rates.append(progress.examples_per_second)

    train(model, data.train, TRIAL, settings, watch=look)
    model.set_weights(before)
    size = min(settings["batch_size"], len(data.train))
    return rates[-1] / (size * data.context_length) if rates else TRIAL


def nats_of(model: Any, windows: Windows) -> float:
    """The mean of -ln p over all tokens that the windows ask for, by a Keras model or one that counts."""
    if isinstance(model, NGram):
        rows = np.concatenate([windows.x[:, :1], windows.y], axis=1)
        return float(-np.log(model.likelihoods(rows)[:, 1:]).mean())
    total = 0.0
    for first in range(0, len(windows), ROWS):
        x, y = windows.x[first : first + ROWS], windows.y[first : first + ROWS]
        logits = np.asarray(model(x), np.float64)
        logits -= logits.max(axis=-1, keepdims=True)
        nats = np.log(np.exp(logits).sum(axis=-1)) - np.take_along_axis(logits, y[..., None], -1)[..., 0]
        total += float(nats.sum())
    return total / windows.y.size


def written(
    model: Any,
    prompt: str,
    *,
    tokenizer: Tokenizer,
    context_length: int,
    length: int,
    temperature: float = 1.0,
    seed: int = 0,
) -> str:
    """`prompt` and `length` tokens more, drawn one after the other."""
    from bigmodel_nb.maths.sampling import draw

    tokens = [int(token) for token in tokenizer.encode(prompt)]
    random = np.random.default_rng(seed)
    for _step in range(length):
        if isinstance(model, NGram):
            logits = np.log(model.probabilities(tokens[-model.order :] if model.order else ()))
        else:
            logits = _next_logits(model, tokens[-context_length:], context_length)
        tokens.append(draw(logits, random, temperature=temperature))
    return str(tokenizer.decode(np.array(tokens, np.int32)))


def _next_logits(model: Any, tokens: list[int], context_length: int) -> np.ndarray:
    row = np.zeros((1, context_length), np.int32)  # always of one shape; what is behind is not looked at
    row[0, : len(tokens)] = tokens
    return np.asarray(model.predict_on_batch(row))[0, len(tokens) - 1]


def architecture_of(model: Any) -> str:
    """What tells one model of the reader's from another: its layers and the shapes of its weights."""
    parts = [(type(layer).__name__, [list(w.shape) for w in layer.weights]) for layer in model.layers]
    return json.dumps(parts)
