"""Nothing is cut off and nothing jumps: wide and narrow, light and dark. The screenshots are for people."""

import pytest

from .explorer import Explorer

pytestmark = pytest.mark.browser

# JupyterLab at 900 pixels leaves 468 for an output.
PLACES = [(width, theme) for width in (1280, 900) for theme in ("light", "dark")]
ALL = "['gradient descent', 'momentum', 'Nesterov', 'AdaGrad', 'RMSProp', 'Adam', 'AdamW']"
EXPLORERS = {
    "descent": f"DescentExplorer('himmelblau', {ALL}, steps=300, position=40, arrows='Adam', theme=THEME)",
    "batches": "BatchExplorer(passes=10, theme=THEME)",
    "ball": "BallExplorer(prediction=True, theme=THEME)",
    "lesson": (
        "DescentExplorer('rosenbrock', ['gradient descent', 'Adam'], prediction=True, theme=THEME,"
        " show=['surface', 'rate', 'start', 'play'])"
    ),
}


@pytest.mark.parametrize("width, theme", PLACES, ids=lambda value: str(value))
@pytest.mark.parametrize("name", EXPLORERS)
def test_nothing_is_cut_off(lab, explorer, photograph, name, width, theme):
    lab.resize(width)
    lab.wear(theme)
    shown = explorer(EXPLORERS[name].replace("THEME", repr(theme)))
    output = shown.notebook.output(0).bounding_box()
    picture = shown.image.bounding_box()
    assert 440 < picture["width"] <= min(output["width"], 640)
    squeezed = shown.image.evaluate("i => (i.width / i.height) / (i.naturalWidth / i.naturalHeight)")
    assert squeezed == pytest.approx(1, abs=0.01)
    pages = shown.root.locator(".widget-toggle-buttons button").all_inner_texts() or [""]
    for page in pages:
        if page:
            shown.turn_to(page)
        photograph(lab.page, f"{name}-{width}-{theme}-{page.lower().replace(' ', '-') or 'all'}")
        assert shown.cut_off() == []
    if name == "descent":
        shown.turn_to(pages[0])
        shown.knob("learning rate (all)").type("-1")
        shown.until(lambda: shown.message, "the message is there")
        shown.button("Show code").click()
        shown.root.locator("pre").wait_for()
        photograph(lab.page, f"{name}-{width}-{theme}-message-and-code")
        assert shown.cut_off() == []


@pytest.mark.parametrize("width", (1280, 900))
def test_nothing_jumps_under_the_readers_hand(lab, explorer, width):
    lab.resize(width)
    shown = explorer(f"DescentExplorer('bowl', {ALL}, rate=0.1)")
    rate = shown.knob("learning rate (all)")
    places = _places(shown)
    lengths = {len(shown.summary)}
    for key in ("Home", "PageUp", "PageUp", "PageUp", "PageUp", "PageUp", "End"):
        shown.answers(lambda key=key: rate.press(key), f"the rate {key}")
        lengths.add(len(shown.summary))
        assert _places(shown) == places, shown.summary
    assert len(lengths) > 2, "the summary should have had different lengths"
    rate.type("-1")
    shown.until(lambda: shown.message, "the message is there")
    assert _places(shown) == places
    surface = shown.list("surface")
    surface.select_option("Rosenbrock")
    shown.until(lambda: shown.message == "", "the message goes")
    assert _places(shown)["picture"] == places["picture"]


def _places(shown: Explorer) -> dict[str, tuple]:
    """Where picture and sliders are, within the explorer."""
    return shown.root.evaluate(
        """(root) => {
             const from = root.getBoundingClientRect();
             const place = (one) => { const box = one.getBoundingClientRect();
               return [box.left - from.left, box.top - from.top, box.width, box.height].map(Math.round); };
             const places = { picture: place(root.querySelector("img")) };
             for (const track of root.querySelectorAll(".noUi-base"))
               if (track.offsetParent !== null)
                 places[track.closest(".widget-hslider").innerText] = place(track);
             return places;
           }"""
    )
