"""Redraws of the attention explorer at 64 tokens, 4 layers, 4 heads: milliseconds from control to picture."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import Row
from benchmarks.redraws import redraws

GROUP = "explorers"

SETUP = """
import time
import keras
from bigmodel_nb.data import CharacterTokenizer
from bigmodel_nb.models import build_transformer
from bigmodel_nb.widgets import AttentionExplorer
keras.utils.set_random_seed(0)
alphabet = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.,:;'!?-()[]"
tokenizer = CharacterTokenizer.fit(alphabet)
model = build_transformer("small", vocabulary_size=tokenizer.vocabulary_size)
explorer = AttentionExplorer(model, tokenizer, (alphabet * 2)[:64])
def timed(control, values):
    times = []
    for value in values:
        start = time.perf_counter()
        control.value = value
        times.append(1000 * (time.perf_counter() - start))
    return times
MOVES = {
    "attention: another token": lambda: timed(explorer.token.slider, range(40)),
    "attention: another head": lambda: timed(explorer.head, [1, 2, 3, 0] * 10),
    "attention: another stage": lambda: timed(explorer.stage, ["scores", "scaled", "masked", "softmax"] * 10),
    "attention: temperature (the model computes)": lambda: timed(
        explorer.temperature.slider, [0.02 * n for n in range(1, 41)]
    ),
    "attention: another mask (the model computes)": lambda: timed(
        explorer.mask, ["none", "window", "causal"] * 13
    ),
}
[measure() for measure in MOVES.values()]  # once unmeasured: fonts are loaded
explorer.token.value = 63
"""


def measure() -> Iterator[Row]:
    """95th percentiles at 64 tokens, 4 layers and 4 heads, under 50 ms."""
    yield from redraws(GROUP, SETUP)
