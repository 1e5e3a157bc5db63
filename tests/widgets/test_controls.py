"""Controls: what a page sends and they refuse becomes a message; looks are shared; words are escaped."""

from __future__ import annotations

import math
import threading

import pytest
import traitlets

from bigmodel_nb.widgets import controls

KINDS = {
    "checkbox": (lambda: controls.switch("zoom", True), "value", [[], {}, "", "no"]),
    "dropdown": (
        lambda: controls.choice("surface", [("a", "A"), ("b", "B")], "B"),
        "index",
        [None, 2, -1, 10**30, "b", math.nan, [], True],
    ),
    "toggle buttons": (
        lambda: controls.ToggleButtons(options=["a", "b"], value="b"),
        "index",
        [None, 2, -1, 10**30, "b", math.nan, [], True],
    ),
    "slider": (lambda: controls.FloatSlider(value=1, min=0, max=2), "value", ["1", None, [], {}]),
    "log slider": (lambda: controls.FloatLogSlider(value=1, min=-1, max=1), "value", ["1", None, [], {}]),
    "whole slider": (lambda: controls.IntSlider(value=1, min=0, max=2), "value", ["x", None, [], math.nan]),
    "text": (lambda: controls.Text(value="1"), "value", [1, None, [], {}, math.nan]),
    "play": (lambda: controls.Play(value=1), "value", ["x", None, [], math.inf]),
}


@pytest.mark.parametrize("make, key, values", KINDS.values(), ids=KINDS)
def test_what_is_refused_becomes_a_message_and_the_page_is_told(page, monkeypatch, make, key, values):
    control = make()
    heard, told = [], []
    control.complain = heard.append
    monkeypatch.setattr(control, "send_state", lambda key=None: told.append(key))
    for value in values:
        before = getattr(control, key)
        heard.clear()
        told.clear()
        page.sends(control, **{key: value})
        if getattr(control, key) is before or getattr(control, key) == before:
            assert all("cannot take that value" in message for message in heard)
            assert value == before or told, f"the page still shows {value!r}"
            assert heard or value in (before, "1", "no", True), f"nothing was said about {value!r}"
        else:
            assert not heard
    control.close()


def test_one_of_a_list_is_always_chosen(page):
    control = controls.choice("surface", [("a", "A"), ("b", "B")], "B")
    page.sends(control, index=None)
    assert (control.index, control.value, control.label) == (1, "B", "b")
    page.sends(control, index=0)
    assert (control.index, control.value, control.label) == (0, "A", "a")
    for wrong in (None, "C"):
        with pytest.raises(traitlets.TraitError):
            control.value = wrong
    control.close()


def test_a_control_without_listener_refuses_in_silence(page):
    control = controls.choice("surface", [("a", "A"), ("b", "B")], "B")
    page.sends(control, index=7)
    assert control.value == "B"
    control.close()


def set_by_code(control, value: float) -> None:
    control.value = value


def sent_by_page(control, value: float) -> None:
    data = {"method": "update", "state": {"value": value}, "buffer_paths": []}
    control._handle_msg({"content": {"data": data}, "buffers": []})


@pytest.mark.parametrize("first, second", [(sent_by_page, set_by_code), (set_by_code, sent_by_page)])
def test_one_change_is_handled_whole_before_the_next(first, second):
    """On two threads: what follows from the first change is over before the second is begun."""
    control = controls.FloatSlider(value=0, min=0, max=10)
    control.lock = threading.RLock()
    order, inside, on = [], threading.Event(), threading.Event()

    def slow(change):
        order.append(f"begin {change['new']:g}")
        if change["new"] == 1:
            inside.set()
            assert on.wait(10)
        order.append(f"end {control.value:g}")

    control.observe(slow, "value")
    threads = [
        threading.Thread(target=first, args=(control, 1)),
        threading.Thread(target=second, args=(control, 2)),
    ]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    threads[1].join(0.05)
    assert order == ["begin 1"]
    on.set()
    for thread in threads:
        thread.join(10)
    assert order == ["begin 1", "end 1", "begin 2", "end 2"]
    control.close()


def test_layouts_that_look_the_same_are_one_widget_and_outlive_their_users(models):
    first, second = controls.switch("a", True), controls.switch("b", False)
    assert first.layout is second.layout and first.style is second.style
    assert controls.is_shared(first.layout)
    first.close()
    assert second.layout.comm is not None
    assert controls.switch("c", True).layout is second.layout


def test_a_shared_layout_that_was_closed_is_made_again():
    first = controls.layout(width="123px")
    first.close()
    second = controls.layout(width="123px")
    assert second is not first and second.comm is not None


def test_every_control_gets_its_tooltip():
    for control in (
        controls.switch("zoom", True, "nearer"),
        controls.choice("x", [("a", "A")], "A", "nearer"),
        controls.button("Go", help="nearer"),
    ):
        assert "nearer" in control.get_state().values()
        control.close()


def test_text_is_escaped_and_announced():
    made = controls.text_html("<script>alert('&')</script>", role="alert")
    assert "<script>" not in made and "&lt;script&gt;" in made and "&amp;" in made
    assert 'role="alert"' in made
    assert controls.text_html("", role="status") == ""
