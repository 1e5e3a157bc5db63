"""Python, the folder it lives in, the packages that the course needs, and how to get them."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from bigmodel_nb.cli import course
from bigmodel_nb.cli.doctor.finding import Finding, limit, ok, wrong
from bigmodel_nb.language import gettext as _

DISTRIBUTION = "bigmodel-nb"
FIRST, LAST = (3, 11), (3, 13)
# Shown in lines of their own; the others share one.
OWN_LINE = ("keras", "tensorflow", "ipywidgets")
SHADOWED = (*OWN_LINE, "numpy", "matplotlib", "IPython", "PIL", "sklearn", "random", "math", "json", "types")


def in_colab() -> bool:
    return "COLAB_RELEASE_TAG" in os.environ


def python() -> str:
    """This Python as one would type it here."""
    path = Path(sys.executable)
    try:
        return shlex.quote(f".{os.sep}{path.relative_to(Path.cwd())}")
    except ValueError:
        return shlex.quote(str(path))


def pip_install(*what: str) -> str:
    return " ".join([python(), "-m pip install", *(shlex.quote(each) for each in what)])


def everything() -> str:
    """The command that installs the course anew."""
    try:
        origin = course.source()
    except course.CourseError:
        return pip_install("--force-reinstall", "bigmodel-nb[lab]")
    if course.is_repository(origin):
        return pip_install("-e", f"{origin.parent}[lab]")
    return pip_install("bigmodel-nb[lab]")


def requirements() -> dict[str, str]:
    """What the course needs, as pip writes it: {"keras": ">=3.10,<4"}; JupyterLab and ipykernel too."""
    try:
        origin = course.source()
    except course.CourseError:
        origin = Path()
    if course.is_repository(origin) and sys.version_info >= FIRST:
        import tomllib  # which an older Python, found here by mistake, does not have

        project = tomllib.loads((origin.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        lines = [*project["dependencies"], *project["optional-dependencies"]["lab"]]
    else:
        try:
            lines = importlib.metadata.requires(DISTRIBUTION) or []
        except importlib.metadata.PackageNotFoundError:
            lines = []
        lines = [line.partition(";")[0] for line in lines if not re.search(r"extra == .test.", line)]
    named = [re.fullmatch(r"([\w.-]+)\s*\(?([^()]*)\)?", line.strip()) for line in lines]
    return {found[1].lower(): found[2].strip() for found in named if found}


def version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def numbers(text: str) -> tuple[int, ...]:
    """(2, 20) for "2.20.0": zeros at the end say nothing."""
    found = [int(number) for number in re.findall(r"\d+", re.split(r"[^\d.]", text)[0])]
    while found and found[-1] == 0:
        found.pop()
    return tuple(found)


def suits(found: str, wanted: str) -> bool:
    """Whether a version is in a range such as ">=7.7.1,<9"."""
    for part in filter(None, (each.strip() for each in wanted.split(","))):
        sign, bound = re.fullmatch(r"(>=|<|==)\s*(\S+)", part).groups()  # type: ignore[union-attr]
        have, need = numbers(found), numbers(bound)
        if not {">=": have >= need, "<": have < need, "==": have == need}[sign]:
            return False
    return True


def examine_version(name: str, topic: str, problem=wrong) -> Finding:
    """Whether a package is there in a version that the course knows."""
    wanted = requirements().get(name, "")
    found = version(name)
    if found is None:
        return problem(
            topic, _("is not installed"), _("{name} missing").format(name=name), pip_install(name + wanted)
        )
    if not suits(found, wanted):
        return problem(
            topic,
            _("{found} is installed; the course needs {wanted}").format(found=found, wanted=wanted),
            f"{name} {found}",
            pip_install(name + wanted),
        )
    return ok(topic, found, f"{name} {found}")


def examine_packages() -> Finding:
    """The smaller packages, in one line; the first that is missing or does not suit, if any."""
    others = [name for name in requirements() if name not in (*OWN_LINE, "ipykernel", "jupyterlab")]
    findings = [examine_version(name, _("Packages")) for name in others]
    bad = [(name, found) for name, found in zip(others, findings, strict=True) if found.level != "ok"]
    if bad:
        name, found = bad[0]
        rest = "" if len(bad) == 1 else _("; also: {names}").format(names=", ".join(n for n, _f in bad[1:]))
        mend = found.mend if len(bad) == 1 else everything()
        return wrong(found.topic, f"{name}: {found.said}{rest}", "; ".join(f.short for _n, f in bad), mend)
    said = ", ".join(f"{name} {version(name)}" for name in others)
    return ok(_("Packages"), said, f"numpy {version('numpy')}")


def examine_python(found: Sequence[int] = tuple(sys.version_info[:3]), machine: str | None = None) -> Finding:
    topic, text = "Python", ".".join(str(part) for part in found[:3])
    machine = machine or f"{platform.system()} {platform.machine()}"
    if not FIRST <= tuple(found[:2]) <= LAST:
        return wrong(
            topic,
            _("{version}; the course needs 3.11, 3.12 or 3.13").format(version=text),
            f"Python {text}",
            _("install Python 3.12 from python.org or your package manager, then: {command}").format(
                command="python3.12 -m venv .venv"
            ),
        )
    if sys.maxsize < 2**32:
        return wrong(
            topic,
            _("{version}, of 32 bits; TensorFlow needs 64").format(version=text),
            f"Python {text} 32 bit",
            _("install the 64-bit Python 3.12 from python.org"),
        )
    if machine == "Darwin x86_64":
        return wrong(
            topic,
            _("{version} for Intel Macs, for which TensorFlow is no longer made").format(version=text),
            f"Python {text} Intel Mac",
            _(
                "use the course in Google Colab: bigmodel colab --out FOLDER; on a Mac with an Apple chip,"
                " install the Python made for it"
            ),
        )
    return ok(topic, f"{text}, {sys.executable}", f"Python {text}")


def examine_environment() -> Finding:
    """Whether what is installed here stays apart from other projects."""
    topic = _("Environment")
    active = os.environ.get("VIRTUAL_ENV")
    if active and os.path.realpath(active) != os.path.realpath(sys.prefix):
        return limit(
            topic,
            _("{active} is activated, but this command belongs to {prefix}").format(
                active=active, prefix=sys.prefix
            ),
            "other venv active",
            "deactivate",
        )
    if sys.prefix != sys.base_prefix:
        return ok(topic, _("a virtual environment, {folder}").format(folder=sys.prefix), "venv")
    if os.environ.get("CONDA_PREFIX"):
        return ok(topic, _("a conda environment, {folder}").format(folder=sys.prefix), "conda")
    if in_colab():
        return ok(topic, "Google Colab", "Colab")
    return limit(
        topic,
        _("no virtual environment: packages of other projects may clash with the course's"),
        "no venv",
        f"{python()} -m venv .venv",
    )


def examine_course() -> Finding:
    """The package itself and the chapters that came with it."""
    topic = _("Course")
    try:
        chapters = [name for name in course.files(course.source()) if name.endswith(".ipynb")]
    except course.CourseError as error:
        return wrong(topic, str(error), _("no chapters"), everything())
    return ok(
        topic,
        _("{count} chapters in {folder}").format(count=len(chapters), folder=course.source()),
        _("{count} chapters").format(count=len(chapters)),
    )


def examine_shadows(folders: Sequence[Path]) -> list[Finding]:
    """Files that take the place of a package, since Python looks into the notebook's folder first."""
    findings = []
    for path in (folder / f"{name}.py" for folder in folders for name in SHADOWED):
        if path.is_file():
            findings.append(
                wrong(
                    _("Folder"),
                    _(
                        "{path} hides the package {name}: notebooks in this folder import the file instead"
                    ).format(path=path, name=path.stem),
                    _("{name} hides a package").format(name=path.name),
                    f"mv {shlex.quote(str(path))} {shlex.quote(str(path.with_name('my_' + path.name)))}",
                )
            )
    return findings
