"""The live panel of a training run: what `fit` shows in a notebook.

    import bigmodel_nb.widgets            # from now on each fit in a notebook shows its panel
    fit(model, data, watch=TrainingPanel(theme="dark", metric="accuracy"))

The panel is redrawn from the cell that trains, when `fit` calls it; there is no thread and no timer. What
stays in the saved notebook is the last picture and how the run ended.
"""

from __future__ import annotations

import functools
import html
import io
import sys
import time
from collections.abc import Callable
from typing import Any

import ipywidgets
from PIL import Image

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import MAX_WIDTH
from bigmodel_nb.figures.theme import THEMES, theme_named
from bigmodel_nb.figures.training import HEIGHT, TrainingFigure
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.run import DIVERGED, EARLY, FINISHED, INTERRUPTED, duration
from bigmodel_nb.training.watching import Progress
from bigmodel_nb.widgets import lifetime
from bigmodel_nb.widgets.controls import FULL, layout, text_html
from bigmodel_nb.widgets.on_page import OnPage
from bigmodel_nb.widgets.still import bundles

PANELS = 3  # that one run of a cell puts on the page; further fits in it take the last one over
SHARE, HEAD_START = 0.01, 0.2  # of the run's time that goes into pictures, and seconds that do not count
SHORTEST = 0.4  # seconds between two pictures
FIRST = 8  # steps that are worth a picture
COLORS = {FINISHED: "success", INTERRUPTED: "warning", EARLY: "warning", DIVERGED: "danger"}


class TrainingPanel(OnPage):
    """A watcher for `fit`: a picture, a bar with the time left, speed, step, what was chosen and the end.

    theme: "light" or "dark", of the picture.
    metric: the quantity on the right of the picture; default: the first that is not the loss.

    It shows itself at the first call. `summary_text` is what the picture shows, in words, `ended` how the
    run ended, None before that. A panel that is given a second run begins anew. `close()` frees it.
    """

    def __init__(self, theme: str = "light", metric: str | None = None):
        self._theme = arguments.one_of("theme", theme, THEMES)
        self._metric = metric
        self.figure: TrainingFigure | None = None
        self.summary_text = ""
        self.ended: str | None = None
        self._before: Progress | None = None
        self._loaded = False
        self._runs = 0
        self._began = self._drawing = self._next_picture = 0.0  # seconds
        wide = layout(max_width=f"{MAX_WIDTH}px")
        self.bar = ipywidgets.IntProgress(
            0, 0, 1, layout=layout(flex="1 1 auto", width="auto", height="16px")
        )
        self._time = ipywidgets.HTML(layout=layout(flex="0 0 auto", margin="0 0 0 12px"))
        top = ipywidgets.HBox(
            [self.bar, self._time], layout=layout(max_width=f"{MAX_WIDTH}px", align_items="center")
        )
        self.image = ipywidgets.Image(
            format="png",
            layout=layout(width=f"{MAX_WIDTH}px", max_width=FULL, height="auto", margin="2px 0"),
        )
        self._facts, self._summary, self._end, self._notes = (
            ipywidgets.HTML(layout=wide) for _part in range(4)
        )
        super().__init__([top, self._facts, self.image, self._summary, self._end, self._notes])
        self.add_class("bigmodel-training")

    # -- a run --------------------------------------------------------------------------

    def __call__(self, progress: Progress) -> None:
        """Shows how far a run has come."""
        if self.closed:
            return
        if self._is_new(progress):
            self._begin(progress)
        self._before, self.ended = progress, progress.ended
        self._say(progress)
        enough = len(progress.losses) >= min(FIRST, progress.steps) or bool(progress.history)
        if progress.ended is not None or (enough and time.perf_counter() >= self._next_picture):
            self._draw(progress)
        if progress.ended is not None:
            self._rest()

    def _is_new(self, progress: Progress) -> bool:
        before = self._before
        if before is None or self.ended is not None:
            return True
        return progress.steps != before.steps or progress.step < before.step

    def _begin(self, progress: Progress) -> None:
        self._runs += 1
        self._loaded = progress.step >= progress.steps > 0
        self._began, self._drawing, self._next_picture = time.perf_counter(), 0.0, 0.0
        self.figure = TrainingFigure(
            progress.steps,
            progress.steps_per_epoch,
            metric=self._metric,
            rates=progress.rate is not None,
            theme=self._theme,
        )
        with self.bar.hold_sync():
            self.bar.max, self.bar.value = max(1, progress.steps), 0
            self.bar.bar_style = ""
        if not self._shown:
            self.image.value = _blank(theme_named(self._theme).card)
            self._ipython_display_()

    def _say(self, progress: Progress) -> None:
        self.bar.value = progress.step or (1 if progress.ended and not progress.steps else 0)
        if progress.ended is not None:
            self.bar.bar_style = "info" if self._loaded else COLORS.get(progress.ended, "")
        self._time.value = html.escape(self._about_time(progress))
        self._facts.value = _line(" · ".join(self._parts(progress)))
        self._notes.value = notes_html(progress.notes)
        if progress.ended is None:
            self._end.value = _line(_("The stop button ends the training and loses nothing."), opacity=0.75)
        else:
            role = "alert" if progress.ended == DIVERGED else "status"
            self._end.value = text_html(progress.message, role=role, bold=True)

    def _about_time(self, progress: Progress) -> str:
        took = duration(progress.seconds)
        if self.ended is not None and progress.ended is None:
            return self.ended
        if progress.ended is not None:
            if self._loaded:
                return _("loaded; nothing was trained")
            words = _("{ended} in {time}") if progress.ended == FINISHED else _("{ended} after {time}")
            return words.format(ended=_(progress.ended), time=took)
        if progress.seconds_left is None:
            return _("preparing") if not progress.step else took
        return _("{time} left").format(time=duration(progress.seconds_left))

    def _parts(self, progress: Progress) -> list[str]:
        parts = [_("training {number} of this cell").format(number=self._runs)] if self._runs > 1 else []
        parts += [progress.name] if progress.name else []
        parts += [
            _("epoch {epoch} of {epochs}").format(epoch=f"{progress.epoch:,}", epochs=f"{progress.epochs:,}"),
            _("step {step} of {steps}").format(step=f"{progress.step:,}", steps=f"{progress.steps:,}"),
        ]
        if progress.examples_per_second:
            speed = f"{progress.examples_per_second:,.0f}"
            words = _("{speed} tokens/s") if progress.unit == "tokens" else _("{speed} examples/s")
            parts.append(words.format(speed=speed))
        if progress.rate is not None:
            parts.append(_("learning rate {rate}").format(rate=f"{progress.rate:.3g}"))
        return parts

    # -- the picture --------------------------------------------------------------------

    def _draw(self, progress: Progress) -> None:
        assert self.figure is not None
        start = time.perf_counter()
        self.figure.update(
            progress.losses,
            progress.history,
            rates=progress.rates,
            ended=None if progress.ended is None else _(progress.ended),
        )
        kind, data = self.figure.encode(moving=self.ended is None)
        with self.image.hold_sync():
            self.image.format, self.image.value = kind, data
        self.summary_text = self.figure.summary
        # While the run goes on, a screen reader is not told of each picture.
        role = "status" if self.ended is not None else "note"
        self._summary.value = text_html(self.summary_text, role=role)
        now = time.perf_counter()
        self._drawing += now - start
        self._next_picture = max(now + SHORTEST, self._began + (self._drawing - HEAD_START) / SHARE)

    def abandon(self) -> None:
        """The cell has ended and the run has not told its end: an error has ended both."""
        before = self._before
        if self.closed or before is None or self.ended is not None:
            return
        self.ended = _("ended by an error")
        self._draw(before)
        self.bar.bar_style = "danger"
        self._time.value = html.escape(self.ended)
        self._end.value = ""
        self._rest()

    def _rest(self) -> None:
        """Leaves the last picture in the notebook, and frees what drew it."""
        self._leave_still()
        self.figure = None

    def _bundles(self) -> tuple[dict[str, Any], dict[str, Any]]:
        words = self.summary_text
        if self._before is not None:
            said = [self._about_time(self._before), " · ".join(self._parts(self._before)), words]
            words = ". ".join(part[:1].upper() + part[1:] for part in said if part)
            words += f" {self._before.message}" if self._before.message else ""
        return bundles(self, self.image.value, words, MAX_WIDTH, note=words)

    def close(self) -> None:
        """Takes it off the page; the last still stays in the notebook."""
        self.figure = None
        super().close()


