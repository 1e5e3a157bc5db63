"""A web server on this machine, with a cache folder of its own for each test."""

from __future__ import annotations

import hashlib
import http.server
import re
import threading
from pathlib import Path

import pytest

from bigmodel_nb.data.folders import RemoteFile


class Server(http.server.ThreadingHTTPServer):
    """Serves `files` (path to bytes). What it should do wrong is set by the test; `asked` holds the requests
    as pairs of a path and a Range."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.ranges = True
        self.lengths = True  # says how long an answer is
        self.breaks_after: list[int] = []  # one entry for each request: bytes after which it hangs up
        self.status = 0
        self.content_range: str | None = None

    def handle_error(self, request, client_address) -> None:
        pass  # a client that hangs up is what some tests are about

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def file(self, name: str, content: bytes, kind: str = "sha256", **changes) -> RemoteFile:
        """Serve `content` and say what a reader knows of it."""
        self.files["/" + name] = content
        known = {
            "name": name,
            "urls": (f"{self.address}/{name}",),
            "size": len(content),
            "checksum": f"{kind}:{hashlib.new(kind, content).hexdigest()}",
        }
        return RemoteFile(**{**known, **changes})


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.asked.append((self.path, asked))
        content = self.server.files.get(self.path)
        if self.server.status or content is None:
            self.send_error(self.server.status or 404)
            return
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and self.server.ranges else 0
        if start and start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            said = self.server.content_range or f"bytes {start}-{len(content) - 1}/{len(content)}"
            self.send_header("Content-Range", said)
        if self.server.lengths:
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        body = content[start:]
        if self.server.breaks_after:
            body = body[: self.server.breaks_after.pop(0)]
        self.wfile.write(body)

    def log_message(self, format, *args) -> None:
        pass


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    running = Server()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture
def cache(monkeypatch, tmp_path) -> Path:
    """An empty cache, and no folder of the reader's."""
    monkeypatch.delenv("BIGMODEL_DATA", raising=False)
    monkeypatch.setenv("BIGMODEL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"
