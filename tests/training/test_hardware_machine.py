"""Cores, memory and graphics cards, read from folders made up for the tests, and from this machine."""

from __future__ import annotations

import os
import subprocess

import pytest

from bigmodel_nb.training.hardware.cards import Card, find_cards
from bigmodel_nb.training.hardware.processor import Memory, Processor, find_memory, find_processor

MEMINFO = "MemTotal:       8000000 kB\nMemFree:  1 kB\nMemAvailable:   6000000 kB\nHugePages_Total:  0\n"


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


# -- processor ------------------------------------------------------------------------------


def test_this_machine_has_a_processor():
    found = find_processor()
    assert found.logical == os.cpu_count() and 1 <= found.usable <= found.logical
    assert found.physical is None or found.physical <= found.logical
    assert str(found.usable) in str(found)


def test_siblings_are_one_core(tmp_path):
    topology = "sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"
    files = {topology.format(n): f"{n % 2},{n % 2 + 2}\n" for n in range(4)}
    assert find_processor(write(tmp_path, files)).physical == 2


def test_what_cannot_be_told_is_none_and_said(tmp_path):
    found = find_processor(tmp_path)
    assert found.physical is None and found.quota is None
    assert "an unknown number of cores" in str(found)


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"sys/fs/cgroup/cpu.max": "150000 100000\n"}, 1.5),
        ({"sys/fs/cgroup/cpu.max": "max 100000\n"}, None),
        (
            {
                "proc/self/cgroup": "0::/user/app\n",
                "sys/fs/cgroup/user/cpu.max": "50000 100000\n",
                "sys/fs/cgroup/user/app/cpu.max": "400000 100000\n",
            },
            0.5,
        ),
        (
            {
                "proc/self/cgroup": "4:cpu,cpuacct:/box\n0::/\n",
                "sys/fs/cgroup/cpu/box/cpu.cfs_quota_us": "300000\n",
                "sys/fs/cgroup/cpu/box/cpu.cfs_period_us": "100000\n",
            },
            3.0,
        ),
        (
            {
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            None,
        ),
        ({"proc/self/cgroup": "nonsense\n", "sys/fs/cgroup/cpu.max": "a lot\n"}, None),
    ],
)
def test_the_quota_of_a_container_in_both_versions_of_cgroups(tmp_path, files, quota):
    assert find_processor(write(tmp_path, files)).quota == quota


@pytest.mark.parametrize(
    ("logical", "allowed", "quota", "usable"),
    [
        (8, 8, None, 8),
        (8, 2, None, 2),
        (8, 8, 2.2, 3),
        (8, 8, 0.2, 1),
        (None, None, None, 1),
        (4, None, 9.0, 4),
    ],
)
def test_the_smallest_limit_counts(logical, allowed, quota, usable):
    found = Processor("a processor", 4, logical, allowed, quota)
    assert found.usable == usable
    assert ("given the time of" in str(found)) == (quota is not None and quota < 4)


# -- memory ---------------------------------------------------------------------------------


def test_memory_without_a_container(tmp_path):
    found = find_memory(write(tmp_path, {"proc/meminfo": MEMINFO}), "linux")
    assert found == Memory(8_192_000_000, 6_144_000_000, None)
    assert str(found) == "8.2 GB, 6.1 GB available"


@pytest.mark.parametrize(
    ("group", "most", "used"),
    [
        ("0::/\n", "sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.current"),
        ("0::/a/b\n", "sys/fs/cgroup/a/memory.max", "sys/fs/cgroup/a/memory.current"),
        (
            "4:memory:/box\n",
            "sys/fs/cgroup/memory/box/memory.limit_in_bytes",
            "sys/fs/cgroup/memory/box/memory.usage_in_bytes",
        ),
    ],
)
def test_the_limit_of_a_container(tmp_path, group, most, used):
    files = {"proc/meminfo": MEMINFO, "proc/self/cgroup": group, most: "3000000000\n", used: "1000000000\n"}
    found = find_memory(write(tmp_path, files), "linux")
    assert (found.limit, found.available, found.usable) == (3_000_000_000, 2_000_000_000, 2_000_000_000)
    assert "limit of the container: 3.0 GB" in str(found)


@pytest.mark.parametrize("most", ["max", "9223372036854771712", ""])
def test_no_limit_is_none(tmp_path, most):
    files = {"proc/meminfo": MEMINFO, "sys/fs/cgroup/memory.max": most}
    assert find_memory(write(tmp_path, files), "linux").limit is None


def test_memory_that_cannot_be_told(tmp_path):
    found = find_memory(write(tmp_path, {"proc/meminfo": "MemTotal: lots\n"}), "linux")
    assert found == Memory(None, None, None) and "could not be found out" in str(found)
    assert "how much is free could not be found out" in str(Memory(8 * 10**9, None, None))


