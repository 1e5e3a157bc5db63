"""Installs our wheel as a reader in Colab would, and fails if that changes anything else.

Run by the Python of the Colab environment: `python .ci/colab_install.py FOLDER`, where FOLDER takes
the wheel. Plain pip, with dependencies: what pip reports before and after may differ by bigmodel-nb
only. One thing is known: Colab's IPython asks for jedi, which Colab leaves out, so that pip brings
jedi along with whatever needs IPython. It is taken away again, since Colab has none.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

OURS = "bigmodel-nb"
MISSING_IN_COLAB = {"jedi"}


def pip(*arguments: str) -> str:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def installed() -> dict[str, str]:
    """Name and version of everything that pip knows of."""
    lines = pip("list", "--format=freeze").splitlines()
    return {name: version for name, _equals, version in (line.partition("==") for line in lines)}


def build(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    hatchling = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(hatchling, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    return wheel


def complaints(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """What differs and should not."""
    changed = [
        f"{name} was {before.get(name, 'not there')} and is {after.get(name, 'gone')}"
        for name in sorted({*before, *after} - {OURS})
        if before.get(name) != after.get(name) and name not in MISSING_IN_COLAB
    ]
    return changed if OURS in after else [*changed, f"{OURS} is not installed"]


def main(folder: Path) -> int:
    pip("uninstall", "--yes", "--quiet", OURS, *MISSING_IN_COLAB)
    before = installed()
    pip("install", "--quiet", str(build(folder)))
    after = installed()
    if wrong := complaints(before, after):
        print("Installing the course changes what Colab has:", *wrong, sep="\n  ", file=sys.stderr)
        return 1
    new = sorted({*after} - {*before})
    python = sysconfig.get_python_version()
    print(f"Python {python}, {len(before)} packages; new: {', '.join(new)}; changed: none")
    pip("uninstall", "--yes", "--quiet", *MISSING_IN_COLAB)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
