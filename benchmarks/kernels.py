"""Running code in a fresh Jupyter kernel and getting numbers back."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator

from jupyter_client.manager import KernelManager


class Kernel:
    """A running kernel. `value(code)` runs a cell and returns what its last `print` says, as Python."""

    def __init__(self, client):
        self.client = client

    def value(self, code: str, timeout: float = 300):
        printed: list[str] = []
        problems: list[str] = []

        def listen(message):
            content = message["content"]
            if message["msg_type"] == "stream" and content["name"] == "stdout":
                printed.append(content["text"])
            elif message["msg_type"] == "error":
                problems.append("\n".join(content["traceback"]))

        self.client.execute_interactive(code, timeout=timeout, output_hook=listen)
        if problems:
            raise RuntimeError(problems[0])
        text = "".join(printed).strip()
        return ast.literal_eval(text.splitlines()[-1]) if text else None


@contextlib.contextmanager
def kernel() -> Iterator[Kernel]:
    """A fresh kernel, shut down at the end."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
