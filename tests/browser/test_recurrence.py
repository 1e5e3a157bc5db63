"""The explorer of recurrence on the page: nothing is cut off, every control answers, steps play."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

TEXT = "'A state is handed on from step to step, and with it what is remembered.\\n' * 12"
READER = (
    "RecurrenceExplorer(model=__import__('bigmodel_nb.models', fromlist=['x']).build_rnn(task='next token', "
    f"vocabulary_size=len(set({TEXT})), widths=(12, 8)), text={TEXT}, tokenizer=__import__("
    f"'bigmodel_nb.data', fromlist=['x']).CharacterTokenizer.fit({TEXT}), theme=THEME)"
)
LOOKS = {
    "states": "RecurrenceExplorer('lstm', position=33, unit=4, theme=THEME)",
    "gradients": "RecurrenceExplorer(view='gradients', radius=1.6, clip=1.0, position=10, theme=THEME)",
    "numbers": "RecurrenceExplorer('gru', [1, 0, 0, 0.5, -2, 0, 0, 0], length=32, theme=THEME)",
    "question": "RecurrenceExplorer(prediction='radius', radius=0.9, length=51, theme=THEME)",
    "reader": READER,
}


@pytest.mark.parametrize("width, theme", [(1280, "light"), (900, "dark")])
def test_nothing_is_cut_off(lab, explorer, photograph, width, theme):
    lab.resize(width)
    lab.wear(theme)
    for name, code in LOOKS.items():
        shown = explorer(code.replace("THEME", repr(theme)))
        pages = shown.root.locator(".widget-toggle-buttons button").all_inner_texts() or [""]
        for page in pages:
            if page:
                shown.turn_to(page)
            photograph(
                lab.page, f"recurrence-{name}-{width}-{theme}-{page.lower().replace(' ', '-') or 'all'}"
            )
            assert shown.cut_off() == [], name


def test_every_control_answers_and_steps_play(explorer):
    shown = explorer("RecurrenceExplorer('lstm', length=30)")
    box = shown.root.get_by_label("sequence", exact=True)
    box.fill("1, 0, 0, -1")
    shown.answers(lambda: box.press("Enter"), "numbers that are typed")
    box.fill("  ")
    box.press("Enter")
    shown.until(lambda: "sequence must be a text, or numbers" in shown.message, "a sentence")
    shown.until(lambda: box.input_value() == "1, 0, 0, -1", "the last good sequence")
    shown.answers(lambda: shown.list("cell").select_option("GRU"), "another cell")
    shown.answers(lambda: shown.knob("sequence length").nudge(1), "the length")
    shown.answers(lambda: shown.knob("unit").nudge(1), "the unit")
    shown.button("Play").click()
    shown.until(lambda: "Step 4" in shown.summary, "it plays")
    shown.button("Pause").click()
    shown.answers(lambda: shown.list("view").select_option("gradients through time"), "gradients")
    shown.turn_to("How it begins")
    for label in ("spectral radius", "forget bias", "clip at norm"):
        shown.answers(lambda label=label: shown.knob(label).nudge(1), label)
    assert shown.message == ""
