"""Chapter 5's explorer of recurrence: milliseconds from a control to the new picture."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import Row
from benchmarks.redraws import redraws

GROUP = "explorers"

SETUP = """
import time
import keras
from bigmodel_nb.data import CharacterTokenizer
from bigmodel_nb.models import build_rnn
from bigmodel_nb.widgets import RecurrenceExplorer
keras.utils.set_random_seed(0)
text = "what a network remembers, it keeps in its state; what it forgets is gone for good.\\n" * 24
letters = CharacterTokenizer.fit(text)
size = letters.vocabulary_size
model = build_rnn(task="next token", vocabulary_size=size, cell="lstm", widths=(128,))
states = RecurrenceExplorer("lstm", length=50)
gradients = RecurrenceExplorer("lstm", length=100, view="gradients")
reader = RecurrenceExplorer(model=model, tokenizer=letters, text=text, position=0)
def timed(moves):
    times = []
    for move in moves:
        start = time.perf_counter()
        move()
        times.append(1000 * (time.perf_counter() - start))
    return times
def drags(knob, values):
    return [lambda value=value: knob.slider.set_state({"value": value}) for value in values]
def played(explorer):
    explorer.transport.rewind()
    explorer.transport.play()
    times = timed([explorer.transport._advance] * 40)
    explorer.transport.pause()
    return times
radii = [0.6 + 0.02 * step for step in range(40)]
MOVES = {
    "recurrence: a step of 50 through an LSTM": lambda: played(states),
    "recurrence: spectral radius, states": lambda: timed(drags(states.radius, radii)),
    "recurrence: spectral radius, gradients of three cells over 100 steps":
        lambda: timed(drags(gradients.radius, radii)),
    "recurrence: forget bias, gradients of three cells over 100 steps":
        lambda: timed(drags(gradients.forget_bias, [-1 + 0.1 * step for step in range(40)])),
    "recurrence: a step over the reader's text": lambda: played(reader),
    "recurrence: another unit of the reader's model": lambda: timed(drags(reader.unit, range(1, 41))),
}
[measure() for measure in MOVES.values()]  # once unmeasured: fonts are loaded, compiled code is there
"""


def measure() -> Iterator[Row]:
    """95th percentiles, under 50 ms."""
    yield from redraws(GROUP, SETUP)
