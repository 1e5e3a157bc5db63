"""Whether XLA, the compiler that fuses a step's operations, works here: tried once, on a product of two
small matrices.

On a processor the trial runs on a thread of this process (a fraction of a second). With a GPU it runs in a
process of its own: there a compiler or a library that does not fit may end the process, and nobody's
notebook should end with it. Either way it has a time limit, after which XLA counts as not working.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from bigmodel_nb import quiet
from bigmodel_nb.language import gettext as _

PATIENCE = 20.0  # seconds on a thread; about 0.3 are needed
PATIENCE_OF_CHILD = 90.0  # an import from a slow disk and the first start of a GPU

TRIAL = """
import tensorflow as tf
ones = tf.ones((4, 4))
total = tf.function(lambda x: tf.reduce_sum(tf.nn.relu(x @ x)), jit_compile=True, autograph=False)(ones)
assert float(total) == 64.0, float(total)
"""


@dataclass(frozen=True)
class Xla:
    """`works`: True, False, or None where the question does not arise; `said` is a sentence."""

    works: bool | None
    said: str
    seconds: float = 0.0

    def __str__(self) -> str:
        return self.said


_known: dict[tuple[str, bool], Xla] = {}
_lock = threading.Lock()


def try_xla(backend: str, gpu: bool = False) -> Xla:
    """The trial for the back end of this process, made once; later calls get the same answer."""
    with _lock:
        key = (backend, gpu)
        if key not in _known:
            _known[key] = _try(backend, gpu)
        return _known[key]


def _try(backend: str, gpu: bool) -> Xla:
    if backend == "jax":
        return Xla(True, _("JAX compiles everything with XLA."))
    if backend != "tensorflow":
        return Xla(None, _("XLA is not used with this back end."))
    return by_process() if gpu else by_thread()


def by_thread(trial: Callable[[], None] | None = None, patience: float = PATIENCE) -> Xla:
    """The trial on a thread of this process; `trial` raises where XLA does not work."""
    fault: list[str] = []
    finished = threading.Event()

    def run() -> None:
        try:
            (trial or (lambda: exec(TRIAL, {})))()
        except BaseException as error:
            fault.append(_short(f"{type(error).__name__}: {error}"))
        finished.set()

    start = time.perf_counter()
    with quiet.compiling():
        threading.Thread(target=run, name="trial of XLA", daemon=True).start()
        answered = finished.wait(patience)
    if not answered:
        return _late(patience)
    seconds = time.perf_counter() - start
    return Xla(False, _failed(fault[0]), seconds) if fault else _works(seconds)


def by_process(code: str = TRIAL, patience: float = PATIENCE_OF_CHILD) -> Xla:
    """The trial in a process of its own, which takes only as much of a GPU's memory as it needs."""
    start = time.perf_counter()
    try:
        child = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "TF_FORCE_GPU_ALLOW_GROWTH": "true", "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=patience,
        )
    except subprocess.TimeoutExpired:
        return _late(patience)
    except OSError as error:
        return Xla(None, _("Whether XLA works could not be found out: {error}.").format(error=error))
    seconds = time.perf_counter() - start
    if child.returncode == 0:
        return _works(seconds)
    lines = [line for line in child.stderr.splitlines() if line.strip()]
    last = lines[-1] if lines else _("it ended with status {status}").format(status=child.returncode)
    return Xla(False, _failed(_short(last)), seconds)


def _works(seconds: float) -> Xla:
    return Xla(True, _("XLA works (tried in {seconds:.1f} s).").format(seconds=seconds), seconds)


def _late(patience: float) -> Xla:
    said = _("XLA did not answer within {patience:g} s and is left out.").format(patience=patience)
    return Xla(False, said, patience)


def _failed(why: str) -> str:
    return _("XLA does not work here: {why}").format(why=why)


def _short(text: str, limit: int = 200) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
