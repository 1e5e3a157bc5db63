"""Data sets, each as one small record that cannot be changed: examples, targets, names, source and license.

    from bigmodel_nb.data import digits
    data = digits()                  # data.train, data.validation, data.test: each has x and y

    parts       what training takes: a data set in three parts that share nothing
    splitting   how rows are dealt out to the parts without a leak
    scaling     scaling that is fitted to the training part only
    real        digits, breast cancer, diabetes and wine, in three parts
    toys        points in the plane: moons, circles, spirals and more
    playground  the toys in the units and with the parts of the playground
    fonts       pictures of characters, drawn from matplotlib's fonts
    photographs three photographs that are on this computer already
    pictures    one picture in shades of gray: a digit, a photograph, the reader's own
    series      values in the course of time, and the windows that forecast them
    sequences   made-up tasks that need a memory: the adding problem, reversal
    dates       dates as people write them, to be translated into one form
    idx         MNIST and Fashion-MNIST, downloaded on request
    corpora     texts: the manual of Python, Shakespeare, the reader's own
    text        the records of a text, and the windows of tokens made of it
    tokenizers  text to numbers and back: by characters, bytes, byte pairs
    pretrained  two small language models that come with the package
    own         the reader's own arrays in three parts
    imagefiles  a folder of images, one subfolder for each class
    csvfiles    a column of a CSV file as a series to forecast
    textfiles   a text file in whatever encoding it is in
    download    one file, fetched and verified
    folders     where files of data lie: BIGMODEL_DATA, and the cache
    bundled     the real data sets as they are, in one piece
    installed   files of other packages, found without importing these
    dataset     the record of a data set in one piece

Nothing here trains, draws or loads a framework. A module loads when it, or a name in it, is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

# The modules, and of each the names that this package offers too: `from bigmodel_nb.data import digits`.
# No such name may be that of a module.
_OFFERED: dict[str, tuple[str, ...]] = {
    "bundled": ("load_breast_cancer", "load_diabetes", "load_digits", "load_wine"),
    "corpora": ("python_manual", "shakespeare", "text_from"),
    "csvfiles": ("series_from_csv",),
    "dataset": ("Dataset",),
    "dates": ("date_translation",),
    "download": ("DownloadError", "fetch"),
    "folders": ("RemoteFile", "cache_folder"),
    "fonts": ("glyphs",),
    "idx": ("fashion_mnist", "mnist"),
    "imagefiles": ("images_from",),
    "installed": (),
    "own": ("from_arrays",),
    "parts": ("Part", "SplitDataset"),
    "photographs": ("photograph",),
    "pictures": ("gray_picture",),
    "pretrained": ("shipped_gpt",),
    "playground": ("playground_points",),
    "real": ("breast_cancer", "diabetes", "digits", "wine"),
    "scaling": ("Scaling", "fit_scaling"),
    "sequences": ("adding_problem", "reversal"),
    "series": ("forecast", "mackey_glass", "sine_mixture"),
    "splitting": ("split",),
    "text": ("TextDataset", "TokenDataset", "Windows"),
    "textfiles": (),
    "tokenizers": ("BytePairTokenizer", "ByteTokenizer", "CharacterTokenizer"),
    "toys": ("circles", "gaussians", "moons", "multi_gaussian", "plane", "spirals", "xor"),
}
_MODULE_OF = {name: module for module, names in _OFFERED.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _OFFERED:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _MODULE_OF:
        return getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_OFFERED, *_MODULE_OF})
