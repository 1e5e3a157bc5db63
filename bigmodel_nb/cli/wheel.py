"""The package as a wheel, for those who carry it elsewhere: built from a clone of the repository, or
packed again from what a wheel installed."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import importlib.util
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import bigmodel_nb
from bigmodel_nb.cli import course
from bigmodel_nb.language import gettext as _

DISTRIBUTION = "bigmodel-nb"
# What the installer wrote, and no wheel contains.
OF_THE_INSTALLER = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same files give the same wheel


def make() -> tuple[str, bytes]:
    """The wheel's file name and content. Raises CourseError where there is none to be had."""
    origin = course.source()
    return build(origin.parent) if course.is_repository(origin) else pack()


def build(repository: Path) -> tuple[str, bytes]:
    """What the repository's build backend makes of it."""
    if importlib.util.find_spec("hatchling") is None:
        raise course.CourseError(
            _("building the package needs hatchling: {command}").format(
                command=f"{sys.executable} -m pip install hatchling"
            )
        )
    with tempfile.TemporaryDirectory() as folder:
        built = subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
            cwd=repository,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        wheels = list(Path(folder).glob("*.whl"))
        if built.returncode != 0 or not wheels:
            lines = (built.stderr or built.stdout).strip().splitlines()
            raise course.CourseError(
                _("the package could not be built: {reason}").format(reason=lines[-1] if lines else "?")
            )
        return wheels[0].name, wheels[0].read_bytes()


def pack() -> tuple[str, bytes]:
    """A wheel of the files that a wheel installed."""
    package = Path(bigmodel_nb.__file__).resolve().parent
    try:
        installed = importlib.metadata.distribution(DISTRIBUTION)
        here = Path(str(installed.locate_file("bigmodel_nb"))).resolve() == package
    except importlib.metadata.PackageNotFoundError:
        here = False
    if not here:
        raise course.CourseError(
            _("{folder} was not installed by pip, so there is no list of what belongs to it; install the"
              " package, or name where it is to come from with --source").format(folder=package)
        )  # fmt: skip
    contents: dict[str, bytes] = {}
    for file in installed.files or ():
        name = file.as_posix()
        if name.startswith("..") or name.endswith(".pyc") or file.name in OF_THE_INSTALLER:
            continue  # the command in bin, what Python compiled, what the installer noted
        try:
            contents[name] = Path(str(file.locate())).read_bytes()
        except OSError as error:
            raise course.CourseError(
                _("the installation is incomplete ({file}: {reason}); install bigmodel-nb again").format(
                    file=name, reason=error.strerror
                )
            ) from None
    notes = next((name.rpartition("/")[0] for name in contents if name.endswith(".dist-info/WHEEL")), None)
    if notes is None:
        raise course.CourseError(_("the installation is incomplete (no WHEEL); install bigmodel-nb again"))
    contents[f"{notes}/RECORD"] = _record(contents, f"{notes}/RECORD")
    return f"{notes.removesuffix('.dist-info')}-py3-none-any.whl", _zipped(contents)


def _record(contents: dict[str, bytes], itself: str) -> bytes:
    """The list of files with their hashes, as PEP 427 asks for."""
    lines = []
    for name, content in sorted(contents.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}")
    return "\n".join([*lines, f"{itself},,", ""]).encode()


def _zipped(contents: dict[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as wheel:
        # the notes come last, as installers expect
        for name in sorted(
            contents, key=lambda name: (".dist-info/" in name, name.endswith("/RECORD"), name)
        ):
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.external_attr = 0o644 << 16
            wheel.writestr(entry, contents[name], zipfile.ZIP_DEFLATED)
    return archive.getvalue()
