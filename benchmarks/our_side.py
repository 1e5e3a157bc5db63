"""Our side of the training benchmarks, and Keras's beside it: `python -m benchmarks.our_side ...`.

work NAME SECONDS       milliseconds (of a step; of the whole run for "mlp"), ours and Keras's
first XLA               seconds to the first step of a GPT, ours and Keras's, each in a fresh process
memory N                megabytes that each of N fits leaves behind
loss SEED STEPS TEXT    validation loss of the GPT in nats
"""

from __future__ import annotations

import json
import pathlib
import resource
import statistics
import subprocess
import sys
import time

import bigmodel_nb  # noqa: F401  # before TensorFlow
import keras
import numpy as np

from bigmodel_nb.data.text import Windows
from bigmodel_nb.models import build_mlp, build_transformer
from bigmodel_nb.training import fit

RANDOM = np.random.default_rng(0)


def gpt() -> keras.Model:
    return build_transformer(vocabulary_size=65, bias=False)


def gpt_optimizer(model: keras.Model) -> keras.optimizers.Optimizer:
    optimizer = keras.optimizers.AdamW(1e-3, weight_decay=0.1, beta_2=0.99, epsilon=1e-8)
    vectors = [weight for weight in model.trainable_variables if len(weight.shape) < 2]
    optimizer.exclude_from_weight_decay(var_list=vectors)
    return optimizer


