"""Three photographs that are on this computer already: they come with scikit-learn and matplotlib.

    flower = photograph("flower")
    flower.image.shape, flower.license          # (427, 640, 3), 'CC BY 2.0'

Only the files are read; neither package is imported.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import numpy as np

from bigmodel_nb.arguments import one_of
from bigmodel_nb.data.installed import installed_file

# name: package, folder, file, what is seen, author, license, source
_KNOWN = {
    "china": (
        "sklearn", "datasets/images", "china.jpg", "a Chinese temple", "danielbuechele", "CC BY 2.0",
        "https://www.flickr.com/photos/danielbuechele/6061409035/",
    ),
    "flower": (
        "sklearn", "datasets/images", "flower.jpg", "a flower", "vultilion", "CC BY 2.0",
        "https://www.flickr.com/photos/vultilion/6056698931/",
    ),
    "grace hopper": (
        "matplotlib", "mpl-data/sample_data", "grace_hopper.jpg", "Grace Hopper, a pioneer of computing",
        "James S. Davis, United States Navy", "public domain (a work of the United States government)",
        "https://commons.wikimedia.org/wiki/File:Commodore_Grace_M._Hopper,_USN_(covered).jpg",
    ),
}  # fmt: skip
PHOTOGRAPHS = tuple(_KNOWN)


@dataclass(frozen=True, eq=False)
class Photograph:
    """A photograph: `image` (height, width, 3) holds red, green and blue from 0 to 255: uint8, read-only."""

    image: np.ndarray = field(repr=False)
    name: str
    title: str
    author: str
    license: str
    source: str


def photograph(name: str = "flower") -> Photograph:
    """The photograph called `name`, one of `PHOTOGRAPHS`. Read once, then kept."""
    return _photograph(one_of("name", name, PHOTOGRAPHS))


@functools.cache
def _photograph(name: str) -> Photograph:
    from PIL import Image

    package, folder, file_name, title, author, license, source = _KNOWN[name]
    with Image.open(installed_file(package, folder, file_name)) as file:
        image = np.array(file.convert("RGB"))
    image.flags.writeable = False
    return Photograph(image, name, title, author, license, source)
