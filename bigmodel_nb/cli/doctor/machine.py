"""The computer: graphics processor, memory, disk, folders that can be written, the way to itself."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from bigmodel_nb.cli import course
from bigmodel_nb.cli.doctor import installation
from bigmodel_nb.cli.doctor.finding import Finding, limit, ok, wrong
from bigmodel_nb.language import gettext as _

GB = 1e9
MEMORY_NEEDED, MEMORY_WISHED = 1 * GB, 3 * GB
DISK_NEEDED, DISK_WISHED = 0.1 * GB, 1 * GB


def examine_gpu(facts: dict[str, Any]) -> Finding:
    """A graphics processor, and why TensorFlow does not see the one that is there."""
    topic, seen = "GPU", facts.get("gpus")
    if seen:
        return ok(topic, _("TensorFlow sees {count}").format(count=seen), f"{seen} GPU")
    name, trouble = _nvidia()
    if name is None and trouble is None:
        return ok(topic, _("none found; the course is made for the processor"), "no GPU")
    if trouble is not None:
        return limit(
            topic,
            _("nvidia-smi finds no working driver ({trouble}); the course uses the processor").format(
                trouble=trouble
            ),
            "GPU driver broken",
            _("install NVIDIA's driver anew and restart the computer"),
        )
    if seen is None:
        return ok(
            topic, _("{name} is there; TensorFlow could not be asked").format(name=name), "GPU not asked"
        )
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        return limit(
            topic,
            _("{name} is there; CUDA_VISIBLE_DEVICES hides it").format(name=name),
            "GPU hidden",
            "unset CUDA_VISIBLE_DEVICES",
        )
    if sys.platform == "win32":
        return limit(
            topic,
            _("{name} is there; on Windows TensorFlow uses it in WSL2 only").format(name=name),
            "GPU unused on Windows",
            "wsl --install",
        )
    why = (
        _("CUDA's libraries are missing")
        if facts.get("cuda")
        else _("this TensorFlow was built without CUDA")
    )
    wanted = installation.requirements().get("tensorflow", "")
    return limit(
        topic,
        _("{name} is there; TensorFlow does not see it: {why}. The course uses the processor").format(
            name=name, why=why
        ),
        "GPU unused",
        installation.pip_install(f"tensorflow[and-cuda]{wanted}"),
    )


def _nvidia() -> tuple[str | None, str | None]:
    """The name of NVIDIA's card, or what is wrong with its driver; (None, None) where there is none."""
    program = shutil.which("nvidia-smi") or shutil.which("nvidia-smi", path="/usr/lib/wsl/lib")
    if program is None:
        return None, None
    try:
        asked = subprocess.run(
            [program, "--query-gpu=name", "--format=csv,noheader"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=20,
        )
    except subprocess.TimeoutExpired:
        return None, _("it does not answer")
    except OSError as error:
        return None, error.strerror or str(error)
    said = [line.strip() for line in (asked.stdout + asked.stderr).splitlines() if line.strip()]
    if asked.returncode != 0:
        return None, said[0] if said else _("status {status}").format(status=asked.returncode)
    if not said or said[0].startswith("No devices"):
        return None, None
    return said[0], None


def examine_memory(folder: Path = Path("/")) -> Finding:
    """Memory of the computer or, if that is less, of the container. `folder` holds proc and sys."""
    topic, (total, free) = _("Memory"), _memory(folder)
    if total is None:
        return ok(topic, _("cannot be told on this system"), "memory unknown")
    free = total if free is None else free
    said = _("{free:.1f} GB free of {total:.1f}").format(free=free / GB, total=total / GB)
    short = f"memory {free / GB:.1f}/{total / GB:.1f} GB"
    if total < MEMORY_NEEDED:
        return wrong(
            topic,
            _("{said}; TensorFlow needs about 1").format(said=said),
            short,
            _("use a larger computer or container, or Google Colab: bigmodel colab --out FOLDER"),
        )
    if free < MEMORY_WISHED:
        return limit(
            topic,
            _("{said}; training may be slow or end early").format(said=said),
            short,
            _("close other programs and notebooks"),
        )
    return ok(topic, said, short)


def _memory(folder: Path) -> tuple[float | None, float | None]:
    """Bytes in all and free; None where it cannot be told."""
    if sys.platform == "darwin":
        asked = subprocess.run(["sysctl", "-n", "hw.memsize"], capture_output=True, text=True)
        return (float(asked.stdout), None) if asked.stdout.strip().isdigit() else (None, None)
    try:
        lines = (folder / "proc" / "meminfo").read_text().splitlines()
        table = {line.split(":")[0]: 1024.0 * float(line.split()[1]) for line in lines if " kB" in line}
        total, free = table["MemTotal"], table["MemAvailable"]
    except (OSError, ValueError, KeyError, IndexError):
        return None, None
    limits = folder / "sys" / "fs" / "cgroup"
    for most, used in (
        (limits / "memory.max", limits / "memory.current"),
        (limits / "memory" / "memory.limit_in_bytes", limits / "memory" / "memory.usage_in_bytes"),
    ):
        try:
            allowed = float(most.read_text())
            if allowed < total:
                total, free = allowed, min(free, allowed - float(used.read_text()))
        except (OSError, ValueError):
            continue  # no container, or one without a limit ("max")
    return total, max(free, 0.0)


def examine_disk(folders: list[Path]) -> Finding:
    """Room in the course's folder and for temporary files."""
    topic, worst = _("Disk"), None
    for folder in folders:
        existing = _existing(folder)
        try:
            free = shutil.disk_usage(existing).free
        except OSError:
            continue
        if worst is None or free < worst[0]:
            worst = (free, existing)
    if worst is None:
        return limit(topic, _("the free room cannot be told"), "disk unknown")
    said, short = _("{free:.1f} GB free").format(free=worst[0] / GB), f"disk {worst[0] / GB:.1f} GB"
    where = _("{said} in {folder}").format(said=said, folder=worst[1])
    if worst[0] < DISK_NEEDED:
        return wrong(topic, where, short, _("delete what you do not need; pip cache purge frees some"))
    if worst[0] < DISK_WISHED:
        return limit(
            topic,
            _("{where}; data sets may not fit").format(where=where),
            short,
            _("delete what you do not need; pip cache purge frees some"),
        )
    return ok(topic, said, short)


def course_folder() -> Path:
    """Where the reader's copy is or would be made."""
    here = Path.cwd()
    return here if (here / course.MANIFEST).is_file() else here / course.FOLDER


def progress_file() -> Path:
    """As bigmodel_nb.progress has it, which needs NumPy."""
    named = os.environ.get("BIGMODEL_PROGRESS", "").strip()
    try:
        return Path(named or "~/.bigmodel_nb/progress.json").expanduser()
    except RuntimeError:
        return Path(tempfile.gettempdir())


def temporary_folder() -> Path | None:
    try:
        return Path(tempfile.gettempdir())
    except OSError:  # none of the usual folders can be written
        return None


def examine_folders() -> list[Finding]:
    """Whether the course, the progress file and temporary files can be written."""
    findings = []
    if trouble := _unwritable(course_folder()):
        findings.append(
            wrong(
                _("Folder"),
                _("the course cannot be kept in {folder}: {trouble}").format(
                    folder=course_folder(), trouble=trouble
                ),
                "course folder unwritable",
                _("change to a folder of yours (cd), or name one: bigmodel lab --folder FOLDER"),
            )
        )
    if temporary_folder() is None:
        findings.append(
            wrong(
                _("Folder"),
                _("there is no folder for temporary files that can be written"),
                "no temporary folder",
                "export TMPDIR=~/tmp && mkdir -p ~/tmp",
            )
        )
    progress = progress_file()
    trouble = _("it is a folder") if progress.is_dir() else _unwritable(progress.parent)
    if trouble:
        findings.append(
            limit(
                _("Progress"),
                _("your answers cannot be kept in {path}: {trouble}").format(path=progress, trouble=trouble),
                "progress unwritable",
                "export BIGMODEL_PROGRESS=~/bigmodel-progress.json",
            )
        )
    if not findings:
        findings.append(ok(_("Folders"), _("course, progress and temporary files can be written"), "folders"))
    return findings


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    for each in (folder, *folder.parents):
        if each.exists():
            return each
    return folder


def _unwritable(folder: Path) -> str | None:
    """Why nothing can be written in a folder, or in the one in which it would be made."""
    try:
        with tempfile.TemporaryFile(dir=_existing(folder)) as file:
            file.write(b"bigmodel" * 512)
            file.flush()
    except OSError as error:
        return error.strerror or str(error)
    return None


def examine_network() -> Finding:
    """The way from this computer to itself, which pages and kernels take."""
    topic = _("Network")
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            with socket.create_connection(server.getsockname()[:2], timeout=5):
                pass
    except OSError as error:
        return wrong(
            topic,
            _("this computer cannot reach itself at 127.0.0.1: {reason}").format(
                reason=error.strerror or error
            ),
            "no 127.0.0.1",
            _("allow Python in your firewall"),
        )
    proxies = urllib.request.getproxies()
    if proxies.get("http") and not urllib.request.proxy_bypass("127.0.0.1"):
        return limit(
            topic,
            _("a proxy is set, also for this computer itself; pages may not open"),
            "proxy without no_proxy",
            "export no_proxy=localhost,127.0.0.1",
        )
    return ok(topic, _("this computer reaches itself"), "network")


def system() -> str:
    """Linux 6.1 x86_64; WSL is named."""
    wsl = " (WSL)" if "microsoft" in platform.release().lower() else ""
    release = ".".join(platform.release().split(".")[:2])
    return f"{platform.system()} {release} {platform.machine()}{wsl}"
