"""Files that other installed packages bring along, found without importing those packages.

scikit-learn takes a second or two to load and matplotlib half of one; their data files, photographs and
fonts are read at once.
"""

from __future__ import annotations

import importlib.util
import pathlib

from bigmodel_nb.language import gettext as _

# what the packages are called by `import` and by `pip install`
DISTRIBUTIONS = {"sklearn": "scikit-learn", "matplotlib": "matplotlib"}


def installed_file(package: str, folder: str, file_name: str) -> pathlib.Path:
    """The file `file_name` in `folder` (with "/") of an installed `package`, one of `DISTRIBUTIONS`.

    ModuleNotFoundError where the package is missing and FileNotFoundError where the file is; both say what
    mends it.
    """
    distribution = DISTRIBUTIONS[package]
    try:
        spec = importlib.util.find_spec(package)
    except ValueError:  # something put a stand-in for it into sys.modules
        spec = None
    if spec is None or not spec.submodule_search_locations:
        words = _("{file} comes with {package}, which is not installed.").format(
            file=file_name, package=distribution
        )
        remedy = _("Install it in this environment with: pip install {package}").format(package=distribution)
        raise ModuleNotFoundError(f"{words} {remedy}", name=package)
    places = [pathlib.Path(place).joinpath(*folder.split("/")) for place in spec.submodule_search_locations]
    for place in places:
        if (place / file_name).is_file():
            return place / file_name
    words = _("{file} is not where {package} keeps its data ({place}).").format(
        file=file_name, package=distribution, place=places[0]
    )
    remedy = _("Reinstall it with: pip install --force-reinstall {package}").format(package=distribution)
    raise FileNotFoundError(f"{words} {remedy}")