def images(size: int, filters: tuple[int, int]) -> keras.Model:
    layers = [keras.Input((size, size, 1))]
    for width in filters:
        layers += [
            keras.layers.Conv2D(width, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(2),
        ]
    return keras.Sequential([*layers, keras.layers.Flatten(), keras.layers.Dense(10)])


def recurrent(kind) -> keras.Model:
    return keras.Sequential([keras.Input((64, 32)), kind(128), keras.layers.Dense(10)])


WORKS = {
    "cnn8": (lambda: images(8, (16, 32)), (1257, 8, 8, 1), 32),
    "cnn28": (lambda: images(28, (32, 64)), (1280, 28, 28, 1), 128),
    "lstm": (lambda: recurrent(keras.layers.LSTM), (640, 64, 32), 32),
    "gru": (lambda: recurrent(keras.layers.GRU), (640, 64, 32), 32),
}


def work(name: str, seconds: float) -> dict[str, float]:
    """Medians of about ten stretches, all loops compiled before."""
    if name == "mlp":
        return whole_runs()
    if name == "gpt":
        x = RANDOM.integers(0, 65, 600 * 64 + 1)
        data = Windows(x, 64, 64)
        return {"ours": steps_of(gpt, data, 12, seconds, optimizer=gpt_optimizer, clip=1.0, xla=True)}
    make, shape, batch = WORKS[name]
    data = (RANDOM.normal(size=shape).astype(np.float32), RANDOM.integers(0, 10, shape[0]).astype(np.int32))
    # A long run's plan has XLA for loops over time, as for the GPT; these stretches are short.
    found = {"ours": steps_of(make, data, batch, seconds, xla=name in ("lstm", "gru"))}
    if name.startswith("cnn"):
        found |= by_keras(make, data, batch, seconds)
    return found


def steps_of(make, data, batch, seconds, optimizer=None, **settings) -> float:
    """Milliseconds a step of `fit` by its own clock: what comes before and after a run is timed by "mlp"."""
    model = make()
    if optimizer is not None:
        settings["optimizer"] = optimizer(model)
    settings |= {"batch_size": batch, "watch": False}
    fit(model, data, epochs=1, steps_per_epoch=40, **settings)
    settings.pop("optimizer", None), settings.pop("clip", None)
    run = fit(model, data, epochs=1, steps_per_epoch=20, **settings)
    count = max(5, int(seconds / 10 / (run.seconds["training"] / 20)))
    times = []
    for _stretch in range(10):
        run = fit(model, data, epochs=1, steps_per_epoch=count, **settings)
        times.append(1000 * run.seconds["training"] / count)
    return statistics.median(times)


def compiled(make, **settings) -> keras.Model:
    model = make()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"], **settings)
    return model


def by_keras(make, data, batch, seconds) -> dict[str, float]:
    """Milliseconds a step of model.fit as it comes, and at the best of four settings."""
    steps = -(-len(data[1]) // batch)
    found = {}
    for name, settings in {
        "as it comes": {},
        "executions": {"steps_per_execution": steps},
        "no jit": {"jit_compile": False},
        "executions, no jit": {"steps_per_execution": steps, "jit_compile": False},
    }.items():
        model = compiled(make, **settings)
        model.fit(*data, batch_size=batch, epochs=2, verbose=0)
        times, end = [], time.perf_counter() + seconds / 2
        while len(times) < 3 or time.perf_counter() < end:
            begun = time.perf_counter()
            model.fit(*data, batch_size=batch, epochs=1, verbose=0)
            times.append(1000 * (time.perf_counter() - begun) / steps)
        found[name] = statistics.median(times)
    return {"keras": found["as it comes"], "best": min(found.values())}


def whole_runs() -> dict[str, float]:
    """Milliseconds of ten epochs of an MLP on digits with validation: ours with a new model each time,
    Keras's with the same model again (its functions stay compiled)."""
    from bigmodel_nb.data import digits

    data = digits()
    held = tuple(data.validation)

    def make():
        return build_mlp(input_shape=(64,), num_outputs=10, widths=(32,))

    times: dict[str, list[float]] = {}
    fit(make(), data, epochs=2, watch=False)
    for _turn in range(7):
        model = make()
        begun = time.perf_counter()
        fit(model, data, epochs=10, watch=False)
        times.setdefault("ours", []).append(1000 * (time.perf_counter() - begun))
    for name, settings in {
        "keras": {},
        "executions": {"steps_per_execution": 40},
        "no jit": {"steps_per_execution": 40, "jit_compile": False},
    }.items():
        model = compiled(make, **settings)
        model.fit(*data.train, epochs=2, verbose=0, validation_data=held)
        for _turn in range(5):
            begun = time.perf_counter()
            model.fit(*data.train, epochs=10, verbose=0, validation_data=held)
            times.setdefault(name, []).append(1000 * (time.perf_counter() - begun))
    medians = {name: statistics.median(values) for name, values in times.items()}
    best = min(medians["keras"], medians["executions"], medians["no jit"])
    return {"ours": medians["ours"], "keras": medians["keras"], "best": best}


def first(xla: bool) -> dict[str, float]:
    """Each side in a process of its own, TensorFlow imported and the model built before the clock starts."""
    found = {}
    for side in ("ours", "keras"):
        command = [sys.executable, "-m", "benchmarks.our_side", f"first-{side}", str(int(xla))]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found[side] = json.loads(done.stdout.strip().splitlines()[-1])["seconds"]
    return found


def first_step(side: str, xla: bool) -> dict[str, float]:
    model = gpt()
    data = Windows(RANDOM.integers(0, 65, 12 * 64 + 1), 64, 64)
    x, y = data
    begun = time.perf_counter()
    if side == "ours":
        fit(model, data, batch_size=12, epochs=1, steps_per_epoch=1, xla=xla, watch=False)
    else:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss, metrics=["accuracy"], jit_compile=xla)
        model.fit(np.array(x), np.array(y), batch_size=12, epochs=1, verbose=0)
    return {"seconds": time.perf_counter() - begun}


def memory(times: int) -> dict[str, float]:
    """Each side in a process of its own: growth of the resident memory by one fit, after five to warm up."""
    found = {}
    for side in ("ours", "keras"):
        command = [sys.executable, "-m", "benchmarks.our_side", f"memory-{side}", str(times)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found[side] = json.loads(done.stdout.strip().splitlines()[-1])["megabytes"]
    return found


def memory_of(side: str, times: int) -> dict[str, float]:
    x = RANDOM.normal(size=(320, 64)).astype(np.float32)
    y = RANDOM.integers(0, 10, 320).astype(np.int32)

    def make():
        return build_mlp(input_shape=(64,), num_outputs=10, widths=(32,))

    before = 0.0
    for turn in range(times + 5):
        if turn == 5:
            before = resident()
        if side == "ours":
            fit(make(), (x, y), epochs=1, watch=False)
        else:
            compiled(make).fit(x, y, epochs=1, verbose=0)
    return {"megabytes": (resident() - before) / times}


def resident() -> float:
    try:
        lines = pathlib.Path("/proc/self/status").read_text().splitlines()
        return float(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def loss(seed: int, steps: int, path: str) -> dict[str, float]:
    """nanoGPT's configuration for a CPU, scored over all windows of the validation text."""
    from bigmodel_nb.maths.schedules import WarmupCosine

    keras.utils.set_random_seed(seed)
    text = pathlib.Path(path).read_text(encoding="utf-8")
    number = {character: place for place, character in enumerate(sorted(set(text)))}
    tokens = np.array([number[character] for character in text], np.int32)
    cut = int(0.9 * len(tokens))
    model = gpt()
    run = fit(
        model, Windows(tokens[:cut], 64, 1), validation_data=Windows(tokens[cut:], 64, 64), batch_size=12,
        optimizer=gpt_optimizer(model), schedule=WarmupCosine(warmup=100, steps=steps, final=0.1), clip=1.0,
        epochs=1, steps_per_epoch=steps, seed=seed, watch=False,
    )  # fmt: skip
    return {"loss": run.history["val_loss"][-1], "seconds": run.seconds["total"]}


if __name__ == "__main__":
    task, *words = sys.argv[1:]
    if task == "work":
        answer = work(words[0], float(words[1]))
    elif task == "first":
        answer = first(words[0] == "1")
    elif task == "memory":
        answer = memory(int(words[0]))
    elif task == "loss":
        answer = loss(int(words[0]), int(words[1]), words[2])
    elif task.startswith("first-"):
        answer = first_step(task[6:], words[0] == "1")
    else:
        answer = memory_of(task[7:], int(words[0]))
    print(json.dumps(answer))
