"""Two small language models that come with the package, trained by `scripts/train_shipped.py`.

    shipped = read("gpt")                # or "recurrent": weights by name, and what they are
    model = shipped_gpt()                # the first as a maths.gpt.GPT, in NumPy
    print(model.write("The class ", 200))

Weights lie in files of 8-bit numbers (`maths/quantizing.py`), with the characters that the models know: the
manual they were trained on differs from one version of Python to the next, and the numbers of the characters
must not.
"""

from __future__ import annotations

import functools
import io
import json
import os
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from bigmodel_nb.arguments import one_of
from bigmodel_nb.data.tokenizers import CharacterTokenizer
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.quantizing import dequantized, quantized
from bigmodel_nb.writing import write_atomically

if TYPE_CHECKING:
    from bigmodel_nb.maths.gpt import GPT

FOLDER = pathlib.Path(__file__).parent / "shipped"
MODELS = ("gpt", "recurrent")
SCALE = "|scale"  # the factors of a matrix have its name with this behind it
ABOUT = "|about"
ROWS = ("/table", "/embeddings")  # matrices of which each row is a token or a place


@dataclass(frozen=True, eq=False)
class Shipped:
    """The weights of a shipped model in float32, by the names that they have in the Keras model; `config` are
    the arguments that build it; `facts` are what the training script measured."""

    weights: Mapping[str, np.ndarray] = field(repr=False)
    config: Mapping[str, Any]
    tokenizer: CharacterTokenizer
    facts: Mapping[str, Any]

    @property
    def about(self) -> str:
        """What it was trained on, how, and how well it predicts, in a few lines."""
        facts = self.facts
        return _(
            "{description}, {parameters:,} parameters. Trained on the {text} ({license}) with {steps:,} "
            "steps of {batch} x {context} characters, seed {seed}, by {script}. For a character of the "
            "manual that it was not trained on it needs {exact:.3f} bits; with its weights rounded to 8 bits "
            "{rounded:.3f}."
        ).format(**facts)


def save(path: str | os.PathLike[str], weights: Mapping[str, Any], **about: Any) -> None:
    """Writes a file that `read` reads: matrices in 8 bits, all else in float32, `about` as JSON."""
    arrays: dict[str, np.ndarray] = {}
    for name, value in weights.items():
        matrix = np.asarray(value, np.float32)
        if matrix.ndim == 2 and min(matrix.shape) > 2:
            arrays[name], arrays[name + SCALE] = quantized(matrix, axis=1 if name.endswith(ROWS) else 0)
        else:
            arrays[name] = matrix
    arrays[ABOUT] = np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8)
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    write_atomically(pathlib.Path(path), content.getvalue())


def load(path: str | os.PathLike[str]) -> Shipped:
    """What `save` wrote to `path`."""
    with np.load(path, allow_pickle=False) as file:
        about = json.loads(file[ABOUT].tobytes())
        weights = {
            name: dequantized(file[name], file[name + SCALE]) if name + SCALE in file.files else file[name]
            for name in file.files
            if not name.endswith((SCALE, ABOUT))
        }
    tokenizer = CharacterTokenizer(about["characters"])
    return Shipped(weights, about["config"], tokenizer, about["facts"])


def read(name: str) -> Shipped:
    """The shipped model of that name: "gpt", or "recurrent" (a GRU). Each call reads the file anew."""
    return load(FOLDER / f"{one_of('name', name, MODELS)}.npz")


@functools.cache
def _gpt_file() -> Shipped:
    return read("gpt")


def shipped_gpt() -> GPT:
    """The shipped GPT in NumPy, with its characters: `shipped_gpt().write("Python ", 100)`."""
    from bigmodel_nb.maths.gpt import GPT

    shipped = _gpt_file()
    return GPT(
        shipped.weights,
        num_heads=shipped.config["num_heads"],
        tokenizer=shipped.tokenizer,
        about=shipped.about,
    )
