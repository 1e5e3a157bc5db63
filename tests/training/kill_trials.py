"""Runs that are killed: a process that has loaded TensorFlow once, and forks a child for each run asked for.

It reads lines of JSON from its input, {"family": "MLP", "name": ..., "result": path or null}, and writes
lines: "pid 123", "began" after the child's first steps, "ended", and "died 0" with how the child ended. The
child keeps its run under `name` and, once it ends, all that must be equal bit for bit in the file `result`.
TensorFlow is imported before the fork and first used after it.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any

import numpy as np

from bigmodel_nb.data.text import Windows
from bigmodel_nb.models import build_cnn, build_mlp, build_rnn, build_transformer
from bigmodel_nb.training import fit, loop, watching


def job(family: str) -> tuple[Any, Any, dict[str, Any]]:
    """A small model, its data and the settings of its run; about a second of training."""
    import keras  # here, so that the package comes first and keeps TensorFlow quiet

    random = np.random.default_rng(0)
    keras.utils.set_random_seed(1)
    if family == "MLP":
        x = random.normal(size=(640, 8)).astype(np.float32)
        y = (x[:, 0] > x[:, 1]).astype(np.int32)
        settings = {
            "optimizer": keras.optimizers.Adam(1e-3, use_ema=True),
            "schedule": "cosine",
            "batch_size": 9,
            "epochs": 25,
        }
        return build_mlp(input_shape=(8,), num_outputs=2, widths=(16,), dropout=0.2), (x, y), settings
    if family == "CNN":
        x = random.normal(size=(320, 8, 8, 1)).astype(np.float32)
        y = random.integers(0, 3, 320)
        model = build_cnn(input_shape=(8, 8, 1), num_outputs=3, filters=(4, 8), batch_norm=True, dropout=0.2)
        callbacks = [
            keras.callbacks.ReduceLROnPlateau(patience=1, factor=0.9),
            keras.callbacks.EarlyStopping(patience=1000, restore_best_weights=True),
        ]
        return model, (x, y), {"callbacks": callbacks, "epochs": 30, "learning_rate": 3e-3}
    if family == "LSTM":
        x = random.normal(size=(160, 12, 2)).astype(np.float32)
        y = x.sum((1, 2)).astype(np.float32)[:, None]
        model = build_rnn(
            task="forecast", input_shape=(12, 2), num_outputs=1, cell="lstm", widths=(8, 8), dropout=0.2
        )
        return model, (x, y), {"optimizer": "rmsprop", "clip": 1.0, "epochs": 12, "batch_size": 16}
    tokens = random.integers(0, 20, 2000).astype(np.int32)
    model = build_transformer(
        vocabulary_size=20, context_length=16, num_layers=1, num_heads=2, d_model=16, dropout=0.2
    )
    settings = {"optimizer": "adamw", "schedule": "one-cycle", "epochs": 2, "batch_size": 8}
    return model, Windows(tokens, 16, 4), settings


def trial(family: str, name: str, result: str | None, say: Any) -> None:
    """One run from its start, or from its latest checkpoint, to its end."""
    loop.COPY_SHARE = 1.0  # as many checkpoints as there can be, so that many are cut short
    watching.SHORTEST, watching.SHARE = 0.0, 1.0
    model, data, settings = job(family)
    held = data if family == "GPT" else tuple(part[:40] for part in data)
    calls = iter(range(10**9))

    def watch(progress: Any) -> None:
        if next(calls) == 1:
            say("began")

    run = fit(
        model, data, validation_data=held, resume=name, checkpoint_seconds=0.1, seconds_per_call=0.02,
        watch=watch, **settings,
    )  # fmt: skip
    say("ended")
    if result is not None:
        arrays = {f"model {n}": v.numpy() for n, v in enumerate(model.variables)}
        arrays |= {f"optimizer {n}": v.numpy() for n, v in enumerate(model.optimizer.variables)}
        run.restore_best()
        arrays |= {f"best {n}": v.numpy() for n, v in enumerate(model.variables)}
        arrays |= {f"history {quantity}": np.array(values) for quantity, values in run.history.items()}
        arrays |= {"losses": np.array(run.losses), "rates": np.array(run.rates)}
        arrays["counts"] = np.array([run.best_epoch, run.epochs, run.steps, run.examples])
        arrays["words"] = np.array([run.ended, run.fingerprint])
        np.savez(result, **arrays)


def main() -> None:
    import keras  # noqa: F401  once, for all that are forked

    def say(words: str) -> None:
        os.write(1, f"{words}\n".encode())

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                trial(**json.loads(line), say=say)
            except BaseException:
                traceback.print_exc()
                sys.stderr.flush()
                os._exit(1)
            os._exit(0)
        say(f"pid {child}")
        _child, status = os.waitpid(child, 0)
        say(f"died {status}")


if __name__ == "__main__":
    main()
