"""The child process of `find_batch_size`: steps of growing size, until memory ends.

    python -m bigmodel_nb.training.probe MODEL.keras LARGEST BYTES

Prints one line of JSON for each batch size that worked. It may be killed at any moment.
"""

from __future__ import annotations

import json
import pathlib
import sys

import bigmodel_nb  # noqa: F401  # before TensorFlow, whose messages it holds back


def main(path: str, largest: int, limit: float) -> None:
    """Doubles the batch until the next one would not fit."""
    import keras
    import numpy as np

    import bigmodel_nb.models  # noqa: F401  # registers the layers of our builders

    model = keras.saving.load_model(path)
    with np.load(pathlib.Path(path).with_suffix(".npz"), allow_pickle=False) as stored:
        x = [stored[name] for name in stored.files if name.startswith("x/")]
        y = [stored[name] for name in stored.files if name.startswith("y/")]
    size, before = 1, resident()
    while size <= largest:
        batch = [[np.repeat(part, size, axis=0) for part in parts] for parts in (x, y)]
        inputs, targets = (parts[0] if len(parts) == 1 else parts for parts in batch)
        for _step in range(2):
            model.train_on_batch(inputs, targets)
        now = resident()
        if now > limit:
            return
        print(json.dumps({"batch_size": size, "bytes": now}), flush=True)
        if now + 2.5 * max(now - before, 0) > limit:  # what grew last time will have to grow twice as far
            return
        before, size = now, size * 2


def resident() -> float:
    """Bytes of memory that this process has held at most; 0 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
