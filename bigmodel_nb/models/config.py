"""What the records of all networks share: fields that check themselves, named sizes, a count by arithmetic.

    config = MLPConfig.of_size("small", num_outputs=3)
    count_parameters(config)                              # nothing is allocated, no framework is loaded
    configured(MLPConfig, config, {"dropout": 0.2})       # what every builder does with its arguments

A record is a frozen dataclass. Its fields are knobs (`bigmodel_nb.maths.knobs`): each knows its check, the
range that a slider should offer, and a line of help.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from bigmodel_nb.arguments import one_of, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.knobs import Checked

# A layer may be as wide, and a network as deep, as any that was ever trained on one machine: beyond that
# a number is a slip of the keyboard.
WIDEST, DEEPEST = 1_000_000, 1_000
MOST_PARAMETERS = 2_000_000_000  # that a builder will allocate; counting has no limit
BYTES_EACH = 4  # of a parameter in float32

# "linear" leaves the sum as it is: a network of such layers is one linear layer, however deep.
ACTIVATIONS = ("relu", "gelu", "silu", "elu", "selu", "leaky relu", "tanh", "sigmoid", "softplus", "linear")
# "zeros" is here because it fails, and seeing why is a lesson: all units of a layer stay alike.
INITIALIZERS = (
    "glorot uniform", "glorot normal", "he uniform", "he normal", "lecun normal", "orthogonal", "zeros",
)  # fmt: skip


class ModelConfig(Checked):
    """Base of the records. A subclass adds fields, `SIZES` and `parameter_count`."""

    # name of a size -> the fields in which it differs from the defaults
    SIZES: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    @classmethod
    def of_size(cls: type[Config], size: str, **fields: Any) -> Config:
        """The record of a named size ("tiny", "small", "base"), with some fields changed."""
        chosen = cls.SIZES[one_of("size", size, cls.SIZES)]
        return configured(cls, None, {**chosen, **fields})

    @property
    def parameter_count(self) -> int:
        """The number of parameters, by arithmetic."""
        raise NotImplementedError


Config = TypeVar("Config", bound=ModelConfig)


def count_parameters(config: ModelConfig) -> int:
    """The number of parameters of the model that `config` describes, without building it.

    Counted is what Keras's `model.count_params()` counts: all weights, also the running means and variances
    of batch normalization, which no gradient reaches.
    """
    if not isinstance(config, ModelConfig):
        raise wrong_type("config", _("a record of a model, such as MLPConfig(widths=(32,))"), config)
    return config.parameter_count


def configured(kind: type[Config], config: Any, fields: Mapping[str, Any]) -> Config:
    """The record that a builder was asked for: `config` (a record, the name of a size, or None for the
    defaults) with `fields` changed."""
    known = [entry.name for entry in dataclasses.fields(kind)]  # type: ignore[arg-type]
    for name in fields:
        if name not in known:
            raise TypeError(
                _("{kind} has no field {name!r}; its fields are: {known}").format(
                    kind=kind.__name__, name=name, known=", ".join(known)
                )
            )
    if config is None:
        return kind(**fields)
    if isinstance(config, str):
        return kind.of_size(config, **fields)
    if not isinstance(config, kind):
        expected = _("{kind}(...) or one of the sizes {sizes}").format(
            kind=kind.__name__, sizes=", ".join(map(repr, kind.SIZES))
        )
        raise wrong_type("config", expected, config)
    return dataclasses.replace(config, **fields)  # type: ignore[type-var]


def affordable(config: Config) -> Config:
    """`config`, unless its parameters alone would not fit into this computer's memory."""
    count = count_parameters(config)
    most = min(MOST_PARAMETERS, _memory() // BYTES_EACH)
    if count > most:
        raise ValueError(
            _(
                "this model would have {count:,} parameters, {size:,.1f} GB of memory before any training; "
                "at most {most:,} are built here. count_parameters(config) counts without building."
            ).format(count=count, size=count * BYTES_EACH / 1e9, most=most)
        )
    return config


def _memory() -> int:
    """The memory of this computer in bytes; where the system does not say, more than any has."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        return 1 << 60


# -- checks of fields: (name, value) -> value ---------------------------------------------------


def choice(*choices: str) -> Callable[[str, Any], str]:
    """A check that allows one of `choices`."""
    return lambda name, value: one_of(name, value, choices)


def count(low: int, high: int) -> Callable[[str, Any], int]:
    """A check that allows a whole number from `low` to `high`."""
    return lambda name, value: whole(name, value, low, high)


def counts(
    low: int, high: int, *, fewest: int = 0, most: int = DEEPEST
) -> Callable[[str, Any], tuple[int, ...]]:
    """A check that allows `fewest` to `most` whole numbers from `low` to `high`, one for each layer.

    One number alone counts as a list of one.
    """

    def check(name: str, value: Any) -> tuple[int, ...]:
        expected = _("a list of {fewest} to {most} whole numbers from {low} to {high}").format(
            fewest=fewest, most=most, low=low, high=high
        )
        entries = _entries(name, value, expected)
        if not fewest <= len(entries) <= most:
            raise wrong_value(name, expected, value)
        return tuple(_number(name, entry, low, high, expected, value) for entry in entries)

    return check


def shape_of_example(
    *axes: str, example: tuple[Any, ...], free: tuple[str, ...] = ()
) -> Callable[[str, Any], tuple]:
    """A check that allows the shape of one example: a whole number for each of `axes`.

    No axes: one number or more. An axis of `free` may be None: any length.
    """

    def check(name: str, value: Any) -> tuple[int | None, ...]:
        if axes:
            expected = _("the shape of one example, ({axes}), such as {example}")
            expected = expected.format(
                axes=", ".join(axes) + ("," if len(axes) == 1 else ""), example=example
            )
        else:
            expected = _("the shape of one example, such as {example}").format(example=example)
        entries = _entries(name, value, expected)
        if (axes and len(entries) != len(axes)) or not 1 <= len(entries) <= 8:
            raise wrong_value(name, expected, value)
        open_ended = {place for place, axis in enumerate(axes) if axis in free}
        return tuple(
            None
            if entry is None and place in open_ended
            else _number(name, entry, 1, WIDEST, expected, value)
            for place, entry in enumerate(entries)
        )

    return check


def optional(check: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """A check that allows None, too."""
    return lambda name, value: None if value is None else check(name, value)


def _entries(name: str, value: Any, expected: str) -> list[Any]:
    if isinstance(value, (str, bytes, Mapping, set, frozenset)):
        raise wrong_type(name, expected, value)
    if not isinstance(value, Iterable):
        value = [value]
    entries = []
    try:
        for entry in value:
            entries.append(entry)
            if len(entries) > DEEPEST:  # it may be endless
                raise wrong_value(name, expected, value)
    except TypeError:  # an array without axes
        raise wrong_type(name, expected, value) from None
    return entries


def _number(name: str, entry: Any, low: int, high: int, expected: str, value: Any) -> int:
    """`entry` of the list `value` as a whole number; what is wrong with it is said of the list."""
    try:
        return whole(name, entry, low, high)
    except TypeError:
        raise wrong_type(name, expected, value) from None
    except ValueError:
        raise wrong_value(name, expected, value) from None
