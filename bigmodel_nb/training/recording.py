"""What a record says of where a run came from: its data, settings and versions."""

from __future__ import annotations

import hashlib
import math
import platform
import sys
from typing import Any

import numpy as np

from bigmodel_nb.training.nested import leaves
from bigmodel_nb.training.sources import Texts
from bigmodel_nb.training.streams import Stream

MOST_HASHED = 64 * 2**20  # bytes of each array that go into the fingerprint; of larger ones a sample does


def fingerprint(source: Any) -> str:
    """A short hash of the data: the same data give the same, on any machine."""
    digest = hashlib.blake2b(digest_size=8)
    if isinstance(source, Stream):
        digest.update(repr((source.signature, source.length)).encode())
    else:
        parts = (source.tokens,) if isinstance(source, Texts) else source.parts
        digest.update(repr((source.signature, len(source))).encode())
        for array in leaves(parts):
            step = max(1, math.ceil(array.nbytes / MOST_HASHED))
            digest.update(np.ascontiguousarray(array[::step]).tobytes())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """The versions that a result may depend on."""
    from bigmodel_nb import __version__

    found = {"bigmodel_nb": __version__, "python": platform.python_version()}
    for name in ("keras", "tensorflow", "jax", "torch", "numpy"):
        module = sys.modules.get(name)
        if module is not None and hasattr(module, "__version__"):
            found[name] = module.__version__
    return found


def settings_of(
    model: Any, epochs: int, steps: int | None, batch_size: int, schedule: Any, clip: Any, shuffle: Any
) -> dict[str, Any]:
    optimizer = model.optimizer.get_config()
    rate = optimizer.pop("learning_rate", None)
    optimizer.pop("name", None)
    return {
        "model": model.name,
        "parameters": model.count_params(),
        "loss": _names(model.loss),
        "metrics": _names(model.get_compile_config().get("metrics")) if model.compiled else None,
        "optimizer": type(model.optimizer).__name__,
        "optimizer_settings": {key: value for key, value in optimizer.items() if value is not None},
        # float32 as people write it: 0.001, not 0.0010000000474974513
        "learning_rate": float(str(np.float32(rate))) if isinstance(rate, float) else rate,
        "schedule": None if schedule is None else _name(schedule),
        "clip": clip,
        "epochs": epochs,
        "steps_per_epoch": steps,
        "batch_size": batch_size,
        "shuffle": bool(shuffle),
    }


def _name(thing: Any) -> str:
    if isinstance(thing, str):
        return thing
    if hasattr(thing, "__dataclass_fields__"):
        return repr(thing)
    return getattr(thing, "__name__", None) or getattr(thing, "name", None) or type(thing).__name__


def _names(things: Any) -> Any:
    """The names of losses or metrics, in the lists and dicts they stand in."""
    if isinstance(things, dict):
        if "class_name" in things and isinstance(things.get("config"), dict | str):
            config = things["config"]
            return config.get("name", things["class_name"]) if isinstance(config, dict) else config
        return {name: _names(part) for name, part in things.items()}
    if isinstance(things, list | tuple):
        return [_names(part) for part in things]
    return None if things is None else _name(things)
