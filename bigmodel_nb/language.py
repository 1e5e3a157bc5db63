"""The words that a reader meets in explorers, checks and hints go through here, so that a
translation is a matter of adding a catalog and not of changing code.

`BIGMODEL_LANGUAGE` (for example `zh_CN`) chooses the catalog, `BIGMODEL_LOCALE_DIR` adds a folder
to look in first. Without a catalog the English text in the code is what the reader sees.
The catalog is looked up once, on the first message.
"""

from __future__ import annotations

import functools
import os
import pathlib

DOMAIN = "bigmodel_nb"


@functools.cache
def _catalog():
    import gettext as standard

    wanted = os.environ.get("BIGMODEL_LANGUAGE", "").strip()
    if not wanted:
        return standard.NullTranslations()
    folders = [os.environ.get("BIGMODEL_LOCALE_DIR"), str(pathlib.Path(__file__).parent / "locale")]
    for folder in filter(None, folders):
        try:
            return standard.translation(DOMAIN, folder, languages=[wanted])
        except OSError:
            continue
    return standard.NullTranslations()


def gettext(message: str) -> str:
    """The message in the reader's language; the message itself where there is no translation."""
    return _catalog().gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The form of a message that fits `count`."""
    return _catalog().ngettext(singular, plural, count)
