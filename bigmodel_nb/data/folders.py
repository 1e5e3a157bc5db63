"""Where files of data lie, and whether a file is the one that is meant.

`BIGMODEL_DATA` names a folder that is looked into first and never written to, so that a workshop can bring
its data along. After it comes the cache, into which downloads go: `~/.bigmodel_nb/data`, or the folder that
`BIGMODEL_CACHE` names.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import tempfile
from dataclasses import dataclass

from bigmodel_nb.language import gettext as _

BLOCK = 1 << 20  # bytes read at a time
DIGITS = {"sha256": 64, "md5": 32}  # hexadecimal digits of a sum


@dataclass(frozen=True)
class RemoteFile:
    """One file that can be fetched: its path below a data folder, where from, its size and its sum.

    `checksum` is "sha256:" or "md5:" and the hexadecimal sum. `size` is in bytes; what is larger is never
    taken. `urls` are tried in their order.
    """

    name: str
    urls: tuple[str, ...]
    size: int
    checksum: str

    def __post_init__(self) -> None:
        kind, _colon, digits = self.checksum.partition(":")
        if len(digits) != DIGITS.get(kind) or set(digits) - set("0123456789abcdef"):
            raise ValueError(f"checksum must be sha256:... or md5:...; received: {self.checksum}")
        path = pathlib.PurePosixPath(self.name)
        if path.is_absolute() or ".." in path.parts or "\\" in self.name or not path.name:
            raise ValueError(f"name must be a path below a folder; received: {self.name!r}")
        for url in self.urls:
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"urls must begin with http:// or https://; received: {url!r}")

    def digest(self) -> hashlib._Hash:
        """A fresh sum of this file's kind. MD5 finds damage; it does not stop an attacker."""
        return hashlib.new(self.checksum.partition(":")[0], usedforsecurity=False)

    def fault(self, path: pathlib.Path) -> str:
        """What is wrong with the file at `path`, in words; nothing ("") where it is the one that is meant.

        Raises OSError where it cannot be read.
        """
        size = path.stat().st_size
        if size < self.size:
            return _("it is truncated: {size:,} bytes of {full:,}").format(size=size, full=self.size)
        if size > self.size:
            return _("it is another file: {size:,} bytes instead of {full:,}").format(
                size=size, full=self.size
            )
        digest = self.digest()
        with open(path, "rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
        if digest.hexdigest() != self.checksum.partition(":")[2]:
            return _("it is corrupt, or another file: its {kind} sum differs").format(
                kind=self.checksum.partition(":")[0]
            )
        return ""


def own_folder() -> pathlib.Path | None:
    """The folder that `BIGMODEL_DATA` names, or None."""
    named = os.environ.get("BIGMODEL_DATA", "").strip()
    return _expanded(named) if named else None


def cache_folder() -> pathlib.Path:
    """The folder that downloads go into. It need not exist yet."""
    return _expanded(os.environ.get("BIGMODEL_CACHE", "").strip() or "~/.bigmodel_nb/data")


def _expanded(path: str) -> pathlib.Path:
    try:
        return pathlib.Path(path).expanduser()
    except RuntimeError:  # no home folder can be determined
        return pathlib.Path(tempfile.gettempdir()) / "bigmodel-data"


def find(file: RemoteFile) -> tuple[pathlib.Path | None, list[str], list[str]]:
    """Where the file lies already, or None; a line for each place where it does not; and those of the lines
    that tell of another or a damaged file."""
    looked: list[str] = []
    useless: list[str] = []
    own = own_folder()
    places = [] if own is None else [own / file.name, own / pathlib.PurePosixPath(file.name).name]
    for path in dict.fromkeys([*places, cache_folder() / file.name]):
        try:
            fault = file.fault(path)
        except (FileNotFoundError, NotADirectoryError):
            looked.append(f"{path}: " + _("not there"))
            continue
        except OSError as error:
            fault = _("cannot be read ({reason})").format(reason=error.strerror or error)
        if not fault:
            return path, looked, useless
        looked.append(f"{path}: {fault}")
        useless.append(looked[-1])
    return None, looked, useless
