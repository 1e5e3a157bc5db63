"""An explorer as a reader meets it on the page: picture, words, message, controls."""

from __future__ import annotations

import re

from playwright.sync_api import Locator

from .jupyterlab import Notebook, until

# Whatever is wider than the room it has, and whatever stands out to the right of its output.
CUT_OFF = """
(root) => {
  const output = root.closest(".jp-OutputArea-output");
  const edge = output.getBoundingClientRect().right + 0.5;
  const cut = output.scrollWidth > output.clientWidth ? ["the output scrolls sideways"] : [];
  for (const one of root.querySelectorAll("*")) {
    const box = one.getBoundingClientRect();
    if (!box.width || one.offsetParent === null) continue;
    const name = `${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 40)}`;
    if (box.right > edge && !one.closest(".noUi-target")) cut.push(`${name} stands out`);
    const holdsText = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const unseen = one.style.width === "0px";
    const inline = getComputedStyle(one).display === "inline";
    if (holdsText && !unseen && !inline && one.scrollWidth > one.clientWidth + 1)
      cut.push(`${name} is cut off`);
  }
  return cut;
}
"""


class Explorer:
    """The first explorer of a notebook, or within a part of it."""

    def __init__(self, notebook: Notebook, within: Locator | None = None):
        self.notebook, self.page = notebook, notebook.page
        self.root = (within or notebook.panel).locator(".bigmodel-live").first
        self.image = self.root.locator("img.widget-image")
        self.until(
            lambda: self.image.evaluate("image => image.complete && image.naturalWidth > 0"), "it is drawn"
        )

    def until(self, condition, what: str):
        return until(condition, what, self.page)

    @property
    def summary(self) -> str:
        return self._said("status")[-1]

    @property
    def message(self) -> str:
        return "".join(self._said("alert"))

    def _said(self, role: str) -> list[str]:
        # Asked in one breath: what is said is replaced as a whole.
        return self.root.evaluate(
            "(root, role) => [...root.querySelectorAll(`[role=${role}]`)].map((one) => one.innerText)", role
        )

    def picture(self) -> bytes:
        return self.notebook.picture_in(self.image)

    def cut_off(self) -> list[str]:
        """What is cut off or stands out of the output, in words."""
        return self.root.evaluate(CUT_OFF)

    def knob(self, label: str) -> Knob:
        return Knob(self, label)

    def button(self, name: str) -> Locator:
        # an icon's character stands before the name
        return self.root.get_by_role("button", name=re.compile(rf"^\W*{re.escape(name)}$"))

    def list(self, label: str) -> Locator:
        return self.root.get_by_label(label, exact=True)

    def labels(self, kind: str) -> list[str]:
        """The labels of the controls of a kind that are in sight on the present page of controls."""
        return self.root.evaluate(
            """(root, kind) => {
                 const turner = root.querySelector(".widget-toggle-buttons");
                 return [...root.querySelectorAll(kind)]
                   .filter((one) => one.offsetParent !== null)
                   .filter((one) => turner.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING)
                   .map((one) => one.closest(".jupyter-widgets"))
                   .map((control) => control.querySelector("label:not([style*='display: none'])"))
                   .map((label) => label.innerText.trim());
               }""",
            kind,
        )

    def turn_to(self, page: str) -> None:
        """Shows another page of controls."""
        button = self.button(page)
        if "mod-active" not in (button.get_attribute("class") or ""):
            any_control = "select, .noUi-handle, input[type=checkbox]"
            before = self.labels(any_control)
            button.click()
            self.until(lambda: self.labels(any_control) != before, f"the page turns to {page}")

    @property
    def step(self) -> int:
        """The step that the picture shows, as the number box says."""
        return int(self.knob("step shown").number)

    def at_rest(self) -> bool:
        """Whether the last picture came in full quality."""
        return self.notebook.format_in(self.image) == "png"

    def answers(self, action, what: str) -> None:
        """Does something and waits until picture or words have changed and the picture rests."""
        before, address = (self.picture(), self.summary), self.image.get_attribute("src")
        action()
        self.until(
            # Pictures travel slowly from the page: they are compared when there is another one, at rest.
            lambda: (
                (self.image.get_attribute("src") != address or self.summary != before[1])
                and self.at_rest()
                and (self.picture(), self.summary) != before
            ),
            f"picture or summary answer to {what}, and rest",
        )


class Knob:
    """A slider with its number box."""

    def __init__(self, explorer: Explorer, label: str):
        self.explorer, self.page = explorer, explorer.page
        slider = explorer.root.locator(".widget-hslider").filter(
            has=self.page.locator("label", has_text=re.compile(f"^{re.escape(label)}$"))
        )
        self.handle = slider.locator(".noUi-handle")
        self.box = explorer.root.get_by_label(f"{label}, number", exact=True)

    @property
    def number(self) -> str:
        return self.box.input_value()

    def press(self, *keys: str) -> None:
        """Keys while the slider has the focus."""
        self.handle.focus()
        for key in keys:
            self.page.keyboard.press(key)
            if not self.handle.evaluate("handle => handle === document.activeElement"):
                # JupyterLab took the focus back for its cell, and the key went there.
                self.handle.focus()
                self.page.keyboard.press(key)

    def nudge(self, steps: int = 2) -> None:
        """A few steps to the side where there is room."""
        at, most = (float(self.handle.get_attribute(f"aria-value{end}")) for end in ("now", "max"))
        self.press(*["ArrowLeft" if at >= most else "ArrowRight"] * steps)

    def type(self, text: str) -> None:
        """Types into the number box and presses Enter."""
        self.box.fill(text)
        self.box.press("Enter")
