"""What XLA does to a training step here: the table in `training/plan.py`, made anew.

For each work, milliseconds a step without XLA, with XLA on the step inside a plain loop (what `fit` uses
where it pays), and with XLA around the whole loop of ten steps. `python -m benchmarks.xla WORK` does one.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.measure import Row

GROUP = "xla"
STEPS = 10
WORKS = {
    "gpt": "GPT, 4 layers of width 128, batch 12 x 64",
    "mlp": "MLP on digits, batch 32",
    "cnn8": "CNN on 8 x 8 images, batch 32",
    "cnn28": "CNN on 28 x 28 images, batch 128",
    "lstm": "LSTM, 128 units, 64 steps in time, batch 32",
}


def measure() -> Iterator[Row]:
    """A row for each work and place of XLA, against none."""
    for work, name in WORKS.items():
        command = [sys.executable, "-m", "benchmarks.xla", work]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        times = json.loads(done.stdout.strip().splitlines()[-1])
        for place in ("step", "loop"):
            if place in times:
                yield Row(
                    GROUP, f"{name}, XLA on the {place}", "ms", times[place], times["none"], "without XLA",
                    times["none"] / times[place], "", None,
                )  # fmt: skip


def one(work: str) -> dict[str, float]:
    import tensorflow as tf

    from benchmarks import our_side
    from bigmodel_nb.data.text import Windows
    from bigmodel_nb.models import build_mlp
    from bigmodel_nb.training.compiling import compile_model
    from bigmodel_nb.training.engine import Engine
    from bigmodel_nb.training.steps import training_step
    from bigmodel_nb.training.sources import as_source

    if work == "gpt":
        data, batch = Windows(our_side.RANDOM.integers(0, 65, 600 * 64 + 1), 64, 64), 12
        make = our_side.gpt
    elif work == "mlp":
        data, batch = _random((1257, 64)), 32
        make = lambda: build_mlp(input_shape=(64,), num_outputs=10, widths=(32,))  # noqa: E731
    else:
        make, shape, batch = our_side.WORKS[work]
        data = _random(shape)
    source = as_source("data", data)
    found = {}
    for place in ("none", "step", "loop"):
        if place == "loop" and work == "lstm":
            continue  # XLA compiles the loop over time for minutes
        model = make()
        compile_model(model, source, None, None, None, None, None)
        model._symbolic_build(data_batch=source.sample(2))
        tensors, order = source.batches(batch, 0, True).take(0, STEPS)
        if place == "loop":
            step = training_step(model)
            rows = tf.constant(order)

            @tf.function(jit_compile=True, autograph=False)
            def whole(tensors, rows, step=step, gather=source.gather):
                def body(i, total):
                    return i + 1, total + step(*gather(tensors, rows[i]))[0]

                return tf.while_loop(lambda i, _total: i < STEPS, body, (0, 0.0))[1]

            def call(whole=whole, tensors=tensors, rows=rows):
                return float(whole(tensors, rows))
        else:
            engine = Engine(model, xla=place == "step")

            def call(engine=engine, tensors=tensors, order=order):
                return engine.train(source, tensors, order, None)

        call()
        times, end = [], time.perf_counter() + 4
        while len(times) < 5 or time.perf_counter() < end:
            begun = time.perf_counter()
            call()
            times.append(1000 * (time.perf_counter() - begun) / STEPS)
        found[place] = statistics.median(times)
    return found


def _random(shape):
    import numpy as np

    from benchmarks.our_side import RANDOM

    return RANDOM.normal(size=shape).astype(np.float32), RANDOM.integers(0, 10, shape[0]).astype(np.int32)


if __name__ == "__main__":
    print(json.dumps(one(sys.argv[1])))
