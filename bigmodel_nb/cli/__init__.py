"""The `bigmodel` command: `bigmodel lab` opens the course, `bigmodel update` brings new chapters,
`bigmodel doctor` says whether the course will run here, `bigmodel colab` writes chapters for Colab."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import bigmodel_nb
from bigmodel_nb.cli import course
from bigmodel_nb.language import gettext as _


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="bigmodel", description=_("Learn how big models are built, in Jupyter.")
    )
    top.add_argument("--version", action="version", version=f"bigmodel_nb {bigmodel_nb.__version__}")
    commands = top.add_subparsers(title=_("commands"), dest="command", metavar="")

    lab = commands.add_parser(
        "lab",
        help=_("open the course in JupyterLab, on your own copy of the chapters"),
        description=_(
            "Open the course in JupyterLab. The first time, the chapters are copied to a folder that"
            " is yours to write in. The server listens to this computer only and asks for a token."
        ),
    )
    where = lab.add_mutually_exclusive_group()
    _add_folder(where)
    where.add_argument(
        "--in-place",
        action="store_true",
        help=_("for authors: work on the notebooks of the repository themselves"),
    )
    lab.add_argument("--no-browser", action="store_true", help=_("print the address and open no browser"))
    lab.add_argument(
        "--port", type=_port, default=8888, help=_("the port to try first (default: %(default)s)")
    )

    update = commands.add_parser(
        "update",
        help=_("bring new and changed chapters into your copy, overwriting nothing of yours"),
        description=_(
            "Bring what is new into your copy of the course. Chapters that you have not touched are"
            " renewed; of a chapter that you have edited, the new version is put beside yours, as"
            " NAME.new.ipynb. Nothing that you wrote is overwritten."
        ),
    )
    _add_folder(update)

    doctor = commands.add_parser(
        "doctor",
        help=_("say whether the course will run here and, where it will not, what mends it"),
        description=_(
            "Look at Python, TensorFlow, Keras, Jupyter and this computer. Each line is OK, or says what"
            " is wrong and what mends it. The exit status is 0 where the course will run, else 1."
        ),
    )
    doctor.add_argument("--line", action="store_true", help=_("print one line, to be sent to an instructor"))

    colab = commands.add_parser(
        "colab",
        help=_("write each chapter as one file that runs in Google Colab"),
        description=_(
            "Write each chapter as one file that runs in Google Colab: its first cell installs the course"
            " from a package that the file carries, and its pictures are inside. What is in FOLDER already"
            " and may hold your work is not overwritten."
        ),
    )
    colab.add_argument(
        "--out", type=Path, required=True, metavar=_("FOLDER"), help=_("where the files are written")
    )
    colab.add_argument(
        "--source",
        metavar=_("SPEC"),
        help=_("carry no package, and install what `pip install SPEC` installs"),
    )
    colab.add_argument("--force", action="store_true", help=_("overwrite files of the same name in FOLDER"))
    return top


def _add_folder(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--folder",
        type=Path,
        metavar=_("FOLDER"),
        help=_("your copy of the course (default: ./{name}, or this folder if it is one)").format(
            name=course.FOLDER
        ),
    )


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(
        _("port must be a whole number from 1 to 65535; received: {text}").format(text=text)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    chosen = parser().parse_args(arguments)
    if chosen.command is None:
        parser().print_help()
        return 0
    try:
        if chosen.command == "lab":
            from bigmodel_nb.cli import lab

            return lab.run(chosen.folder, chosen.in_place, not chosen.no_browser, chosen.port)
        if chosen.command == "doctor":
            from bigmodel_nb.cli import doctor

            return doctor.run(chosen.line)
        if chosen.command == "colab":
            from bigmodel_nb.cli import colab

            return colab.run(chosen.out, chosen.source, chosen.force)
        return _update(chosen.folder)
    except course.CourseError as error:
        print(f"bigmodel: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(_("\nStopped."))
        return 130


def _update(folder: Path | None) -> int:
    folder = course.choose_folder(folder)
    changes = course.update(course.source(), folder)
    for line in course.report(changes, folder):
        print(line)
    return 0
