"""Explorers of chapters 5 and 6 that work on text: milliseconds from a slider to the new bars."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import Row
from benchmarks.redraws import redraws

GROUP = "explorers"

# The shipped GPT has about a hundred tokens; `large` has as many as GPT-2, with the costs of that many.
SETUP = """
import time
import numpy as np
from bigmodel_nb.data.tokenizers import CharacterTokenizer
from bigmodel_nb.widgets import SamplingExplorer, TokenExplorer
class Large:
    context_length, tokens = 64, []
    tokenizer = CharacterTokenizer([chr(0x4E00 + n) for n in range(20_000)])
    scores = np.random.default_rng(0).normal(0, 2, 20_000)
    def logits(self, tokens): return np.tile(self.scores, (len(tokens), 1))
    def begin(self, tokens): return self.scores
    def step(self, token): return self.scores
shipped = SamplingExplorer(prompt="The class ", top_k=30, top_p=0.95)
large = SamplingExplorer(Large(), prompt=chr(0x4E00), top_p=0.9)
words = TokenExplorer("The class statement, a naive example. " * 6, "byte pairs")
rows = TokenExplorer(model=shipped.next.model, view="embeddings")
shipped.run(3)
def dragged(knob, low, high, times=60):
    took = []
    for value in np.random.default_rng(0).uniform(low, high, times):
        start = time.perf_counter()
        knob.slider.value = float(value)
        took.append(1000 * (time.perf_counter() - start))
    return took
def chosen():
    took = []
    for value in range(5, 45):
        start = time.perf_counter()
        rows.token.value = value
        took.append(1000 * (time.perf_counter() - start))
    return took
MOVES = {
    "sampling: temperature to bars": lambda: dragged(shipped.temperature, 0.2, 2),
    "sampling: top-p to bars": lambda: dragged(shipped.top_p, 0.2, 1),
    "sampling: temperature to bars, 20,000 tokens": lambda: dragged(large.temperature, 0.2, 2),
    "tokens: vocabulary of byte pairs to boxes": lambda: dragged(words.vocabulary_size, 260, 1000),
    "tokens: another token among the embeddings": chosen,
}
[measure() for measure in MOVES.values()]  # once unmeasured: fonts are loaded
"""


def measure() -> Iterator[Row]:
    """95th percentiles, under 50 ms."""
    yield from redraws(GROUP, SETUP)
