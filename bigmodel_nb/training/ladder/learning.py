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
from bigmodel_nb.maths.sampling import draw
from bigmodel_nb.training.ladder.rungs import Recipe
from bigmodel_nb.training.run import Run
from bigmodel_nb.training.twins import random_state_kept

EPOCHS = 4  # in which a training is told, with a validation after each
CLIP = 1.0  # the largest norm of a gradient: at these rates recurrent networks need it
TRIALS = (8, 48)  # steps that tell the pace: few where a step is slow, since the first ones tell little
QUICK = 20.0  # steps a second from which the second trial takes no time
SCHEDULE = "cosine"
WORTH_XLA = 4.0, 500  # seconds, or steps, of a training that wins back what compiling takes
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
    model: Any,
    data: Any,
    steps: int,
    settings: Mapping[str, Any],
    recipe: Recipe,
    *,
    seed: int = 0,
    watch: Any = False,
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
        xla=xla_for(settings, recipe),
    )


def xla_for(settings: Mapping[str, Any], recipe: Recipe) -> bool | str:
    """What `fit` is told of XLA; the trial of the pace and the training must be told the same."""
    if not on_a_processor():
        return "auto"
    seconds, steps = WORTH_XLA
    return recipe.xla and ((settings["seconds"] or 0) >= seconds or (settings["steps"] or 0) >= steps)


def on_a_processor() -> bool:
    """Whether TensorFlow computes, and sees no GPU: there cuDNN's recurrent layers need no XLA."""
    import keras

    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.config.get_visible_devices("GPU")


def pace(model: Any, data: TokenDataset, settings: Mapping[str, Any], recipe: Recipe) -> float:
    """Steps a second. The model is trained for a moment, and has its weights again afterwards."""
    before = model.get_weights()
    size = min(settings["batch_size"], len(data.train)) * data.context_length
    found = 1.0
    for steps in TRIALS:
        rates: list[float] = []
        train(
            model, data.train, steps, settings, recipe,
            watch=lambda progress, rates=rates: rates.append(progress.examples_per_second or 0.0),
        )  # fmt: skip
        found = rates[-1] / size or found
        if found < QUICK:
            break
    model.set_weights(before)
    return found


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
    length: int,
    temperature: float = 1.0,
    seed: int = 0,
) -> str:
    """`prompt` and `length` tokens more, drawn one after the other."""
    if not isinstance(model, NGram):
        from bigmodel_nb.models import generate

        return generate(model, prompt, tokenizer=tokenizer, length=length, temperature=temperature, seed=seed)
    tokens, random = tokenizer.encode(prompt).tolist(), np.random.default_rng(seed)
    for _step in range(length):
        logits = np.log(model.probabilities(tokens[max(0, len(tokens) - model.order) :]))
        tokens.append(draw(logits, random, temperature=temperature))
    return tokenizer.decode(np.array(tokens, np.int32))


def architecture_of(model: Any) -> str:
    """What tells one model of the reader's from another: its layers and the shapes of its weights."""
    parts = [(type(layer).__name__, [list(w.shape) for w in layer.weights]) for layer in model.layers]
    return json.dumps(parts)
