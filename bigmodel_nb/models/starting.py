"""A trained model in seconds, for readers who start in the middle or whose kernel has restarted.

start = start_from("transformers")          # or "recurrent"
print(start.about)
print(generate(start.model, "The class ", tokenizer=start.tokenizer))
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bigmodel_nb.arguments import one_of
from bigmodel_nb.data.pretrained import read
from bigmodel_nb.data.tokenizers import CharacterTokenizer
from bigmodel_nb.models.rnn import build_rnn

if TYPE_CHECKING:
    import keras

SECTIONS = {"recurrent": "recurrent", "transformers": "gpt"}  # section -> the shipped file


@dataclass(frozen=True, eq=False)
class Start:
    """A trained Keras model, uncompiled; the tokenizer that it was trained with; and what it is, in words."""

    model: keras.Model = field(repr=False)
    tokenizer: CharacterTokenizer
    about: str

    def __str__(self) -> str:
        return self.about


def start_from(section: str) -> Start:
    """The model that comes with the package for a section: "recurrent" (chapter 5: a GRU) or "transformers"
    (chapter 6: a GPT). Each call builds a new one, to be trained further or taken apart. No network is
    needed."""
    shipped = read(SECTIONS[one_of("section", section, SECTIONS)])
    model = _built(section, dict(shipped.config))
    for weight in model.weights:
        weight.assign(shipped.weights[weight.path.removeprefix(f"{model.name}/")])
    return Start(model, shipped.tokenizer, shipped.about)


def _built(section: str, config: dict[str, Any]) -> keras.Model:
    if section == "recurrent":
        return build_rnn(
            **{name: tuple(value) if isinstance(value, list) else value for name, value in config.items()}
        )
    from bigmodel_nb.models.transformer import build_transformer

    return build_transformer(**config)
