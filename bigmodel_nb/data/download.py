"""One file, fetched on request: size and sum are checked before it is kept, and nothing in it is executed.

    path = fetch(file, instead="load_digits() needs no network.")

The folders of `folders` are looked into first. A download grows under a name of its own beside its place and
takes that place in one step, whole and verified, or not at all. What arrived before a connection broke is
kept and continued, also by another process; two processes at once load the file twice and do no harm.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import os
import pathlib
import re
import secrets
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

from bigmodel_nb.arguments import positive
from bigmodel_nb.data.folders import RemoteFile, cache_folder, find
from bigmodel_nb.language import gettext as _

ATTEMPTS = 5  # at one address, as long as each brings something; each goes on where the last one ended
BLOCK = 1 << 16
ABANDONED = 600.0  # seconds without a byte, after which what another process left is taken over
STEPS = 20  # of a line that shows progress

Progress = Callable[[int, int], None]  # bytes that are there, bytes in all


class DownloadError(OSError):
    """A file could not be had. `tried` holds one line for each folder and each address."""

    def __init__(self, message: str, tried: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.tried = tried


class _Refused(Exception):
    """This address does not give the file; another one may."""


class _Broken(Exception):
    """The connection, and not this disk, failed."""


def fetch(
    file: RemoteFile, *, instead: str = "", progress: Progress | bool = True, timeout: float = 20.0
) -> pathlib.Path:
    """Where `file` lies, downloaded if need be.

    `progress` is called with the bytes that are there and the bytes in all; True writes one line, False
    nothing. `timeout` is in seconds and counts while nothing arrives. `instead` says in a sentence what works
    without a network, and ends the message of the DownloadError that is raised when the file cannot be had.
    """
    timeout = positive("timeout", timeout)
    path, tried, useless = find(file)
    if progress is True:
        for line in useless:  # or nobody would learn that the copy they brought along is damaged
            print(line)
    if path is not None:
        return path
    target = cache_folder() / file.name
    show = (_Line(file.name) if progress else _ignore) if isinstance(progress, bool) else progress
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for url in file.urls:
            try:
                _download(url, file, target, show, timeout)
                return target
            except _Refused as reason:
                tried.append(f"{url}: {reason}")
    except OSError as error:
        tried.append(f"{target.parent}: {_of_this_disk(error, file)}")
    finally:
        if isinstance(show, _Line):
            show.end()
    lines = [_("{name} could not be had.").format(name=file.name), *(f"  {line}" for line in tried)]
    remedy = _(
        "If you can get the file elsewhere: put it into a folder, as {name}, and name that folder in the "
        "environment variable BIGMODEL_DATA."
    ).format(name=file.name)
    raise DownloadError("\n".join([*lines, remedy, instead]).rstrip(), tuple(tried))


def _download(url: str, file: RemoteFile, target: pathlib.Path, show: Progress, timeout: float) -> None:
    """The file at `url`, to `target`. Raises _Refused, or the OSError of a disk that does not take it."""
    part = _claim(target)
    try:
        for attempt in range(1, ATTEMPTS + 1):
            before = _size(part)
            if before < file.size:
                _make_room(target.parent, file.size - before)
                try:
                    before = _transfer(url, file, part, show, timeout)
                except _Broken as reason:
                    if _size(part) > before and attempt < ATTEMPTS:
                        continue
                    raise _Refused(reason) from None
            fault = file.fault(part)
            if not fault:
                os.replace(part, target)
                _forget(target)
                return
            part.unlink()
            if not before:  # all of it came from here
                raise _Refused(fault)
        raise _Refused(fault)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()  # what cannot be finished should not fill the disk
        raise
    finally:
        with contextlib.suppress(OSError):
            if _size(part):
                os.replace(part, _kept(target))
            else:
                part.unlink()


def _transfer(url: str, file: RemoteFile, part: pathlib.Path, show: Progress, timeout: float) -> int:
    """Adds to `part` what is missing; returns how much of it was there before and was used."""
    have = _size(part)
    headers = {"User-Agent": "bigmodel_nb", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with _network():
        try:
            response = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=timeout)
        except urllib.error.HTTPError as error:
            error.close()
            if not have or error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise
            part.unlink()  # it does not fit what lies there
            return _transfer(url, file, part, show, timeout)
    with response:
        start = _start(response, have)
        length = response.headers.get("Content-Length", "")
        if length.isdecimal() and start + int(length) != file.size:
            raise _Refused(
                _("another file lies there: {size:,} bytes instead of {full:,}").format(
                    size=start + int(length), full=file.size
                )
            )
        with open(part, "r+b" if start else "wb") as out:
            out.seek(start)
            done = start
            while True:
                with _network():
                    block = response.read(BLOCK)
                if not block:
                    break
                done += len(block)
                if done > file.size:
                    out.truncate(0)
                    raise _Refused(
                        _("it sends more than the {size:,} bytes of the file").format(size=file.size)
                    )
                out.write(block)
                show(done, file.size)
    if done < file.size:
        raise _Broken(_("it ended after {size:,} bytes of {full:,}").format(size=done, full=file.size))
    return start


def _start(response: http.client.HTTPResponse, have: int) -> int:
    """Where in the file the answer begins: `have`, or 0 from a server that knows no ranges."""
    if response.status != http.HTTPStatus.PARTIAL_CONTENT:
        return 0
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if not have or found is None or int(found[1]) != have:
        raise _Refused(_("it sends another piece of the file than it was asked for"))
    return have


@contextlib.contextmanager
def _network() -> Iterator[None]:
    """Whatever fails in the block is a broken connection, also where its class is that of a disk's error."""
    try:
        yield
    except urllib.error.HTTPError as error:
        raise _Broken(
            _("the server answers {code} {reason}").format(code=error.code, reason=error.reason)
        ) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        words = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        raise _Broken(_("no connection ({reason})").format(reason=words)) from None


