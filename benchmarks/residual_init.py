"""Does it matter that residual projections begin smaller, at 0.02 / sqrt(2 layers)? An ablation.

    python -m benchmarks.residual_init                       # three seeds, 2000 steps; about 5 minutes
    python -m benchmarks.residual_init --seeds 1 --steps 20  # to see that it runs

nanoGPT's configuration for a computer without a GPU (4 layers, 4 heads, width 128, context 64, batch 12,
AdamW 1e-3 to 1e-4 by cosine after 100 steps of warm-up, beta_2 0.99, weight decay 0.1 on matrices, norm of
gradients clipped at 1), on Shakespeare where it is there, else the Python manual. Both arms of a seed see
the same batches; their difference is paired. Loss is the mean over the whole validation part, in nats.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
from pathlib import Path

import bigmodel_nb  # noqa: F401  before Keras: it holds back TensorFlow's messages

ROOT = Path(__file__).resolve().parents[1]
SHAKESPEARE = ROOT.parent / "shared" / "data" / "tinyshakespeare.txt"
BATCH, LENGTH = 12, 64


def corpus():
    """The tokens of a text by character, the first 90 % and the rest, and how many characters there are."""
    import numpy as np

    if SHAKESPEARE.exists():
        text = SHAKESPEARE.read_text(encoding="utf-8")
    else:
        from pydoc_data.topics import topics

        text = "\n\n".join(dict.fromkeys("\n\n".join(topics.values()).split("\n\n")))
    known = sorted(set(text))
    number = {character: i for i, character in enumerate(known)}
    tokens = np.array([number[character] for character in text], np.int32)
    return *np.split(tokens, [int(0.9 * len(tokens))]), len(known)


def rates(steps: int) -> list[float]:
    """Linear warm-up for 100 steps, then a cosine from 1e-3 to 1e-4."""
    warm = min(100, steps // 2)
    cosine = [0.5 * (1 + math.cos(math.pi * i / max(1, steps - warm))) for i in range(steps - warm)]
    return [1e-3 * (i + 1) / (warm + 1) for i in range(warm)] + [1e-4 + 9e-4 * share for share in cosine]


def final_loss(seed: int, scaled: bool, steps: int) -> float:
    """The validation loss after `steps` steps from this seed."""
    import keras
    import numpy as np
    import tensorflow as tf

    from bigmodel_nb.models import build_transformer

    train, validation, size = corpus()
    keras.utils.set_random_seed(seed)
    model = build_transformer("nanogpt-cpu", vocabulary_size=size, scale_residual=scaled)
    optimizer = keras.optimizers.AdamW(1e-3, weight_decay=0.1, beta_2=0.99, global_clipnorm=1.0)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    optimizer.build(model.trainable_variables)
    entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function(jit_compile=True)
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = entropy(y, model(x, training=True))
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    @tf.function(jit_compile=True)
    def evaluate(x, y):
        return entropy(y, model(x, training=False))

    random = np.random.default_rng(seed)
    for rate in rates(steps):
        optimizer.learning_rate.assign(rate)
        rows = random.integers(0, len(train) - LENGTH - 1, BATCH)[:, None] + np.arange(LENGTH + 1)
        step(train[rows[:, :-1]], train[rows[:, 1:]])
    starts = np.arange(0, len(validation) - LENGTH - 1, LENGTH)
    starts = starts[: len(starts) // 50 * 50].reshape(-1, 50, 1) + np.arange(LENGTH + 1)
    return float(np.mean([evaluate(validation[r[:, :-1]], validation[r[:, 1:]]) for r in starts]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=2000)
    given = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    print(f"{'Shakespeare' if SHAKESPEARE.exists() else 'The Python manual'}, {given.steps} steps")
    differences = []
    for seed in range(given.seeds):
        scaled, plain = (final_loss(seed, scaled, given.steps) for scaled in (True, False))
        differences.append(plain - scaled)
        print(f"seed {seed}: scaled {scaled:.4f}, not scaled {plain:.4f}, difference {plain - scaled:+.4f}")
    spread = statistics.stdev(differences) if len(differences) > 1 else float("nan")
    print(
        f"not scaled is worse by {statistics.mean(differences):+.4f} nats (standard deviation {spread:.4f})"
    )


if __name__ == "__main__":
    main()
