"""Trains the two small language models that come with the package, and writes them in 8 bits.

    python scripts/train_shipped.py [gpt] [recurrent]     # about ten minutes on two quiet cores

The corpus is the manual of the Python that runs this (`data.python_manual`), the seed is 0. A run that was
interrupted goes on where it stopped. What is held out is measured twice, before and after the weights are
rounded, and stands in the file with everything else that a reader may ask.
"""

from __future__ import annotations

import sys
import time

import keras

import bigmodel_nb  # noqa: F401  # before TensorFlow
from bigmodel_nb.data import pretrained
from bigmodel_nb.data.corpora import python_manual
from bigmodel_nb.data.tokenizers import CharacterTokenizer
from bigmodel_nb.models import build_rnn, build_transformer
from bigmodel_nb.training import fit

# Printable ASCII and the end of a line: what the manual is written in, whatever the version of Python.
CHARACTERS = "\n" + "".join(map(chr, range(32, 127)))
SEED, PASSES = 0, 10

WORKS = {
    "gpt": {
        "description": "A GPT of 3 layers, 4 heads and width 128",
        "build": build_transformer,
        "config": {"num_layers": 3, "num_heads": 4, "d_model": 128, "context_length": 128},
        "context": 128,
        "batch": 8,
        "steps": 4000,
        "rate": 2e-3,
        "decay": 0.1,
    },
    "recurrent": {
        "description": "A GRU of 192 units",
        "build": build_rnn,
        "config": {"task": "next token", "cell": "gru", "widths": (192,), "embedding_width": 32},
        "context": 64,
        "batch": 32,
        "steps": 2500,
        "rate": 4e-3,
        "decay": 0.01,
    },
}


def train(name: str) -> None:
    work = WORKS[name]
    text = python_manual()
    tokenizer = CharacterTokenizer(CHARACTERS)
    data = text.encode(tokenizer, work["context"], stride=4)
    keras.utils.set_random_seed(SEED)
    model = work["build"](**work["config"], vocabulary_size=len(tokenizer.vocabulary))
    optimizer = keras.optimizers.AdamW(work["rate"], weight_decay=work["decay"], beta_2=0.99)
    vectors = [weight for weight in model.trainable_variables if len(weight.shape) < 2]
    optimizer.exclude_from_weight_decay(var_list=vectors)
    begun = time.perf_counter()
    fit(
        model,
        data.train,
        validation_data=data.validation,
        optimizer=optimizer,
        schedule="cosine",
        clip=1.0,
        epochs=PASSES,
        steps_per_epoch=work["steps"] // PASSES,
        batch_size=work["batch"],
        seed=SEED,
        resume=f"shipped-{name}",
        xla=True,
    )
    seconds = time.perf_counter() - begun
    weights = {weight.path: keras.ops.convert_to_numpy(weight) for weight in model.weights}
    facts = {
        "description": work["description"],
        "parameters": model.count_params(),
        "text": text.name,
        "license": text.license,
        "source": text.source,
        "citation": text.citation,
        "seed": SEED,
        "steps": work["steps"],
        "batch": work["batch"],
        "context": work["context"],
        "script": "scripts/train_shipped.py",
        "seconds": round(seconds),
        "exact": bits(model, data, "validation"),
        "exact_test": bits(model, data, "test"),
    }
    path = pretrained.FOLDER / f"{name}.npz"
    about = {"characters": CHARACTERS, "config": {**work["config"], "vocabulary_size": len(CHARACTERS)}}
    pretrained.save(path, weights, **about, facts=facts)
    rounded = pretrained.load(path).weights
    for weight in model.weights:
        weight.assign(rounded[weight.path])
    facts |= {"rounded": bits(model, data, "validation"), "rounded_test": bits(model, data, "test")}
    pretrained.save(path, weights, **about, facts=facts)
    print(pretrained.load(path).about, f"{path.stat().st_size:,} bytes", facts, flush=True)


def bits(model: keras.Model, data, part: str) -> float:
    """Bits for a character of a part, in windows side by side."""
    x, y = getattr(data, part)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    total = sum(
        float(loss(y[start : start + 64], model(x[start : start + 64]))) * len(x[start : start + 64])
        for start in range(0, len(x), 64)
    )
    return round(data.bits_per_character(total / len(x), part), 4)


if __name__ == "__main__":
    for one in sys.argv[1:] or WORKS:
        train(one)
