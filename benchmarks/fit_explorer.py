"""Chapter 3's explorer: milliseconds from a control to the new picture."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import Row
from benchmarks.redraws import redraws

GROUP = "explorers"

SETUP = """
import time
import numpy as np
from bigmodel_nb.widgets import FitExplorer
plain = FitExplorer()
network = FitExplorer("network", width=40, points=20)
trained = FitExplorer("trained network", points=20)
many = FitExplorer(points=20, view="bias and variance")
def dragged(knob, values):
    times = []
    for value in values:
        knob.slider.value = knob.slider.min
        start = time.perf_counter()
        knob.slider.value = value
        times.append(1000 * (time.perf_counter() - start))
    return times
def prices(): return np.random.uniform(-4, 0, 30)
MOVES = {
    "fit: another degree": lambda: dragged(plain.degree, np.random.permutation(range(2, 16)).tolist() * 2),
    "fit: another L1": lambda: dragged(plain.l1, (10 ** prices()).tolist()),
    "fit: another L2 of the network": lambda: dragged(network.l2, (10 ** prices()).tolist()),
    "fit: another L2 of the trained network": lambda: dragged(trained.l2, (10 ** prices()).tolist()),
    "fit: another sample": lambda: dragged(plain.seed, list(range(1, 21))),
    "fit: bias and variance, another degree": lambda: dragged(many.degree, list(range(2, 16)) * 2),
}
[measure() for measure in MOVES.values()]  # once unmeasured: fonts are loaded
"""


def measure() -> Iterator[Row]:
    """95th percentiles, under 50 ms."""
    yield from redraws(GROUP, SETUP)
