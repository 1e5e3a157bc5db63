"""The runs on the page: a table, and what can be done with one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.run import runs_folder, write_atomically
from bigmodel_nb.widgets.controls import Dropdown, Text, button, layout, style_of, tooltip
from bigmodel_nb.widgets.studio.drawers import ToggleButton
from bigmodel_nb.widgets.studio.shelf import Entry
from bigmodel_nb.widgets.studio.table import table_html
from bigmodel_nb.widgets.studio.words import differences, facts_html

if TYPE_CHECKING:
    from bigmodel_nb.widgets.studio.explorer import StudioExplorer

NONE = ""
PLAIN = ("name", "ended", "seconds")


class RunsPanel(ipywidgets.VBox):
    """Public controls: `select` (a run), `name`, `pin`, `use_button`, `remove_button`; `sort`, `down`,
    `filter` of the table; `folder`, `save_button`, `load_button`, `csv_button`, `json_button`."""

    def __init__(self, studio: StudioExplorer):
        self._studio, self._quiet = studio, False
        self.select = self._list(_("run"), [(_("the latest"), NONE)], _("the run that the buttons act on"))
        self.name = self._text(_("name"), _("another name for the run"))
        self.pin = ToggleButton(
            description=_("Pin"),
            icon="thumb-tack",
            disabled=True,
            layout=layout(width="auto"),
            style=style_of(ToggleButton),
            **tooltip(_("keep it in the picture, and its weights")),
        )
        self.use_button = button(_("Use its settings"), "sliders", _("the knobs as they were for this run"))
        self.remove_button = button(_("Remove"), "trash", _("take it from the table"))
        self.sort = self._list(_("sort by"), [(_("order made"), NONE)], _("the column to sort by"))
        self.down = ToggleButton(
            description=_("Descending"),
            layout=layout(width="auto"),
            style=style_of(ToggleButton),
            **tooltip(_("the largest first")),
        )
        self.filter = self._text(_("filter"), _("adam learning_rate>0.01"))
        self.folder = self._text(_("folder"), _("where runs are saved, and loaded from"))
        self.folder.value = str(runs_folder() / "studio")
        self.save_button = button(_("Save runs"), "save", _("each run as a file that Run.load reads"))
        self.load_button = button(_("Load"), "folder-open", _("the runs of the folder"))
        self.csv_button = button(_("CSV"), "table", _("the table as runs.csv, in the folder"))
        self.json_button = button(_("JSON"), "code", _("all records as runs.json, in the folder"))
        self._said = ipywidgets.HTML(layout=layout(max_width="640px"))
        self._table = ipywidgets.HTML(
            layout={"max_width": "640px", "max_height": "300px", "overflow": "auto", "margin": "2px 0 6px 0"}
        )
        row = {"flex_flow": "row wrap", "align_items": "center"}
        super().__init__(
            [
                ipywidgets.HBox([self.sort, self.down, self.filter], layout=layout(**row)),
                self._table,
                ipywidgets.HBox([self.select, self.name], layout=layout(**row)),
                ipywidgets.HBox([self.pin, self.use_button, self.remove_button], layout=layout(**row)),
                self._said,
                ipywidgets.HBox(
                    [self.folder, self.save_button, self.load_button, self.csv_button, self.json_button],
                    layout=layout(**row),
                ),
            ],
            layout={"width": "100%", "max_width": "640px"},
        )
        self._watch()
        self.refresh()

    @staticmethod
    def _list(label: str, options: list[tuple[str, str]], help: str) -> Dropdown:
        return Dropdown(
            options=options,
            value=options[0][1],
            description=label,
            style=style_of(Dropdown, description_width="56px"),
            layout=layout(width="230px"),
            **tooltip(help),
        )

    @staticmethod
    def _text(label: str, help: str) -> Text:
        return Text(
            continuous_update=False,
            description=label,
            placeholder=help,
            style=style_of(Text, description_width="56px"),
            layout=layout(width="290px"),
            **tooltip(help),
        )

    def _watch(self) -> None:
        self.select.observe(self._selected, "value")
        for control in (self.sort, self.down, self.filter):
            control.observe(lambda _change: self._show_table(), "value")
        self.name.observe(self._renamed, "value")
        self.pin.observe(self._pinned, "value")
        self.use_button.on_click(self._act(self._use))
        self.remove_button.on_click(self._act(self._remove))
        self.save_button.on_click(self._act(self._save))
        self.load_button.on_click(self._act(self._load))
        self.csv_button.on_click(self._act(lambda: self._export("csv")))
        self.json_button.on_click(self._act(lambda: self._export("json")))

    # -- what is shown ------------------------------------------------------------------

    @property
    def selected(self) -> Entry | None:
        """The run that was chosen from the list; None for the latest."""
        known = {entry.name: entry for entry in self._studio.shelf.entries}
        return known.get(self.select.value)

    @property
    def target(self) -> Entry | None:
        """The run that the buttons act on."""
        entries = self._studio.shelf.entries
        return self.selected or (entries[-1] if entries else None)

    def refresh(self) -> None:
        """Brings the lists and the table up to date with the shelf."""
        shelf, chosen, sorted_by = self._studio.shelf, self.select.value, self.sort.value
        names = [entry.name for entry in shelf.entries[::-1]]
        columns = [*shelf.differing(), *shelf.metrics(), *PLAIN]
        self._quiet = True
        try:
            self.select.options = [(_("the latest"), NONE), *((name, name) for name in names)]
            self.select.value = chosen if chosen in names else NONE
            options = [(_("order made"), NONE), *((name.replace("_", " "), name) for name in columns)]
            if list(self.sort.options) != options:
                self.sort.options = options
                self.sort.value = sorted_by if sorted_by in columns else NONE
            target = self.target
            self.name.value = target.name if target is not None else ""
            self.pin.value = target is not None and target.pinned
            for control in (self.pin, self.name, self.use_button, self.remove_button):
                control.disabled = target is None
        finally:
            self._quiet = False
        self._show_table()

    def _show_table(self) -> None:
        shelf, target = self._studio.shelf, self.target
        rows = shelf.rows(self.sort.value, self.filter.value, self.down.value)
        self._table.value = table_html(shelf, rows, target, self._studio.theme)
        best = shelf.best()
        if target is None:
            self._said.value = ""
        elif best is not None and best is not target:
            self._said.value = facts_html(f"{target.name}: {differences(target, best)}")
        else:
            self._said.value = facts_html(
                _("{name} has the lowest validation loss so far").format(name=target.name) if best else ""
            )

    # -- what is done -------------------------------------------------------------------

    def _act(self, act):
        """A click: what is wrong is said in the explorer."""

        def clicked(_button) -> None:
            studio = self._studio
            with studio._lock:
                if studio.closed:
                    return
                try:
                    said = act()
                except (ValueError, TypeError, OSError) as error:
                    studio.complain(str(error))
                    return
                self.refresh()
                studio.refresh()
                if said:
                    self._said.value = facts_html(said)

        return clicked

    def _selected(self, _change) -> None:
        if not self._quiet:
            if self.selected is not None:
                self._studio.shelf.distinguish(self.selected, self._studio.front)
            self.refresh()
            self._studio.refresh()

    def _renamed(self, change) -> None:
        target = self.target
        if self._quiet or target is None or change["new"] == target.name:
            return
        chosen = self.selected is not None
        try:
            self._studio.shelf.rename(target, change["new"])
        except ValueError as error:
            self.refresh()
            self._studio.complain(str(error))
            return
        self._quiet = True
        self.select.options = [*self.select.options, (target.name, target.name)]
        self.select.value = target.name if chosen else NONE
        self._quiet = False
        self.refresh()
        self._studio.refresh()

    def _pinned(self, change) -> None:
        target = self.target
        if self._quiet or target is None:
            return
        try:
            self._studio.shelf.pin(target, change["new"])
        except ValueError as error:
            self.refresh()
            self._studio.complain(str(error))
        else:
            self.refresh()
            self._studio.refresh()

    def _use(self) -> None:
        if self.target is not None:
            self._studio.use(self.target.settings)

    def _remove(self) -> None:
        target = self.target
        if target is not None:
            self._studio.remove(target.name)

    def _save(self) -> str:
        files = self._studio.shelf.save(self.folder.value)
        return _("{count} runs saved in {folder}").format(count=len(files), folder=self.folder.value)

    def _load(self) -> str:
        added = self._studio.shelf.load(self.folder.value)
        return _("{count} runs loaded from {folder}").format(count=len(added), folder=self.folder.value)

    def _export(self, kind: str) -> str:
        import pathlib

        path = pathlib.Path(self.folder.value) / f"runs.{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        shelf = self._studio.shelf
        write_atomically(path, (shelf.to_csv() if kind == "csv" else shelf.to_json()).encode())
        return _("written: {path}").format(path=path)
