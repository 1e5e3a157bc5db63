"""Graphics cards that the system knows of, whether or not a framework can use them.

NVIDIA's own program is asked first, then the driver's files, then the list of PCI devices: a card whose
driver is missing stands only there.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bigmodel_nb.language import gettext as _

# PCI vendors whose cards a framework may use. Displays of virtual machines and Intel's built-in
# graphics are not named: no build of the frameworks that the course uses computes on them.
VENDORS = {"0x10de": "NVIDIA", "0x1002": "AMD"}
DISPLAYS = ("0x0300", "0x0302", "0x0380")

Ask = Callable[[Sequence[str]], "tuple[int, str]"]


@dataclass(frozen=True)
class Card:
    """A graphics card; `memory` in bytes and `watts` (its power limit), None where not found out."""

    name: str
    vendor: str = "NVIDIA"
    memory: int | None = None
    capability: tuple[int, int] | None = None
    driver: str | None = None
    watts: float | None = None


@dataclass(frozen=True)
class Evidence:
    """`cards` that are there; `trouble` is what NVIDIA's program says is wrong, or that there is no driver;
    `unknown` are sentences on what could not be found out."""

    cards: tuple[Card, ...] = ()
    trouble: str | None = None
    unknown: tuple[str, ...] = ()


def ask_program(arguments: Sequence[str]) -> tuple[int, str]:
    """The exit status and the words of a program; OSError and TimeoutExpired pass."""
    asked = subprocess.run(
        list(arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=20,
    )
    return asked.returncode, asked.stdout + asked.stderr


def find_cards(
    root: Path = Path("/"),
    system: str = sys.platform,
    machine: str = "",
    *,
    find: Callable[[], str | None] | None = None,
    ask: Ask = ask_program,
) -> Evidence:
    """The cards of this machine. `root` holds proc and sys, `find` gives NVIDIA's program, `ask` runs it."""
    if system == "darwin":
        if (machine or platform.machine()) == "arm64":
            return Evidence((Card(_("Apple's graphics processor"), "Apple"),))
        return Evidence(unknown=(_("Which graphics card this Mac has was not asked: none is used on it."),))
    program = (find or _nvidia_smi)()
    cards, trouble = _asked(program, ask) if program else ((), None)
    if not cards:
        others, nvidia = _on_the_bus(root), _of_the_driver(root)
        if program is None and (nvidia or any(card.vendor == "NVIDIA" for card in others)):
            trouble = (
                _("nvidia-smi is missing")
                if nvidia
                else _("no driver of NVIDIA's is loaded: neither nvidia-smi nor /proc/driver/nvidia is there")
            )
        cards = (*(nvidia or [c for c in others if c.vendor == "NVIDIA"]), *_not_nvidia(others))
        if trouble and not cards:
            cards = (Card(_("a card of NVIDIA's")),)  # its program is installed and finds no working driver
    else:
        cards = (*cards, *_not_nvidia(_on_the_bus(root)))
    unknown: tuple[str, ...] = ()
    if not cards and system == "win32":
        unknown = (_("Cards other than NVIDIA's cannot be looked for on Windows."),)
    elif not cards and not (root / "sys" / "bus" / "pci" / "devices").is_dir():
        unknown = (
            _("The list of PCI devices cannot be read, so a card without a driver would not be seen."),
        )
    return Evidence(tuple(cards), trouble, unknown)


def _nvidia_smi() -> str | None:
    return shutil.which("nvidia-smi") or shutil.which("nvidia-smi", path="/usr/lib/wsl/lib")


def _asked(program: str, ask: Ask) -> tuple[tuple[Card, ...], str | None]:
    """The cards by NVIDIA's program, or what is wrong. Old ones do not know the compute capability."""
    said = ""
    for more in (",compute_cap,power.limit", ""):
        try:
            status, said = ask(
                [
                    program,
                    f"--query-gpu=name,memory.total,driver_version{more}",
                    "--format=csv,noheader,nounits",
                ]
            )
        except subprocess.TimeoutExpired:
            return (), _("nvidia-smi does not answer")
        except OSError as error:
            return (), _("nvidia-smi cannot be run: {error}").format(error=error.strerror or error)
        if status == 0:
            break
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if status != 0:
        why = lines[0] if lines else _("status {status}").format(status=status)
        return (), _("nvidia-smi finds no working driver ({why})").format(why=why)
    if not lines or lines[0].startswith("No devices"):
        return (), None
    return tuple(_card(line) for line in lines), None


def _card(line: str) -> Card:
    """ "NVIDIA A100-SXM4-40GB, 40960, 550.54.15, 8.0, 400.00"; a field may be "[N/A]"."""
    name, memory, driver, capability, watts = [*(word.strip() for word in line.split(",")), *[""] * 5][:5]
    major, dot, minor = capability.partition(".")
    return Card(
        name,
        memory=int(memory) * 2**20 if memory.isdigit() else None,
        capability=(int(major), int(minor)) if dot and major.isdigit() and minor.isdigit() else None,
        driver=driver if driver[:1].isdigit() else None,
        watts=float(watts) if watts.replace(".", "", 1).isdigit() else None,
    )


def _of_the_driver(root: Path) -> list[Card]:
    """/proc/driver/nvidia/gpus/*/information has a line "Model: ..." for each card."""
    cards = []
    for path in sorted((root / "proc" / "driver" / "nvidia" / "gpus").glob("*/information")):
        for line in _read(path).splitlines():
            key, _colon, value = line.partition(":")
            if key.strip() == "Model":
                cards.append(Card(value.strip()))
    return cards


def _on_the_bus(root: Path) -> list[Card]:
    cards = []
    for folder in sorted((root / "sys" / "bus" / "pci" / "devices").glob("*")):
        vendor = VENDORS.get(_read(folder / "vendor").strip())
        if vendor and _read(folder / "class").strip().startswith(DISPLAYS):
            number = _read(folder / "device").strip()
            name = _("{vendor} card (PCI device {number})").format(vendor=vendor, number=number)
            cards.append(Card(name, vendor))
    return cards


def _not_nvidia(cards: list[Card]) -> list[Card]:
    return [card for card in cards if card.vendor != "NVIDIA"]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
