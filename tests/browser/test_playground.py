"""The playground on the page: it trains while it plays, and every page of controls fits."""

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width, theme", [(1280, "light"), (900, "dark")])
def test_nothing_is_cut_off(lab, explorer, photograph, width, theme):
    lab.resize(width)
    lab.wear(theme)
    shown = explorer(
        f"PlaygroundExplorer('spiral', (8, 6, 2), ['x1', 'x2', 'sin x1'], epochs=80, theme={theme!r})"
    )
    for page in shown.root.locator(".widget-toggle-buttons button").all_inner_texts():
        shown.turn_to(page)
        photograph(lab.page, f"playground-{width}-{theme}-{page.lower().replace(' ', '-')}")
        assert shown.cut_off() == []
