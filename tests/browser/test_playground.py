"""Chapter 2's explorers on the page: the playground trains while it plays, all controls answer, all fits."""

import pytest

pytestmark = pytest.mark.browser

PLAYGROUND = "PlaygroundExplorer('spiral', (8, 6, 2), ['x1', 'x2', 'sin x1'], epochs=80, theme=THEME)"
EXPLORERS = {
    "playground": PLAYGROUND,
    "losses": "LossExplorer(twice=True, theme=THEME)",
    "backprop": "BackpropExplorer('softmax and cross-entropy', theme=THEME)",
    "lesson": (
        "PlaygroundExplorer('xor', (), show=['inputs', 'rate', 'play'], prediction=True, epochs=200,"
        " theme=THEME)"
    ),
}


@pytest.mark.parametrize("width, theme", [(1280, "light"), (900, "dark")])
@pytest.mark.parametrize("name", EXPLORERS)
def test_nothing_is_cut_off(lab, explorer, photograph, name, width, theme):
    lab.resize(width)
    lab.wear(theme)
    shown = explorer(EXPLORERS[name].replace("THEME", repr(theme)))
    pages = shown.root.locator(".widget-toggle-buttons button").all_inner_texts() or [""]
    for page in pages:
        if page:
            shown.turn_to(page)
        photograph(lab.page, f"{name}-{width}-{theme}-{page.lower().replace(' ', '-') or 'all'}")
        assert shown.cut_off() == []


def epochs(shown) -> int:
    return int(shown.summary.split()[1].replace(",", ""))


def test_it_trains_while_it_plays_and_stops_at_once(explorer):
    shown = explorer("PlaygroundExplorer(pace='as fast as it goes')")
    shown.button("Play").click()
    shown.until(lambda: epochs(shown) > 200, "it trains")
    shown.button("Pause").click()
    shown.button("Play").wait_for()
    shown.until(shown.at_rest, "the picture rests")
    stopped = epochs(shown)
    shown.page.wait_for_timeout(400)
    assert epochs(shown) == stopped
    shown.answers(shown.button("Step").click, "a step")
    assert epochs(shown) == stopped + 1
    # An optimizer cannot be changed on the way: another run begins, and this one is kept.
    shown.turn_to("Training")
    shown.answers(lambda: shown.list("optimizer").select_option("Adam"), "another optimizer")
    assert epochs(shown) == 0
    shown.turn_to("Earlier runs")
    assert f"{stopped + 1:,}" in shown.root.locator("table").inner_text()
    shown.button("Show code").click()
    shown.list("code with").select_option("Keras")
    shown.until(lambda: "keras.optimizers.Adam" in shown.root.locator("pre").inner_text(), "Keras code")


STATES = {
    "PlaygroundExplorer": "hidden=(4, 2), epochs=3, unit='1.2', weight_from='x1'",
    "LossExplorer": "",
    "BackpropExplorer": "'two paths that meet', position=5",
}


@pytest.mark.parametrize("kind", STATES)
def test_every_control_answers(explorer, kind):
    """The printed cell says so. Before the first epoch, some change nothing in the picture."""
    shown = explorer(f"{kind}({STATES[kind]})")

    def answers(action, label):
        before = shown.notebook.ask("explorer.code()")
        action()
        shown.until(lambda: shown.notebook.ask("explorer.code()") != before, f"{label} counts")
        moved.append(label)

    moved = []
    for page in shown.root.locator(".widget-toggle-buttons button").all_inner_texts() or [""]:
        if page:
            shown.turn_to(page)
        for label in _labels(shown, "select"):
            options = shown.list(label)
            first = options.evaluate("list => list.selectedIndex")
            if label != "speed":
                answers(lambda o=options, f=first: o.select_option(index=1 if f != 1 else 2), label)
                answers(lambda o=options, f=first: o.select_option(index=f), label)
        for label in _labels(shown, ".noUi-handle"):
            if page != "Look and change":  # a weight is chosen by another list
                answers(lambda label=label: shown.knob(label).nudge(3), label)
        for label in _labels(shown, "input[type=checkbox]"):
            box = shown.root.get_by_role("checkbox", name=label, exact=True)
            answers(box.click, label)
            answers(box.click, label)
        assert shown.message == ""
    assert len(moved) > (30 if kind == "PlaygroundExplorer" else 4), moved


def _labels(shown, kind: str) -> list[str]:
    """The labels of the controls of a kind that are in sight, those that play left out."""
    labels = shown.root.evaluate(
        """(root, kind) => [...root.querySelectorAll(kind)]
             .filter((one) => one.offsetParent !== null)
             .map((one) => one.closest(".jupyter-widgets"))
             .map((control) => control.querySelector("label:not([style*='display: none'])"))
             .map((label) => label.innerText.trim())""",
        kind,
    )
    return [label for label in labels if label != "step shown"]
