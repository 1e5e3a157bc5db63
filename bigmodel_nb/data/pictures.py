"""One picture in shades of gray, for looking at what a kernel does to it.

gray_picture("digit", number=3).shape               # (8, 8), from 0 (black) to 1 (white)
gray_picture("flower", pixels=96).shape             # (64, 96): the longer side has 96 pixels
gray_picture("holiday.jpg")                         # a file of the reader's
gray_picture(array)                                 # (height, width), or with 1, 3 or 4 channels
"""

from __future__ import annotations

import os
import pathlib
from typing import Any

import numpy as np

from bigmodel_nb.arguments import received, whole, wrong_value
from bigmodel_nb.data.bundled import load_digits
from bigmodel_nb.data.photographs import PHOTOGRAPHS, photograph
from bigmodel_nb.data.real import BRIGHTEST
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers

PATTERNS = ("bars", "flat")
PICTURES = ("digit", *PHOTOGRAPHS, *PATTERNS)
FEWEST, MOST = 8, 160  # pixels on the longer side
LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601: what red, green and blue add to brightness


def gray_picture(source: Any = "flower", *, pixels: int = 96, number: int = 0) -> np.ndarray:
    """A picture (height, width), float64, from 0 (black) to 1 (white).

    `source`: one of `PICTURES`, the path of an image file, or an array (height, width) or (height, width,
    channels), whole numbers from 0 to 255 or others from 0 to 1. What is larger is made smaller until its
    longer side has `pixels` (8 to 160); small pictures stay as they are. `number` chooses the digit (0 to
    1796).
    """
    pixels = whole("pixels", pixels, FEWEST, MOST)
    number = whole("number", number, 0, len(load_digits()) - 1)
    if isinstance(source, (str, os.PathLike)):
        if source == "digit":
            return load_digits().x[number].reshape(8, 8) / BRIGHTEST
        if source in PATTERNS:
            return _pattern(str(source), pixels)
        if source in PHOTOGRAPHS:
            return _smaller(photograph(str(source)).image @ LUMA / 255, pixels)
        return _smaller(_from_file(source), pixels)
    return _smaller(_from_array(source), pixels)


def _pattern(name: str, pixels: int) -> np.ndarray:
    """Bars: upright, lying and slanting edges. Flat: the same gray everywhere."""
    size = min(pixels, 24)
    picture = np.full((size, size), 0.5)
    if name == "bars":
        row, column = np.indices((size, size)) * 24 // size
        picture = np.where((row < 12) & (column % 8 >= 4), 1.0, 0.0)
        picture[(row >= 12) & (column < 12) & (row % 8 >= 4)] = 1.0
        picture[(row >= 12) & (column >= 12) & (row + column < 36)] = 1.0
    return picture


def _from_file(source: str | os.PathLike[str]) -> np.ndarray:
    from PIL import Image, ImageOps

    path = pathlib.Path(source).expanduser()
    known = _("one of {names}, or the path of an image file").format(names=", ".join(map(repr, PICTURES)))
    try:
        with Image.open(path) as file:
            gray = ImageOps.exif_transpose(file).convert("RGB")
            gray.thumbnail((4 * MOST, 4 * MOST))
            return np.asarray(gray, dtype=np.float64) @ LUMA / 255
    except FileNotFoundError:
        raise wrong_value("image", known, str(source)) from None
    except Exception as error:  # Pillow raises many kinds, SyntaxError among them
        reason = " ".join(str(error).split())[:80]
        raise ValueError(
            _("image: the file {path} cannot be read as an image ({reason})").format(
                path=received(str(source)), reason=reason
            )
        ) from None


def _from_array(source: Any) -> np.ndarray:
    expected = _(
        "one of {names}, the path of an image file, or an array of finite numbers of shape (height, width), "
        "or with 1, 3 or 4 channels"
    ).format(names=", ".join(map(repr, PICTURES)))
    array = array_of_numbers("image", source, expected)
    whole_numbers = np.asarray(source).dtype.kind in "iu"
    if array.ndim == 3 and array.shape[2] in (1, 3, 4):
        array = array[:, :, 0] if array.shape[2] == 1 else array[:, :, :3] @ LUMA
    if array.ndim != 2:
        raise wrong_value("image", expected, source)
    array = array.astype(np.float64)
    array = array / 255 if whole_numbers and array.max() > 1 else array
    if array.min() < 0 or array.max() > 1:
        wanted = _("whole numbers from 0 to 255, or others from 0 to 1")
        raise wrong_value("image", wanted, f"{array.min():g} to {array.max():g}")
    return array


def _smaller(picture: np.ndarray, pixels: int) -> np.ndarray:
    """The mean over the area of each new pixel."""
    if max(picture.shape) <= pixels:
        return picture
    from PIL import Image

    height, width = (max(round(side * pixels / max(picture.shape)), 1) for side in picture.shape)
    small = Image.fromarray(picture.astype(np.float32)).resize((width, height), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float64).clip(0, 1)
