"""Chapter 4's explorers: milliseconds from a control to the new picture, and for a step of the window."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import Row
from benchmarks.redraws import redraws

GROUP = "explorers"

SETUP = """
import time
import keras
from bigmodel_nb.data import glyphs
from bigmodel_nb.models import build_lenet5
from bigmodel_nb.widgets import ConvolutionExplorer, FeatureMapExplorer, ReceptiveFieldExplorer
keras.utils.set_random_seed(0)
lenet = build_lenet5(activation="relu")
window = ConvolutionExplorer("flower", [[1, -2, 3.25, 0, -0.5, 7, -1]] * 7, padding="same", position=(0, 0))
fields = ReceptiveFieldExplorer(lenet, "C3")
maps = FeatureMapExplorer(lenet, glyphs(600).test)
def timed(moves):
    times = []
    for move in moves:
        start = time.perf_counter()
        move()
        times.append(1000 * (time.perf_counter() - start))
    return times
def puts(control, values): return [lambda value=value: setattr(control, "value", value) for value in values]
def stepped():
    window.transport.rewind()
    window.transport.play()
    tick = window.transport._advance
    times = timed([tick] * 40)
    window.transport.pause()
    return times
layers = list(maps.known.outputs(0))
MOVES = {
    "convolution: step of a 7 x 7 window": stepped,
    "convolution: another kernel": lambda: timed(puts(window.kernel.preset, ["blur", "edges", "emboss"] * 4)),
    "receptive field: another unit": lambda: timed(puts(fields.row, list(range(5)) * 6)),
    "receptive field: another layer": lambda: timed(puts(fields.layer, ["C1", "S2", "C3", "S4"] * 5)),
    "feature maps: another layer": lambda: timed(puts(maps.layer, layers * 3)),
    "feature maps: another image": lambda: timed(puts(maps.number, range(1, 41))),
}
[measure() for measure in MOVES.values()]  # once unmeasured: fonts are loaded, compiled code is there
"""


def measure() -> Iterator[Row]:
    """95th percentiles: under 33 ms for a step of the window, under 50 ms for what a control does."""
    yield from redraws(GROUP, SETUP, {"convolution: step of a 7 x 7 window": 33})
