"""Processor cores and memory: what the machine has, and what this process may use of it.

A container or a batch system often allows less than the machine has: fewer cores by affinity, a share of
their time by a quota, a part of the memory by a limit. TensorFlow knows of the first alone.
"""

from __future__ import annotations

import math
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bigmodel_nb.language import gettext as _

GB = 1e9


@dataclass(frozen=True)
class Processor:
    """Cores; None where it could not be found out.

    `physical`: cores; `logical`: what the operating system counts, two for a core with hyper-threading;
    `allowed`: logical ones that this process may run on (affinity); `quota`: the cores' worth of time
    that its container may use, None where there is no limit.
    """

    name: str | None
    physical: int | None
    logical: int | None
    allowed: int | None
    quota: float | None

    @property
    def usable(self) -> int:
        """How many threads can compute at once: 1 or more."""
        known = [n for n in (self.allowed, self.logical) if n] or [1]
        return max(1, min(min(known), math.ceil(self.quota) if self.quota else min(known)))

    def __str__(self) -> str:
        unknown = _("an unknown number of")
        said = _("{physical} cores, {logical} logical; this process may use {usable}").format(
            physical=self.physical or unknown, logical=self.logical or unknown, usable=self.usable
        )
        if self.quota is not None and self.quota < (self.allowed or self.logical or math.inf):
            said += _(" (its container is given the time of {quota:g})").format(quota=self.quota)
        return f"{self.name}: {said}" if self.name else said


@dataclass(frozen=True)
class Memory:
    """Bytes; None where it could not be found out. `limit` is the container's, None where there is none."""

    total: int | None
    available: int | None
    limit: int | None

    @property
    def usable(self) -> int | None:
        """What this process can still have."""
        return self.available if self.available is not None else (self.limit or self.total)

    def __str__(self) -> str:
        if self.total is None:
            return _("could not be found out on this system")
        free = (
            _("how much is free could not be found out")
            if self.available is None
            else _("{available:.1f} GB available").format(available=self.available / GB)
        )
        said = _("{total:.1f} GB, {free}").format(total=self.total / GB, free=free)
        if self.limit is not None:
            said += _(" (limit of the container: {limit:.1f} GB)").format(limit=self.limit / GB)
        return said


def find_processor(root: Path = Path("/"), system: str = sys.platform) -> Processor:
    """The processor of this machine; `root` holds proc and sys."""
    logical = os.cpu_count()
    affinity = getattr(os, "sched_getaffinity", None)
    try:
        allowed = len(affinity(0)) if affinity else logical
    except OSError:
        allowed = None
    if system == "darwin":
        physical = _number(_sysctl("hw.physicalcpu"))
        return Processor(_sysctl("machdep.cpu.brand_string"), physical, logical, allowed, None)
    return Processor(_name(root), _physical(root), logical, allowed, _quota(root))


def find_memory(root: Path = Path("/"), system: str = sys.platform) -> Memory:
    """The memory of this machine; `root` holds proc and sys."""
    if system == "darwin":
        return Memory(_number(_sysctl("hw.memsize")), None, None)
    if system == "win32":
        return _windows_memory()
    table = {}
    for line in _read(root / "proc" / "meminfo").splitlines():
        key, _colon, rest = line.partition(":")
        words = rest.split()
        if len(words) == 2 and words[1] == "kB" and words[0].isdigit():
            table[key] = 1024 * int(words[0])
    total, available, limit = table.get("MemTotal"), table.get("MemAvailable"), None
    for folder in _groups(root, "memory"):
        for most, used in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            allowed = _number(_read(folder / most))
            if allowed is None or (total is not None and allowed >= total):
                continue  # no limit is "max", or a number beyond any memory
            limit = allowed if limit is None else min(limit, allowed)
            taken = _number(_read(folder / used))
            if taken is not None:
                left = max(allowed - taken, 0)
                available = left if available is None else min(available, left)
    return Memory(total, available, limit)


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The folders of the control groups (cgroups) that this process is in, from the outermost."""
    base = root / "sys" / "fs" / "cgroup"
    found = {base, base / controller}
    for line in _read(root / "proc" / "self" / "cgroup").splitlines():
        _id, controllers, path = [*line.split(":", 2), "", ""][:3]
        if not controllers:
            mount = base  # version 2
        elif controller in controllers.split(","):
            mount = base / controller
        else:
            continue
        folder = mount
        for part in Path(path).parts[1:]:
            if part == "..":
                break  # a namespace that hides what is above
            folder = folder / part
            found.add(folder)
    yield from sorted(found)


def _quota(root: Path) -> float | None:
    quotas = []
    for folder in _groups(root, "cpu"):
        words = _read(folder / "cpu.max").split()  # "50000 100000", or "max 100000" without a limit
        if not words:
            words = [_read(folder / "cpu.cfs_quota_us").strip(), _read(folder / "cpu.cfs_period_us").strip()]
        if len(words) == 2 and words[0].isdigit() and words[1].isdigit() and int(words[1]):
            quotas.append(int(words[0]) / int(words[1]))  # -1, without a limit, is no digit
    return min((quota for quota in quotas if quota > 0), default=None)


def _physical(root: Path) -> int | None:
    """Logical processors of one core list each other as siblings."""
    cores = {
        _read(path).strip()
        for path in (root / "sys" / "devices" / "system" / "cpu").glob(
            "cpu[0-9]*/topology/thread_siblings_list"
        )
    }
    return len(cores - {""}) or None


def _name(root: Path) -> str | None:
    for line in _read(root / "proc" / "cpuinfo").splitlines():
        key, _colon, value = line.partition(":")
        if key.strip() == "model name":
            return " ".join(value.split())
    return platform.processor() or None


def _sysctl(key: str) -> str | None:
    try:
        asked = subprocess.run(
            ["sysctl", "-n", key], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() or None


def _windows_memory() -> Memory:
    """By GlobalMemoryStatusEx (Microsoft's documentation of sysinfoapi.h). Not run on Windows by us."""
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = [
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *[
                (name, ctypes.c_ulonglong)
                for name in ("total", "available", "page", "page_free", "virtual", "virtual_free", "extended")
            ],
        ]

    status = Status(length=ctypes.sizeof(Status))
    library = getattr(ctypes, "windll", None)
    if library is None or not library.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return Memory(None, None, None)
    return Memory(int(status.total), int(status.available), None)


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isdigit() else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
