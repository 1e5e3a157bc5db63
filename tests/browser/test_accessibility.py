"""What a screen reader is told and what the Tab key reaches, in Chromium's own accessibility tree."""

from collections import Counter

import pytest

from .explorer import Explorer

pytestmark = pytest.mark.browser

EXPLORERS = ["DescentExplorer(prediction=True)", "BatchExplorer()"]


def told(explorer: Explorer) -> list[tuple[str, str]]:
    """Role and name of everything in the explorer that Chromium tells a screen reader."""
    session = explorer.page.context.new_cdp_session(explorer.page)
    try:
        handle = session.send(
            "Runtime.evaluate",
            {"expression": "document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .bigmodel-live')"},
        )["result"]["objectId"]
        nodes = session.send("Accessibility.queryAXTree", {"objectId": handle})["nodes"]
    finally:
        session.detach()
    return [
        (node["role"]["value"], (node.get("name") or {}).get("value", "").strip())
        for node in nodes
        if not node["ignored"]
    ]


@pytest.mark.parametrize("code", EXPLORERS)
def test_everything_that_can_be_worked_has_a_name(explorer, code):
    shown = explorer(code)
    pages = shown.root.locator(".widget-toggle-buttons button").all_inner_texts()
    seen = Counter()
    for page in pages:
        shown.turn_to(page)
        for role, name in told(shown):
            if role in ("button", "textbox", "checkbox", "combobox"):
                # An icon is a character of its own that stands before the name.
                assert any(letter.isalpha() and letter.isascii() for letter in name), (page, role, name)
                seen[role] += 1
        # A slider's handle has no name of its own in ipywidgets: each has a number box that has one.
        boxes = [name for role, name in told(shown) if role == "textbox"]
        assert sum(role == "slider" for role, _name in told(shown)) == len(boxes) == len(set(boxes))
    assert seen["button"] >= 4 and seen["textbox"] >= 4 and seen["checkbox"] >= 3 and seen["combobox"] >= 2


@pytest.mark.parametrize("code", ["DescentExplorer(rate=0.1)", "BatchExplorer(rate=0.02)"])
def test_summary_and_message_are_announced(explorer, code):
    shown = explorer(code)
    rate = shown.knob("learning rate (all)" if "Descent" in code else "learning rate")
    assert "status" in (role for role, _name in told(shown))
    assert shown.summary in _texts(shown)
    assert "alert" not in (role for role, _name in told(shown))
    rate.type("much")
    shown.until(lambda: shown.message, "the message is there")
    assert "alert" in (role for role, _name in told(shown))
    assert shown.message in _texts(shown)
    assert "'much'" in shown.message
    before = shown.summary
    shown.answers(lambda: rate.press("Home"), "another rate")
    assert shown.summary != before and shown.summary in _texts(shown)
    assert before not in _texts(shown)


def _texts(explorer: Explorer) -> list[str]:
    return [name for role, name in told(explorer) if role == "StaticText"]


@pytest.mark.parametrize("code", EXPLORERS)
def test_the_tab_key_reaches_everything(explorer, code):
    shown = explorer(code)
    for page in shown.root.locator(".widget-toggle-buttons button").all_inner_texts():
        shown.turn_to(page)
        reached = walk(shown)
        # JupyterLab may take the focus back for its cell at any moment: the walk goes on where it broke off.
        # A control that Tab does not reach is missed from the one before it each time.
        for _again in range(3):
            if reached[0] == reached[1]:
                break
            shown.page.wait_for_timeout(300)
            reached = walk(shown, max(reached[0] - 1, 0))
        assert reached[0] == reached[1], f"{page}: Tab reaches {reached[0]} of {reached[1]}"


def walk(shown: Explorer, start: int = 0) -> tuple[int, int]:
    """Presses Tab from the control of number `start` on: how many are reached in order, and of how many."""
    wanted = shown.root.evaluate(
        """(root, start) => {
             window.wanted = [...root.querySelectorAll("button, input, select, [role=slider]")]
               .filter((one) => one.offsetParent !== null && !one.disabled);
             window.wanted[start].focus();
             return window.wanted.length; }""",
        start,
    )
    reached = start
    while reached < wanted and shown.page.evaluate("wanted.indexOf(document.activeElement)") == reached:
        reached += 1
        shown.page.keyboard.press("Tab")
    return reached, wanted


def test_a_race_by_keyboard_alone(explorer):
    shown = explorer("DescentExplorer(rate=0.1, prediction=True)")
    press = shown.page.keyboard.press
    shown.button("Adam").focus()
    shown.answers(lambda: press("Enter"), "a prediction")
    shown.button("Rewind").focus()
    shown.answers(lambda: press("Space"), "rewind")
    assert shown.step == 0
    shown.root.get_by_role("checkbox", name="Nesterov").focus()
    shown.answers(lambda: press("Space"), "another racer")
    assert "Nesterov" in shown.summary
    shown.list("surface").focus()
    press("Space")  # opens the list; arrows on a closed one are JupyterLab's, and go to the next cell
    press("ArrowDown")
    shown.answers(lambda: press("Enter"), "another surface")
    assert shown.list("surface").input_value() == "Rosenbrock"
    shown.button("Play").focus()
    press("Enter")
    shown.until(lambda: shown.step > 3, "it plays")
    press("Enter")
    shown.button("Play").wait_for()
    assert shown.message == ""
