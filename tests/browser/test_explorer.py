"""The descent explorer under keyboard and mouse."""

import pytest

pytestmark = pytest.mark.browser


def test_arrow_key_on_a_slider_changes_picture_and_summary(explorer):
    shown = explorer()
    picture, summary, number = shown.picture(), shown.summary, shown.knob("learning rate (all)").number
    shown.knob("learning rate (all)").press("ArrowRight")
    shown.until(lambda: shown.picture() != picture, "the picture answers")
    shown.until(lambda: shown.summary != summary, "the summary answers")
    assert shown.knob("learning rate (all)").number != number
    assert shown.message == ""
