"""Whatever a page sends to the controls of a SweepExplorer: a valid state, or a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.training.run import Run
from bigmodel_nb.training.sweep_record import Sweep
from bigmodel_nb.widgets import SweepExplorer
from bigmodel_nb.widgets.controls import Guarded

sent = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=6)
    | st.sampled_from(["0.1, 0.2", "nan", "1e999", "9" * 5000, "((", "relu", "0", "[1]", "<b>", "1, 1"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)  # fmt: skip


def sweep() -> Sweep:
    made = Sweep.of({"learning_rate": [0.1, 0.2], "activation": ["relu", "tanh"], "seed": [0, 1]})
    for place, member in enumerate(made.members):
        if place == 3:
            member.run = Run(ended="diverged", history={"loss": [1.0, float("nan")]})
        elif place != 5:
            member.run = Run(
                history={"loss": [1.0, place / 10], "val_loss": [2.0, float("inf") * (place == 1)]}
            )
    return made


@pytest.fixture(scope="module", params=[True, False], ids=["finished", "new"])
def poor(request):
    """One explorer for all examples: it must survive them."""
    given = (
        {"sweep": sweep()} if request.param else {"builder": dict, "data": 3, "units": [1, 2], "seed": [0, 1]}
    )
    explorer = SweepExplorer(**given)
    explorer.builder = None  # nothing is trained here
    yield explorer
    explorer.close()


@settings(max_examples=60)
@given(data=st.data())
def test_whatever_a_page_sends_to_a_control(page, poor, data):
    controls = [
        (part, key)
        for part in poor._mine()
        if isinstance(part, Guarded)
        for key in ("index", "value", "playing", "_playing")
        if key in part.keys and not (key == "value" and "index" in part.keys)
    ]
    part, key = data.draw(st.sampled_from(range(len(controls))).map(lambda place: controls[place]))
    page.sends(part, **{key: data.draw(sent)})
    assert not poor.message.startswith("Something went wrong"), poor.message
    assert len(poor.message) < 500
    poor.settle()
    assert poor.message == "" and poor.summary_text and not poor.row.running
    assert poor.across.value != poor.down.value


@settings(max_examples=20)
@given(content=sent)
def test_whatever_message_comes_with_a_click(poor, content):
    for button in (poor.best_button, poor.row.train_button, poor.row.stop_button, poor.code_button):
        for body in ({"method": "custom", "content": content}, {"method": "nothing"}):
            button._handle_msg({"content": {"data": body}, "buffers": []})
