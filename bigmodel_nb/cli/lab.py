"""`bigmodel lab`: JupyterLab on the reader's copy of the course, on this computer only."""

from __future__ import annotations

import json
import logging
import os
import secrets
import signal
import sys
import urllib.parse
import urllib.request
import webbrowser
from pathlib import Path
from typing import Any

import bigmodel_nb
from bigmodel_nb.cli import course
from bigmodel_nb.language import gettext as _


def run(folder: Path | None, in_place: bool, browser: bool, port: int) -> int:
    """Open the course and serve it until Ctrl-C; returns the exit status."""
    browser = browser and has_screen()
    folder, notes = _in_place() if in_place else _own_copy(folder)
    first = course.first_chapter(folder)
    path = f"/lab/tree/{urllib.parse.quote(first)}" if first else "/lab"

    running = _running_server(folder)
    if running is not None:
        _say(folder, notes, f"{running['url'].rstrip('/')}{path}?token={running['token']}", again=True)
        if browser:
            webbrowser.open(f"{running['url'].rstrip('/')}{path}?token={running['token']}")
        return 0
    return _serve(folder, notes, path, browser, port)


def _in_place() -> tuple[Path, list[str]]:
    folder = course.source()
    if not course.is_repository(folder):
        raise course.CourseError(
            _("--in-place is for a clone of the repository, installed with pip install -e .")
        )
    return folder, []


def _own_copy(folder: Path | None) -> tuple[Path, list[str]]:
    folder = course.choose_folder(folder)
    origin = course.source()
    fresh = not folder.exists()
    changes = course.add_missing(origin, folder)
    notes = course.report(changes, folder) if changes else []
    if fresh:
        notes = [_("The chapters are now in {folder}, a copy that is yours.").format(folder=folder)]
    newer = course.outdated(origin, folder)
    if newer:
        notes.append(
            _("There is a newer version of {files}; `bigmodel update` brings it.").format(
                files=", ".join(newer)
            )
        )
    return folder, notes


def has_screen() -> bool:
    """Whether a browser opened from here would be seen."""
    if any(os.environ.get(name) for name in ("CI", "SSH_CONNECTION", "SSH_TTY")):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _running_server(folder: Path) -> dict[str, Any] | None:
    """What Jupyter noted about a server that already shows this folder and answers, if any."""
    try:
        from jupyter_core.paths import jupyter_runtime_dir
    except ImportError:
        raise _not_installed() from None
    wanted = os.path.realpath(folder)
    for note in sorted(Path(jupyter_runtime_dir()).glob("jpserver-*.json")):
        try:
            server = json.loads(note.read_text(encoding="utf-8"))
            if os.path.realpath(server["root_dir"]) == wanted and server["token"]:
                request = urllib.request.Request(
                    f"{server['url'].rstrip('/')}/api/status",
                    headers={"Authorization": f"token {server['token']}"},
                )
                # no proxy stands between this computer and itself
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                with opener.open(request, timeout=3):
                    return dict(server)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # gone without tidying up, not ours to read, or about to be written
    return None


def _serve(folder: Path, notes: list[str], path: str, browser: bool, port: int) -> int:
    # A kernel of this environment, not one that the user keeps elsewhere under the same name.
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    # Kernels would otherwise open with a warning about debugging Python's own frozen modules.
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    # Defaults for this server's pages, below the user's own settings: the first thing that a reader
    # sees shall not be a question about Jupyter's news.
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(
        filter(None, [str(Path(__file__).parent / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH")])
    )
    try:
        from jupyterlab.labapp import LabApp
    except ImportError:
        raise _not_installed() from None

    token = secrets.token_hex(24)
    server = LabApp.initialize_server(
        argv=[
            f"--ServerApp.root_dir={folder}",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=50",
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.allow_remote_access=False",
            "--ServerApp.allow_root=True",  # containers; the address above keeps others out
            f"--ServerApp.open_browser={browser}",
            f"--IdentityProvider.token={token}",
            "--Application.log_level=WARN",
            f"--LabApp.default_url={path}",
            *_encryption(),
        ]
    )
    for handler in server.log.handlers:
        handler.addFilter(_worth_saying)
    for number in (signal.SIGINT, signal.SIGTERM):
        # Jupyter's own handler would ask whether Ctrl-C was meant.
        signal.signal(number, lambda *_ignored: server.stop(from_signal=True))
    # Jupyter listens from the first turn of its loop on: only then does the address answer.
    address = f"http://127.0.0.1:{server.port}{path}?token={token}"
    server.io_loop.add_callback(_say, folder, notes, address)
    server.start()
    print(_("Stopped. Your work is in {folder}.").format(folder=folder))
    return 0


def _encryption() -> list[str]:
    """Encrypted channels between server and kernel where Jupyter offers them; kernels that could
    have them and do not open with a long warning."""
    import zmq
    from jupyter_client import KernelManager

    available = KernelManager.class_traits().get("transport_encryption") is not None and zmq.has("curve")
    return ["--KernelManager.transport_encryption=auto"] if available else []


def _worth_saying(record: logging.LogRecord) -> bool:
    """Whether a line of the server's log could matter to a reader: not that an unread chapter is
    "not trusted" yet, nor that Jupyter corrects a default of its own."""
    message = record.getMessage()
    return not any(part in message for part in ("is not trusted", "websocket_ping_timeout"))


def _say(folder: Path, notes: list[str], address: str, again: bool = False) -> None:
    print(f"bigmodel_nb {bigmodel_nb.__version__}")
    for note in notes:
        print(note)
    if again:
        print(_("JupyterLab is already running on {folder}:").format(folder=folder))
    else:
        print(_("The course is open in JupyterLab. If no browser comes up, open this address:"))
    print(f"\n    {address}\n")
    if not again:
        if os.environ.get("SSH_CONNECTION"):
            port = urllib.parse.urlsplit(address).port
            print(_("From your own computer, first: ssh -L {port}:127.0.0.1:{port} ...").format(port=port))
        print(_("What you write is kept in {folder}. Stop with Ctrl-C.").format(folder=folder))
    sys.stdout.flush()


def _not_installed() -> course.CourseError:
    return course.CourseError(
        _('JupyterLab is not installed in this environment: pip install "bigmodel-nb[lab]"')
    )