@functools.cache
def _blank(color: str) -> bytes:
    """An empty card of the picture's proportions, so that nothing jumps when the picture comes."""
    out = io.BytesIO()
    Image.new("RGB", (MAX_WIDTH, HEIGHT), color).save(out, "PNG")
    return out.getvalue()


def _line(text: str, opacity: float = 1) -> str:
    return f'<div style="line-height:1.45;opacity:{opacity:g}">{html.escape(text)}</div>'


def notes_html(notes: Any) -> str:
    if not notes:
        return ""
    rows = "".join(f"<li>{html.escape(str(note))}</li>" for note in notes)
    title = html.escape(_("How it is computed, and why"))
    return (
        f'<details style="line-height:1.45"><summary style="cursor:pointer">{title}</summary>'
        f'<ul style="margin:2px 0 0;padding-left:1.4em">{rows}</ul></details>'
    )


# -- which panel ------------------------------------------------------------------------------

_recent: tuple[Any, list[TrainingPanel]] = (None, [])


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    core = sys.modules.get("IPython.core.getipython")
    shell = core.get_ipython() if core else None
    return getattr(shell, "kernel", None) is not None


def watcher() -> Callable[[Progress], None] | None:
    """A watcher for a run that begins: a panel in a notebook, None elsewhere.

    The first three fits that one run of a cell makes have a panel each; those after them share the third,
    so that a loop over many fits does not fill the page. Outside of cells (in the callback of a widget)
    each replaces the one before.
    """
    if not in_notebook():
        return None
    chosen: list[TrainingPanel] = []

    def watch(progress: Progress) -> None:
        if not chosen:  # not before: a fit that refuses its arguments shows nothing
            chosen.append(_panel())
        chosen[0](progress)

    return watch


def _panel() -> TrainingPanel:
    global _recent
    place = lifetime.running_cell()
    known, panels = _recent
    if place is None and known is None:
        for panel in panels:
            panel.close()
        panels = []
    if place != known:
        panels = []
    panels = [panel for panel in panels if not panel.closed]
    if len(panels) < PANELS:
        panels.append(TrainingPanel())
    _recent = (place, panels)
    _look_at_the_end_of_the_cell()
    return panels[-1]


def _look_at_the_end_of_the_cell() -> None:
    core = sys.modules.get("IPython.core.getipython")
    shell = core.get_ipython() if core else None
    if shell is not None:  # once is enough: IPython keeps a function once
        shell.events.register("post_run_cell", _cell_ended)


def _cell_ended(*_result: Any) -> None:
    place, panels = _recent
    for panel in panels if place is not None else []:
        panel.abandon()
