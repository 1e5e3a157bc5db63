"""A column of the reader's CSV file as a series to forecast.

data = series_from_csv("weather.csv", "temperature", context_length=24)
"""

from __future__ import annotations

import csv
import dataclasses
import os
import pathlib

import numpy as np

from bigmodel_nb.arguments import one_of, whole, wrong_type, wrong_value
from bigmodel_nb.data.parts import SplitDataset
from bigmodel_nb.data.series import forecast
from bigmodel_nb.data.textfiles import read_text
from bigmodel_nb.language import gettext as _


def series_from_csv(
    path: str | os.PathLike[str],
    column: str | int | None = None,
    *,
    context_length: int = 32,
    horizon: int = 1,
    stride: int = 1,
    validation: float = 0.15,
    test: float = 0.15,
    scale: str | None = "standardize",
    delimiter: str | None = None,
    encoding: str | None = None,
) -> SplitDataset:
    """Windows of one column of a CSV file, whose rows stand in the order of time; see `series.forecast`.

    `column` is the name in the first line, or the number of the column from 0; it may be left out where one
    column alone holds numbers. `delimiter` is found out among , ; | and tab. Where it is none of the comma, a
    comma in a number is its decimal point. A cell that is empty or no number is an error that names its line.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise wrong_type("path", _("the path of a CSV file"), path)
    file = pathlib.Path(path).expanduser()
    text = read_text(file, encoding, "path")
    rows = _rows(text, delimiter, file)
    names, values = _column(rows, column, file, delimiter=_delimiter(text, delimiter))
    return dataclasses.replace(
        forecast(
            values,
            context_length=context_length,
            horizon=horizon,
            stride=stride,
            validation=validation,
            test=test,
            scale=scale,
            name=f"{file.stem}: {names}",
            source=_("the reader's own"),
            license=_("not stated"),
        ),
        feature_names=(names,),
    )


def _delimiter(text: str, given: str | None) -> str:
    if given is None:
        first = text.lstrip().partition("\n")[0]
        return max(",;\t|", key=first.count)
    if not isinstance(given, str) or len(given) != 1 or given in '\r\n"':
        raise wrong_value("delimiter", _("one character, or None"), given)
    return given


def _rows(text: str, delimiter: str | None, file: pathlib.Path) -> list[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of its line from 1."""
    reader = csv.reader(text.splitlines(), delimiter=_delimiter(text, delimiter), skipinitialspace=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        words = _("{path}, line {line}: {reason}").format(path=file, line=reader.line_num, reason=error)
        raise ValueError(words) from None
    if not rows:
        raise ValueError(_("{path} has no rows").format(path=file))
    return rows


def _column(
    rows: list[tuple[int, list[str]]], column: str | int | None, file: pathlib.Path, delimiter: str
) -> tuple[str, np.ndarray]:
    """The name of the column and its values."""
    first = rows[0][1]
    headed = all(_number(cell, delimiter) is None for cell in first)
    names = [cell.strip() for cell in first] if headed else [str(place) for place in range(len(first))]
    body = rows[1:] if headed else rows
    if not body:
        raise ValueError(_("{path} has no rows below its names").format(path=file))
    if column is None:
        sample = body[0][1]
        numeric = [i for i, cell in enumerate(sample[: len(names)]) if _number(cell, delimiter) is not None]
        if len(numeric) != 1:
            raise wrong_value(
                "column", _("one of {choices}").format(choices=", ".join(map(repr, names))), column
            )
        place = numeric[0]
    elif isinstance(column, str):
        place = names.index(one_of("column", column, names))
    else:
        place = whole("column", column, 0, len(names) - 1)
    values = []
    for line, row in body:
        cell = row[place] if place < len(row) else ""
        value = _number(cell, delimiter)
        if value is None:
            words = _("{path}, line {line}: column {name!r} holds {cell!r}, which is no number")
            raise ValueError(words.format(path=file, line=line, name=names[place], cell=cell))
        values.append(value)
    return names[place], np.array(values)


def _number(cell: str, delimiter: str) -> float | None:
    plain = cell.strip()
    if delimiter != "," and plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        value = float(plain) if "_" not in plain else np.nan
    except ValueError:
        return None
    return value if np.isfinite(value) else None
