"""Questions that are asked of another Python process, so that the doctor outlives what it finds:
an import that ends the process, or one that never ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

MARK = "bigmodel-doctor:"

# Before the code of a question: `say(name=value)` answers, at once, so that what was found out before
# a crash is known.
PREAMBLE = f"""
import json, os, sys, time
def say(**facts):
    print("{MARK}" + json.dumps(facts), flush=True)
"""


@dataclass(frozen=True)
class Answer:
    """`facts`: what the process said; `status`: its exit status, negative where a signal ended it,
    None where time ran out; `error`: what it wrote to stderr."""

    facts: dict[str, Any] = field(default_factory=dict)
    status: int | None = 0
    error: str = ""

    @property
    def last_line(self) -> str:
        """The last line of a traceback says what is wrong."""
        lines = [line.strip() for line in self.error.splitlines() if line.strip()]
        return lines[-1] if lines else ""


def ask(code: str, seconds: float, **environment: str) -> Answer:
    """Run `code` in a Python of this environment for at most `seconds`."""
    process = subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + code],
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    status: int | None
    try:
        out, error = process.communicate(timeout=seconds)
        status = process.returncode
    except subprocess.TimeoutExpired:
        _end(process)
        try:
            out, error = process.communicate(timeout=5)
        except subprocess.TimeoutExpired:  # a grandchild holds the pipes
            out, error = "", ""
        status = None
    facts: dict[str, Any] = {}
    for line in out.splitlines():
        _before, mark, text = line.partition(MARK)
        if mark:
            facts.update(json.loads(text))
    return Answer(facts, status, error)


def _end(process: subprocess.Popen[str]) -> None:
    """End the process and what it started."""
    if sys.platform == "win32":
        process.kill()
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        process.kill()
