"""The rungs of the ladder: what each is made of, how it begins to learn, and what a rung leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.ngrams import NGram
from bigmodel_nb.training.run import duration, plain

COUNTED = ("uniform", "unigram", "bigram", "n-gram")
TRAINED = ("window MLP", "simple RNN", "GRU", "LSTM", "Transformer")
RUNGS = (*COUNTED, *TRAINED)
FINISHED = "finished"
ORDER = 5  # of the n-gram: the best on the Python manual, in windows of 64 characters


@dataclass(frozen=True, repr=False)
class Rung:
    """One rung that was climbed. `bits` a character of the validation part; `parameters`, of an n-gram the
    counts that it keeps; `seconds` of training or counting; `flops`, the operations of that, about; `sees`,
    how many characters the prediction can depend on at most."""

    name: str
    bits: float
    parameters: int
    seconds: float
    flops: float
    sees: int
    sample: str = ""
    steps: int = 0
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)  # what was asked for
    ended: str = FINISHED
    # (operations, bits) on the way: after each part of a training.
    course: tuple[tuple[float, float], ...] = ()

    def __str__(self) -> str:
        parts = [_("{name}: {bits:.3f} bits a character").format(name=self.name, bits=self.bits)]
        parts.append(_("{count:,} parameters").format(count=self.parameters))
        if self.steps:
            time = duration(self.seconds)
            parts.append(_("{steps:,} steps in {time}").format(steps=self.steps, time=time))
        if self.ended != FINISHED:
            parts.append(_(self.ended))
        return ", ".join(parts)

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return plain(asdict(self))

    @classmethod
    def from_dict(cls, record: Any) -> Rung | None:
        """The rung that `to_dict` wrote down; None for anything else."""
        kinds: dict[str, Any] = {
            "name": str, "bits": (int, float), "parameters": int, "seconds": (int, float),
            "flops": (int, float), "sees": int, "sample": str, "steps": int, "seed": int, "settings": dict,
            "ended": str, "course": list,
        }  # fmt: skip
        if not isinstance(record, dict) or set(record) != {part.name for part in fields(cls)}:
            return None
        if not all(isinstance(record[name], kind) for name, kind in kinds.items()):
            return None
        try:
            course = tuple((float(cost), float(bits)) for cost, bits in record["course"])
        except (TypeError, ValueError):
            return None
        return cls(**{**record, "course": course})


# -- how they are made ------------------------------------------------------------------------


@dataclass(frozen=True)
class Recipe:
    """How a rung that is trained is built, and how it learns unless told otherwise. The settings are those
    that came out best in about 12 seconds on two cores, on the Python manual."""

    build: Callable[..., Any]  # (vocabulary_size, context_length, **fields) -> a Keras model
    fields: Mapping[str, Any]
    sees: Callable[[Mapping[str, Any], int], int]  # of the fields and the context length
    batch_size: int = 8
    learning_rate: float = 1e-2
    xla: bool = True  # whether its steps gain more by XLA than compiling takes, in a budget of some seconds


def counting_model(rung: str, fields: Mapping[str, Any]) -> NGram:
    """The model of a rung that counts, not yet fitted."""
    if rung == "n-gram":
        return NGram(fields.get("order", ORDER), smoothing=fields.get("smoothing", "witten-bell"))
    return NGram(COUNTED.index(rung), smoothing="add-one")


def _rnn(cell: str) -> Callable[..., Any]:
    def build(vocabulary_size: int, context_length: int, **fields: Any) -> Any:
        from bigmodel_nb.models import build_rnn

        return build_rnn(task="next token", vocabulary_size=vocabulary_size, cell=cell, **fields)

    return build


def _window(vocabulary_size: int, context_length: int, **fields: Any) -> Any:
    from bigmodel_nb.models import build_window_mlp

    return build_window_mlp(vocabulary_size=vocabulary_size, **fields)


def _transformer(vocabulary_size: int, context_length: int, **fields: Any) -> Any:
    from bigmodel_nb.models import build_transformer

    return build_transformer(vocabulary_size=vocabulary_size, context_length=context_length, **fields)


def _not_built(*_sizes: int, **_fields: Any) -> Any:
    raise NotImplementedError  # the reader's own models are built already


def _whole_context(_fields: Mapping[str, Any], context_length: int) -> int:
    return context_length


OWN = "own"
RECIPES: dict[str, Recipe] = {
    "window MLP": Recipe(
        _window,
        {"window": 8, "embedding_width": 32, "widths": (256,)},
        lambda fields, length: min(fields["window"], length),
        batch_size=16,
        xla=False,
    ),
    "simple RNN": Recipe(_rnn("simple"), {"widths": (128,)}, _whole_context, learning_rate=5e-3),
    "GRU": Recipe(_rnn("gru"), {"widths": (128,)}, _whole_context),
    "LSTM": Recipe(_rnn("lstm"), {"widths": (128,)}, _whole_context, learning_rate=2e-2),
    "Transformer": Recipe(
        _transformer,
        {"num_layers": 2, "num_heads": 4, "d_model": 64, "positions": "rotary"},
        _whole_context,
        learning_rate=3e-3,
    ),
    OWN: Recipe(_not_built, {}, _whole_context, learning_rate=3e-3, xla=False),
}
