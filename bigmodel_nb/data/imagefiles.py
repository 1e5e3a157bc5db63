"""A folder of images as a data set: one subfolder for each class.

data = images_from("photos", size=32, color=True)      # photos/cat/1.jpg, photos/dog/7.png, ...
"""

from __future__ import annotations

import os
import pathlib
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from bigmodel_nb.arguments import received, whole, wrong_type, wrong_value
from bigmodel_nb.data.own import from_arrays
from bigmodel_nb.data.parts import SplitDataset
from bigmodel_nb.language import gettext as _
from bigmodel_nb.language import ngettext
from bigmodel_nb.maths.knobs import truth

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".pgm", ".tif", ".tiff", ".webp")
LARGEST = 1024  # pixels on a side
MOST = 500_000_000  # numbers in all: 2 GB
NAMED = 10  # files that an error names


def images_from(
    folder: str | os.PathLike[str],
    *,
    size: int | Sequence[int] = 28,
    color: bool = False,
    skip_broken: bool = False,
    validation: float = 0.15,
    test: float = 0.15,
    seed: int = 0,
) -> SplitDataset:
    """The images in the subfolders of `folder`: x (n, height, width, 1), or 3 with `color`, from 0 (black) to
    1; y the number of the subfolder, in the order of names.

    `size` is (height, width) in pixels, or one number for both; of an image of another shape the middle is
    taken. What is transparent becomes white. Images that are equal after that are in one part. Other files
    and hidden ones are ignored. Files that cannot be read are named in a ValueError, or, with `skip_broken`,
    in the notes. Needs Pillow.
    """
    if not isinstance(folder, (str, os.PathLike)):
        raise wrong_type("folder", _("the path of a folder"), folder)
    place = pathlib.Path(folder).expanduser()
    height, width = _size(size)
    colored, skip = truth("color", color), truth("skip_broken", skip_broken)
    classes = _classes(place)
    count = sum(map(len, classes.values()))
    if count * height * width * (3 if colored else 1) > MOST:
        expected = _("smaller, or the images fewer: {count:,} of them take more than 2 GB").format(
            count=count
        )
        raise wrong_value("size", expected, size)
    images, labels, broken = [], [], []
    for name, files in classes.items():
        for file in files:
            try:
                images.append(_pixels(file, height, width, colored))
                labels.append(name)
            except Exception as error:  # Pillow raises many kinds, SyntaxError among them
                broken.append(f"{file.relative_to(place)} ({' '.join(str(error).split())[:80]})")
    notes = [_("images of {height} by {width} pixels, cut to the middle").format(height=height, width=width)]
    if broken:
        words = ngettext(
            "{count} image cannot be read: {named}", "{count} images cannot be read: {named}", len(broken)
        ).format(count=len(broken), named=", ".join(broken[:NAMED]) + (" …" if len(broken) > NAMED else ""))
        if not skip or len(set(labels)) < 2:
            raise ValueError(words + _("; skip_broken=True leaves such files out"))
        notes.append(words)
    x = np.stack(images).astype(np.float32)
    x /= 255
    return from_arrays(
        x,
        labels,
        validation=validation,
        test=test,
        seed=seed,
        scale=None,
        name=place.resolve().name or str(place),
        notes=notes,
    )


def _size(size: Any) -> tuple[int, int]:
    if isinstance(size, (tuple, list)):
        if len(size) != 2:
            raise wrong_value("size", _("a whole number, or two: height and width"), size)
        return whole("size", size[0], 1, LARGEST), whole("size", size[1], 1, LARGEST)
    side = whole("size", size, 1, LARGEST)
    return side, side


def _classes(folder: pathlib.Path) -> dict[str, list[pathlib.Path]]:
    """The image files of each class."""
    if not folder.is_dir():
        raise FileNotFoundError(_("there is no folder {path}").format(path=received(str(folder), 200)))
    inside = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    found = {
        entry.name: sorted(
            file
            for file in entry.rglob("*")
            if file.suffix.lower() in SUFFIXES and file.is_file() and not file.name.startswith(".")
        )
        for entry in inside
    }
    found = {name: files for name, files in found.items() if files}
    if len(found) < 2:
        expected = _("a folder with one subfolder of images for each class, two or more of them")
        raise wrong_value("folder", f"{expected} ({', '.join(SUFFIXES)})", str(folder))
    return found


def _pixels(file: pathlib.Path, height: int, width: int, color: bool) -> np.ndarray:
    """The image (height, width, 1 or 3) uint8."""
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(file) as opened:
            image = ImageOps.exif_transpose(opened)
            if image.mode.startswith("I"):  # 16 bits of gray
                values = np.asarray(image, dtype=np.float64)
                image = Image.fromarray((values.clip(0, 65535) / 257).round().astype(np.uint8))
            if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
                solid = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", solid.size, "white"), solid)
            fitted = ImageOps.fit(image.convert("RGB" if color else "L"), (width, height))
            return np.asarray(fitted, dtype=np.uint8).reshape(height, width, -1)
