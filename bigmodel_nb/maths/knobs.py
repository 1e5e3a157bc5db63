"""Fields of dataclasses that check themselves and know the range a slider should offer.

    @dataclass(frozen=True)
    class Decay(Checked):
        factor: float = knob(0.5, share, 0.1, 1.0, help="what the rate is multiplied by")

The metadata of the field (`low`, `high`, `log`, `help`) is for sliders and only says what is worth trying;
what is allowed is up to the check, which is run when the record is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, fields
from typing import Any

import numpy as np

from bigmodel_nb.arguments import between, wrong_type
from bigmodel_nb.language import gettext as _


def knob(
    default: Any,
    check: Callable[[str, Any], Any],
    low: float | None = None,
    high: float | None = None,
    *,
    log: bool = False,
    help: str = "",
) -> Any:
    """A dataclass field with a default, a check `(name, value) -> value` and a range worth trying."""
    return field(
        default=default, metadata={"check": check, "low": low, "high": high, "log": log, "help": help}
    )


class Checked:
    """Base of the dataclasses whose fields are knobs: runs every field's check, keeps what it returns."""

    def __post_init__(self) -> None:
        for entry in fields(self):  # type: ignore[arg-type]
            check = entry.metadata.get("check")
            if check is not None:
                object.__setattr__(self, entry.name, check(entry.name, getattr(self, entry.name)))


def share(name: str, value: Any) -> float:
    """A number from 0 to 1."""
    return between(name, value, 0.0, 1.0)


def share_below_one(name: str, value: Any) -> float:
    """A number from 0 to 1, 1 excluded."""
    return between(name, value, 0.0, 1.0, high_open=True)


def share_above_zero(name: str, value: Any) -> float:
    """A number from 0 to 1, 0 excluded."""
    return between(name, value, 0.0, 1.0, low_open=True)


def truth(name: str, value: Any) -> bool:
    """True or False."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise wrong_type(name, _("True or False"), value)
