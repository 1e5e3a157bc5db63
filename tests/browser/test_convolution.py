"""Chapter 4's explorers on the page: every control answers, the window plays, nothing is cut off."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

LENET = "__import__('bigmodel_nb.models', fromlist=['x']).build_lenet5(activation='relu')"
GLYPHS = "__import__('bigmodel_nb.data', fromlist=['x']).glyphs(600).test"
EXPLORERS = {
    "convolution": "ConvolutionExplorer('digit', number=3, padding='same', pooling='max', theme=THEME)",
    "convolution-7x7": (
        "ConvolutionExplorer('flower', [[1, -2, 3.25, 0, -0.5, 7, -1]] * 7, dilation=2, theme=THEME)"
    ),
    "convolution-lesson": (
        "ConvolutionExplorer('grace hopper', 'Sobel, vertical edges', stride=2, prediction='size',"
        " show=['image', 'kernel', 'stride', 'padding', 'play'], theme=THEME)"
    ),
    "receptive-field": f"ReceptiveFieldExplorer({LENET}, 'C3', theme=THEME)",
    "feature-maps": f"FeatureMapExplorer({LENET}, {GLYPHS}, theme=THEME)",
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


def test_a_kernel_is_edited_and_its_window_plays(explorer):
    shown = explorer("ConvolutionExplorer('digit', 'identity', number=3, position=(0, 0))")
    box = shown.root.get_by_label("kernel, row 1, column 3", exact=True)
    box.fill("-1/9")
    shown.answers(lambda: box.press("Enter"), "a number of the kernel")
    assert shown.list("kernel").evaluate("list => list.selectedIndex") == 9, "your own"
    box.fill("much")
    box.press("Enter")
    shown.until(lambda: "kernel, row 1, column 3 must be a number" in shown.message, "a sentence")
    shown.until(lambda: box.input_value() == "-1/9", "the last good number")
    shown.answers(lambda: shown.list("kernel").select_option("sharpen"), "a preset")
    shown.answers(lambda: shown.list("kernel size").select_option("5 × 5"), "a size")
    assert shown.root.get_by_label("kernel, row 5, column 5", exact=True).input_value() == "0"
    shown.button("Play").click()
    shown.until(lambda: "At row 2" in shown.summary, "the window moves")
    shown.button("Pause").click()
    shown.button("Play").wait_for()
    shown.until(shown.at_rest, "the picture rests")
    stopped = shown.summary
    shown.page.wait_for_timeout(400)
    assert shown.summary == stopped
    shown.answers(shown.button("Step").click, "a step")
    assert shown.message == ""


def test_every_control_of_the_convolution_answers(explorer):
    shown = explorer("ConvolutionExplorer('digit', 'emboss', number=3, pooling='max')")
    shown.turn_to("Steps and padding")
    for label in ("stride", "dilation"):
        shown.answers(lambda label=label: shown.knob(label).nudge(1), label)
    shown.answers(lambda: shown.list("padding").select_option("2 zeros on each side"), "padding")
    shown.answers(
        shown.root.get_by_role("checkbox", name="true convolution (turn the kernel)").click,
        "the turned kernel",
    )
    shown.turn_to("Window")
    for label in ("output row", "output column"):
        shown.answers(lambda label=label: shown.knob(label).press("End"), label)
    shown.turn_to("Image and pooling")
    shown.answers(lambda: shown.knob("digit number").nudge(), "another digit")
    shown.answers(lambda: shown.list("pooling").select_option("the mean"), "pooling")
    shown.answers(lambda: shown.list("image").select_option("bars"), "another image")
    shown.answers(lambda: shown.knob("pool size").nudge(1), "the size of pooling windows")
    shown.answers(lambda: shown.list("image").select_option("photograph: flower"), "a photograph")
    shown.answers(lambda: shown.knob("pixels").press("Home"), "its size")
    assert shown.message == ""


def test_every_control_of_fields_and_maps_answers(explorer):
    shown = explorer(f"ReceptiveFieldExplorer({LENET}, 'C3', (0, 0))")
    for label in ("unit row", "unit column"):
        shown.answers(lambda label=label: shown.knob(label).press("End"), label)
    shown.answers(lambda: shown.list("layer").select_option("C1"), "another layer")
    table = shown.root.locator("table")  # another message than the picture
    shown.until(lambda: "→ C1" in table.inner_text(), "the table marks C1")
    shown.answers(shown.root.get_by_role("checkbox").click, "the measured slopes")
    assert shown.message == ""

    shown = explorer(f"FeatureMapExplorer({LENET}, {GLYPHS}, 'C3')")
    shown.answers(lambda: shown.knob("channel").nudge(), "another channel")
    shown.answers(lambda: shown.knob("image").nudge(), "another image")
    shown.answers(lambda: shown.list("layer").select_option("S4"), "another layer")
    for view in ("saliency: slope by pixel", "Grad-CAM: evidence at the layer", "occlusion: loss by hiding"):
        shown.answers(lambda view=view: shown.list("view").select_option(view), view)
    shown.answers(lambda: shown.knob("patch size").nudge(), "the size of the patch")
    shown.answers(lambda: shown.list("explained").select_option("7"), "another class")
    shown.answers(
        lambda: shown.list("view").select_option("images that excite the channel"), "exciting images"
    )
    assert shown.message == ""
