"""TokenExplorer on the page: text is split as it is typed, every control answers, nothing is cut off."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser
GPT = "__import__('bigmodel_nb.data.pretrained', fromlist=['x']).shipped_gpt()"


@pytest.mark.parametrize("width, theme", [(1280, "light"), (900, "dark")])
def test_nothing_is_cut_off(lab, explorer, photograph, width, theme):
    lab.resize(width)
    lab.wear(theme)
    shown = explorer(f"TokenExplorer(split='byte pairs', model={GPT}, theme={theme!r})")
    photograph(lab.page, f"tokens-{width}-{theme}")
    assert shown.cut_off() == []
    shown.answers(lambda: shown.list("view").select_option("embeddings of the model"), "the other view")
    photograph(lab.page, f"embeddings-{width}-{theme}")
    assert shown.cut_off() == []


def test_text_is_split_as_it_is_typed_and_every_control_answers(explorer):
    shown = explorer(f"TokenExplorer('one', model={GPT})")
    box = shown.root.get_by_label("text", exact=True)
    box.press("End")
    shown.answers(lambda: box.type(" 😀", delay=30), "typing")
    shown.until(lambda: "bytes: 8" in shown.summary, "an emoji has four bytes")
    assert box.input_value() == "one 😀"
    shown.answers(lambda: shown.list("split into").select_option("byte pairs"), "byte pairs")
    shown.answers(lambda: box.fill("the statement and the expression"), "another text")
    shown.answers(lambda: shown.knob("byte-pair tokens").press("Home"), "a small vocabulary")
    assert "byte pairs: 32" in shown.summary
    shown.answers(lambda: shown.list("view").select_option("embeddings of the model"), "embeddings")
    first = shown.list("token").locator("option").nth(40).inner_text()
    shown.answers(lambda: shown.list("token").select_option(first), "another token")
    assert "Nearest to" in shown.summary and shown.message == ""
