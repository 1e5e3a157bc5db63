"""The named sizes of all families, and networks of history, with their parameters by arithmetic.

SIZES["cnn"]["small"]       # a CNNConfig
print(size_table())         # family, size, parameters
print(history_table())      # LeNet-5 to GPT-3: on paper, nothing is allocated
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bigmodel_nb.models.cnn import CNNConfig
from bigmodel_nb.models.config import ModelConfig, count_parameters
from bigmodel_nb.models.dense import MLPConfig
from bigmodel_nb.models.lenet import LENET5_1998
from bigmodel_nb.models.resnet import ResNetConfig
from bigmodel_nb.models.rnn import RNNConfig
from bigmodel_nb.models.transformer_config import TransformerConfig

_FAMILIES: dict[str, tuple[type[ModelConfig], dict[str, Any]]] = {
    "mlp": (MLPConfig, {}),
    "cnn": (CNNConfig, {}),
    "resnet": (ResNetConfig, {}),
    "rnn": (RNNConfig, {"task": "next token", "vocabulary_size": 65}),
    "transformer": (TransformerConfig, {}),
}

# family -> size -> the record of it
SIZES: Mapping[str, Mapping[str, ModelConfig]] = MappingProxyType(
    {
        family: MappingProxyType({size: kind.of_size(size, **fields) for size in ("tiny", "small", "base")})
        for family, (kind, fields) in _FAMILIES.items()
    }
)


@dataclass(frozen=True)
class Sized:
    """A row of a table of sizes. `source` says who described the network, and when."""

    family: str
    size: str
    parameters: int
    source: str = ""


class SizeTable(tuple[Sized, ...]):
    """Rows of sizes, printed one below the other."""

    def __str__(self) -> str:
        left = [f"{row.family} {row.size}".strip() for row in self]
        wide = max(map(len, left))
        return "\n".join(
            f"{name:{wide}}  {row.parameters:>15,}  {row.source}".rstrip()
            for name, row in zip(left, self, strict=True)
        )

    __repr__ = __str__


def size_table() -> SizeTable:
    """The named sizes of every family."""
    return SizeTable(
        Sized(family, size, count_parameters(config))
        for family, sizes in SIZES.items()
        for size, config in sizes.items()
    )


def history_table() -> SizeTable:
    """Networks of history and what they had to learn, counted layer by layer after their authors."""
    gpt2 = "Radford and others, 2019"
    gpt3 = TransformerConfig(
        vocabulary_size=50257, context_length=2048, num_layers=96, num_heads=96, d_model=12288
    )
    rows = [Sized("LeNet-5", "", sum(LENET5_1998.values()), "LeCun and others, 1998")]
    rows.append(Sized("AlexNet", "", _layers(*_ALEXNET), "Krizhevsky and others, 2012"))
    rows.append(Sized("VGG-16", "", _layers(*_VGG16), "Simonyan and Zisserman, 2015"))
    for size in ("small", "medium", "large", "xl"):
        config = TransformerConfig.of_size(f"gpt2-{size}")
        rows.append(Sized("GPT-2", size, count_parameters(config), gpt2))
    rows.append(Sized("GPT-3", "", count_parameters(gpt3), "Brown and others, 2020"))
    return SizeTable(rows)


def _layers(*layers: tuple[int, int]) -> int:
    """Parameters of layers that are given as (numbers that a unit sees, units)."""
    return sum((inputs + 1) * units for inputs, units in layers)


# Two GPUs shared AlexNet: in its second, fourth and fifth layer a unit sees the maps of its own GPU only.
_ALEXNET = (
    (121 * 3, 96), (25 * 48, 256), (9 * 256, 384), (9 * 192, 384), (9 * 192, 256),
    (36 * 256, 4096), (4096, 4096), (4096, 1000),
)  # fmt: skip
_VGG16 = (
    (9 * 3, 64), (9 * 64, 64), (9 * 64, 128), (9 * 128, 128), (9 * 128, 256), *[(9 * 256, 256)] * 2,
    (9 * 256, 512), *[(9 * 512, 512)] * 5, (49 * 512, 4096), (4096, 4096), (4096, 1000),
)  # fmt: skip