# -- graphics cards -------------------------------------------------------------------------

A100 = "NVIDIA A100-SXM4-40GB, 40960, 550.54.15, 8.0, 400.00\n"
NVIDIA_ON_THE_BUS = {
    "sys/bus/pci/devices/0000:01:00.0/vendor": "0x10de\n",
    "sys/bus/pci/devices/0000:01:00.0/class": "0x030200\n",
    "sys/bus/pci/devices/0000:01:00.0/device": "0x20b0\n",
}


def smi(said, status=0):
    """Stands for nvidia-smi: keyword arguments for `find_cards`."""

    def ask(arguments):
        if isinstance(said, Exception):
            raise said
        return status, said(arguments) if callable(said) else said

    return {"find": lambda: "nvidia-smi", "ask": ask}


NO_PROGRAM = {"find": lambda: None}


def test_cards_by_nvidia_s_program(tmp_path):
    found = find_cards(tmp_path, "linux", **smi(A100 * 2))
    assert (
        found.cards
        == (Card("NVIDIA A100-SXM4-40GB", "NVIDIA", 40960 * 2**20, (8, 0), "550.54.15", 400.0),) * 2
    )
    assert found.trouble is None


def test_a_field_may_be_missing(tmp_path):
    (card,) = find_cards(tmp_path, "linux", **smi("NVIDIA GB10, [N/A], 580.1, 12.1, [N/A]\n")).cards
    assert card == Card("NVIDIA GB10", "NVIDIA", None, (12, 1), "580.1", None)


def test_an_old_program_does_not_know_the_capability(tmp_path):
    def ask(arguments):
        if "compute_cap" in arguments[1]:
            return 2, 'Field "compute_cap" is not a valid field to query.'
        return 0, "Tesla K80, 11441, 450.119\n"

    (card,) = find_cards(tmp_path, "linux", find=lambda: "nvidia-smi", ask=ask).cards
    assert card == Card("Tesla K80", "NVIDIA", 11441 * 2**20, None, "450.119")


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (
            smi("NVIDIA-SMI has failed because it couldn't communicate", 9),
            "no working driver (NVIDIA-SMI has",
        ),
        (smi("", 6), "no working driver (status 6)"),
        (smi(subprocess.TimeoutExpired("nvidia-smi", 20)), "does not answer"),
        (smi(PermissionError(13, "Permission denied")), "cannot be run: Permission denied"),
    ],
)
def test_a_broken_driver(tmp_path, program, words):
    found = find_cards(tmp_path, "linux", **program)
    assert words in found.trouble and len(found.cards) == 1


def test_no_devices_is_no_trouble(tmp_path):
    found = find_cards(tmp_path, "linux", **smi("No devices were found\n"))
    assert found.cards == () and found.trouble is None


def test_a_card_without_a_driver_is_found_on_the_bus(tmp_path):
    found = find_cards(write(tmp_path, NVIDIA_ON_THE_BUS), "linux", **NO_PROGRAM)
    assert [card.name for card in found.cards] == ["NVIDIA card (PCI device 0x20b0)"]
    assert "no driver of NVIDIA's is loaded" in found.trouble


def test_a_driver_without_its_program(tmp_path):
    files = {"proc/driver/nvidia/gpus/0/information": "Model: \t\t Tesla T4\nIRQ:  10\n", **NVIDIA_ON_THE_BUS}
    found = find_cards(write(tmp_path, files), "linux", **NO_PROGRAM)
    assert [card.name for card in found.cards] == ["Tesla T4"] and found.trouble == "nvidia-smi is missing"


@pytest.mark.parametrize(
    ("vendor", "kind", "names"),
    [("0x1002", "0x030000", ["AMD"]), ("0x8086", "0x030000", []), ("0x10de", "0x040300", [])],
)
def test_displays_of_others_and_nvidia_s_sound(tmp_path, vendor, kind, names):
    place = "sys/bus/pci/devices/0000:01:00.0/"
    files = {place + "vendor": vendor, place + "class": kind, place + "device": "0x1"}
    found = find_cards(write(tmp_path, files), "linux", **NO_PROGRAM)
    assert [card.vendor for card in found.cards] == names and found.trouble is None


def test_what_was_not_looked_at_is_said(tmp_path):
    assert "PCI devices cannot be read" in find_cards(tmp_path, "linux", **NO_PROGRAM).unknown[0]
    assert "Windows" in find_cards(tmp_path, "win32", **NO_PROGRAM).unknown[0]
    assert "Mac" in find_cards(tmp_path, "darwin", "x86_64").unknown[0]
    assert find_cards(tmp_path, "darwin", "arm64").cards[0].vendor == "Apple"