def _of_this_disk(error: OSError, file: RemoteFile) -> str:
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return _("the disk is full; the file needs {size:,} bytes").format(size=file.size)
    return _("cannot be written to ({reason}); BIGMODEL_CACHE may name another folder").format(
        reason=error.strerror or error
    )


def _make_room(folder: pathlib.Path, size: int) -> None:
    free = None
    with contextlib.suppress(OSError):  # not every file system says
        free = shutil.disk_usage(folder).free
    if free is not None and free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _size(path: pathlib.Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _kept(target: pathlib.Path) -> pathlib.Path:
    """The name of what an interrupted download left."""
    return target.with_name(target.name + ".part")


def _claim(target: pathlib.Path) -> pathlib.Path:
    """A file that is this download's own: what an earlier one left, or none yet.

    Renaming is the claim: of several processes one succeeds, and no lock has to be kept or waited for.
    """
    mine = target.with_name(f"{target.name}.{secrets.token_hex(6)}.part")
    for left in _left(target):
        with contextlib.suppress(OSError):
            os.utime(left)
            os.replace(left, mine)
            break
    return mine


def _forget(target: pathlib.Path) -> None:
    """Take away what broken downloads of a file that is now there left."""
    for left in _left(target):
        with contextlib.suppress(OSError):
            left.unlink()


def _left(target: pathlib.Path) -> list[pathlib.Path]:
    """What nobody is writing to any more."""
    long_ago = time.time() - ABANDONED
    found = [_kept(target)] if _kept(target).is_file() else []
    for path in sorted(target.parent.glob("*.part")):
        with contextlib.suppress(OSError):
            if re.fullmatch(re.escape(target.name) + r"\.[0-9a-f]{12}\.part", path.name):
                found += [path] if path.stat().st_mtime < long_ago else []
    return found


def _ignore(done: int, full: int) -> None:
    pass


class _Line:
    """One line that is written over: in a terminal and in a notebook; elsewhere only its end."""

    def __init__(self, name: str) -> None:
        self.name, self.shown, self.text = name, -1, ""
        self.moving = "ipykernel" in sys.modules or bool(sys.stdout and sys.stdout.isatty())

    def __call__(self, done: int, full: int) -> None:
        step = STEPS * done // full
        self.text = _("{name}: {done:.1f} of {full:.1f} MB").format(
            name=self.name, done=done / 1e6, full=full / 1e6
        )
        if step != self.shown:
            self.shown = step
            if self.moving:
                self._write("\r" + self.text)

    def end(self) -> None:
        if self.text:
            self._write(f"\r{self.text}\n" if self.moving else f"{self.text}\n")

    def _write(self, text: str) -> None:
        with contextlib.suppress(
            AttributeError, OSError, ValueError
        ):  # a closed output is no reason not to load
            sys.stdout.write(text)
            sys.stdout.flush()
