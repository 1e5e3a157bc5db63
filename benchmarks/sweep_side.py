"""One side of the sweep's benchmark, in a process of its own: `python -m benchmarks.sweep_side SIDE WORK K`.

Prints {"seconds": ..., "best": ...} as JSON: from the first model on, compiling and validation included;
imports are not. Each side trains the same K settings of one architecture on digits, ten epochs of batches of
32: rates of learning times weight decay (and dropout, for 64 members).
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import tempfile
import time
from typing import Any

import bigmodel_nb  # noqa: F401  # before TensorFlow, for its messages
import keras
import numpy as np
import tensorflow as tf

from bigmodel_nb.data import digits
from bigmodel_nb.models import build_cnn, build_mlp
from bigmodel_nb.training import fit, sweep

EPOCHS, BATCH = 10, 32
PLACE = os.environ.get("KERASTUNER") or "/tmp/kerastuner"
KNOBS = {"learning_rate": [0.001, 0.002, 0.005, 0.01], "weight_decay": [0.0, 1e-4, 1e-3, 1e-2]}
DROPOUTS = [0.1, 0.2, 0.3, 0.4]
SETTINGS: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "executions": {"steps_per_execution": 36},
    "executions, no jit": {"steps_per_execution": 36, "jit_compile": False},
    "tf.data": {"steps_per_execution": 36, "jit_compile": False},
}


def knobs_of(members: int) -> dict[str, list[float]]:
    return {**KNOBS, **({"dropout": DROPOUTS} if members == 64 else {})}


def parts(work: str) -> tuple[Any, Any]:
    data = digits()
    found = [(np.asarray(one.x, np.float32), np.asarray(one.y)) for one in (data.train, data.validation)]
    if work == "cnn":
        found = [(x.reshape(-1, 8, 8, 1), y) for x, y in found]
    return found[0], found[1]


def build(work: str, dropout: float = 0.0) -> Any:
    if work == "cnn":
        return build_cnn(input_shape=(8, 8, 1), num_outputs=10, filters=(8, 16), dropout=dropout)
    return build_mlp(input_shape=(64,), num_outputs=10, widths=(32,), dropout=dropout)


def compiled(work: str, chosen: dict[str, float], **settings: Any) -> Any:
    keras.utils.set_random_seed(0)
    model = build(work, chosen.get("dropout", 0.0))
    model.compile(
        keras.optimizers.Adam(chosen["learning_rate"], weight_decay=chosen["weight_decay"]),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        **settings,
    )
    return model


def ours(work: str, members: int) -> float:
    def builder(dropout: float = 0.0) -> Any:
        return build(work, dropout)

    train, held = parts(work)
    found = sweep(builder, train, validation_data=held, epochs=EPOCHS, watch=False, **knobs_of(members))
    assert found.together
    return min(found.value_of(member, "val_loss") for member in found.members)


def solo(work: str, members: int) -> float:
    """`fit` for one member after another."""
    train, held = parts(work)
    best = np.inf
    for chosen in combinations(members):
        keras.utils.set_random_seed(0)
        optimizer = keras.optimizers.Adam(chosen["learning_rate"], weight_decay=chosen["weight_decay"])
        model = build(work, chosen.get("dropout", 0.0))
        run = fit(model, train, validation_data=held, optimizer=optimizer, epochs=EPOCHS, watch=False)
        best = min(best, *run.history["val_loss"])
    return best


def by_keras(work: str, members: int, name: str) -> float:
    """`model.fit` for one member after another, in one of `SETTINGS`."""
    train, held = parts(work)
    best = np.inf
    for chosen in combinations(members):
        model = compiled(work, chosen, **SETTINGS[name])
        how: dict[str, Any] = {"epochs": EPOCHS, "verbose": 0}
        if name == "tf.data":
            rows = tf.data.Dataset.from_tensor_slices(train).cache().shuffle(len(train[0])).batch(BATCH)
            validation = tf.data.Dataset.from_tensor_slices(held).batch(len(held[0]))
            history = model.fit(rows.prefetch(2), validation_data=validation, **how)
        else:
            how |= {"batch_size": BATCH, "validation_data": held, "validation_batch_size": len(held[0])}
            history = model.fit(*train, **how)
        best = min(best, *history.history["val_loss"])
    return best


def by_tuner(work: str, members: int) -> float:
    """KerasTuner's grid search (`pip install --target FOLDER keras-tuner tensorboard`, KERASTUNER=FOLDER)."""
    sys.path.append(PLACE)
    import keras_tuner

    def model_of(hp: Any) -> Any:
        return compiled(work, {name: hp.Choice(name, values) for name, values in knobs_of(members).items()})

    train, held = parts(work)
    with tempfile.TemporaryDirectory() as folder:
        global begun
        begun = time.perf_counter()  # imports are not counted
        tuner = keras_tuner.GridSearch(model_of, objective="val_loss", max_trials=members, directory=folder)
        tuner.search(*train, epochs=EPOCHS, batch_size=BATCH, validation_data=held, verbose=0)
        return float(tuner.oracle.get_best_trials(1)[0].score)


def combinations(members: int) -> list[dict[str, float]]:
    knobs = knobs_of(members)
    return [dict(zip(knobs, chosen, strict=True)) for chosen in itertools.product(*knobs.values())][:members]


if __name__ == "__main__":
    side, work, members = sys.argv[1], sys.argv[2], int(sys.argv[3])
    begun = time.perf_counter()
    sides = {"ours": ours, "solo": solo, "tuner": by_tuner}
    best = sides[side](work, members) if side in sides else by_keras(work, members, side)
    print(json.dumps({"seconds": time.perf_counter() - begun, "best": best}))
