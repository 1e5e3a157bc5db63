"""`generate` against nanoGPT's sampling loop in PyTorch: 500 tokens, one model, both warm, in turn.

    python -m benchmarks.generation CONTEXT TOKENS      # our side alone: one line of JSON

With a context of 512 all tokens lie in the window, and keys and values are kept. With 64 most lie beyond it:
both sides encode the window anew for each token, and little is left to save: ours takes 0.69 ms for 39 of the
48 products that PyTorch computes in 1.05 ms. Measure on a quiet machine: with other work beside it, PyTorch's
loop took up to six times as long and ours hardly longer, which flatters the ratio.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.measure import Row, compare
from benchmarks.training import HERE, ROUNDS, TORCH, _answer, beat

GROUP = "generation"
TOKENS = 500


def measure() -> Iterator[Row]:
    """The rows of this group; seconds of compiling in a row of their own."""
    if not TORCH.exists():
        from benchmarks.training import torch

        torch("speed", "cnn8", 1)  # makes the environment
    compiling = []
    for context, limits in ((512, (8, 14)), (64, (1, 3))):
        mine, theirs = [], []
        for _round in range(min(3, ROUNDS)):
            found = _answer([sys.executable, "-m", "benchmarks.generation", str(context), str(TOKENS)])
            mine.append(found["milliseconds"])
            compiling.append(found["compiling"])
            command = [str(TORCH), str(HERE / "torch_generation.py"), str(context), str(TOKENS)]
            theirs.append(_answer(command)["milliseconds"])
        beyond = "" if context > TOKENS else ", most of them beyond the window"
        yield compare(
            GROUP, f"a token, context {context}, {TOKENS} tokens{beyond}", "ms", mine, theirs,
            "nanoGPT's loop in PyTorch", **beat(*limits),
        )  # fmt: skip
    yield compare(
        GROUP, "what comes before, once a model: compiling, tokens without XLA", "s", compiling, [], "",
    )  # fmt: skip


def ours(context: int, tokens: int) -> dict[str, Any]:
    """Milliseconds a token of a GPT of nanoGPT's sizes, and what came before: plain loops, that work while
    nobody knows whether XLA will pay, and compiling, of these and by XLA."""
    import bigmodel_nb  # noqa: F401  # before TensorFlow
    from bigmodel_nb.models import build_transformer, generate
    from bigmodel_nb.models.writers import XLA_FROM

    model = build_transformer(vocabulary_size=65, bias=False, context_length=context)

    def seconds() -> float:
        begun = time.perf_counter()
        generate(model, [0], length=tokens)
        return time.perf_counter() - begun

    calls = 2 + XLA_FROM // tokens  # the last of which find XLA's loops, compiled
    before = sum(seconds() for _call in range(calls))
    warm = statistics.median(seconds() for _call in range(3))
    return {"milliseconds": 1000 * warm / tokens, "compiling": before - calls * warm}


if __name__ == "__main__":
    print(json.dumps(ours(int(sys.argv[1]), int(sys.argv[2]))))
