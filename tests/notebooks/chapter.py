"""A chapter under test: its cells, read, and run one by one."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re


def read(root, stem):
    """The cells of a chapter, each with its source as text and its tags."""
    notebook = json.loads((root / "notebooks" / f"{stem}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
        cell["tags"] = cell["metadata"].get("tags", [])
    return notebook["cells"]


class Chapter:
    """The cells that are run so far: what they print and what they show, by the name of the cell."""

    def __init__(self, listed):
        self.sources = {cell["id"]: cell["source"] for cell in listed}
        self.prose = {cell["id"]: cell["source"] for cell in listed if cell["cell_type"] == "markdown"}
        self.names = [
            cell["id"] for cell in listed if cell["cell_type"] == "code" and "exercise" not in cell["tags"]
        ]
        self.defined, self.printed, self.shown = {}, {}, {}

    def run(self, *names):
        for name in names:
            tree = ast.parse(self.sources[name])
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(tree, name, "exec"), self.defined)
                if last is not None:
                    self.shown[name] = eval(compile(ast.Expression(last.value), name, "eval"), self.defined)
            self.printed[name] = out.getvalue()

    def before(self, name):
        """The cells of code above the one called `name`; exercises are the reader's."""
        return self.names[: self.names.index(name)]

    def numbers(self, name):
        """All numbers that a cell printed."""
        return [float(n) for n in re.findall(r"-?\d+\.?\d*(?:e[+-]\d+)?", self.printed[name])]

    def shares(self, name):
        """The percentages of each line that a cell printed."""
        lines = self.printed[name].splitlines()
        return [[float(n) / 100 for n in re.findall(r"([\d.]+)%", line)] for line in lines if "%" in line]

    def close(self):
        """Closes what the cells have shown."""
        for shown in self.shown.values():
            if hasattr(shown, "close"):
                shown.close()
