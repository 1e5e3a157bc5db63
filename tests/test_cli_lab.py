"""`bigmodel lab` with real servers: what it prints, whom it lets in, how it stops."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pexpect
import pytest

from bigmodel_nb.cli import course, lab

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("lab")]
COMMAND = [sys.executable, "-m", "bigmodel_nb", "lab"]
LAST_LINE = "Stop with Ctrl-C."


class Server:
    """A `bigmodel lab` that has said its last line of greeting."""

    def __init__(self, folder, *arguments: str):
        self.folder = folder
        if "--port" not in arguments:  # servers that start at the same time would race for one port
            arguments = (*arguments, "--port", str(random.randrange(20000, 30000)))
        self.process = subprocess.Popen(
            [*COMMAND, *arguments], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        greeting = []
        for line in self.process.stdout:
            greeting.append(line)
            if LAST_LINE in line:
                break
        self.greeting = "".join(greeting)
        found = re.search(r"^    (http://127\.0\.0\.1:(\d+)/\S*)$", self.greeting, re.MULTILINE)
        assert found, self.greeting
        self.address, self.port = found[1], int(found[2])
        self.base, self.token = self.address.split("/lab")[0], self.address.split("token=")[1]
        self._later: list[str] = []
        self._reader = threading.Thread(target=self._later.extend, args=[self.process.stdout], daemon=True)
        self._reader.start()

    def get(self, path: str, token: str | None = None) -> tuple[int, str, str]:
        """The status, the address in the end and the text of an answer."""
        headers = {"Authorization": f"token {token}"} if token else {}
        try:
            request = urllib.request.Request(self.base + path, headers=headers)
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.url, ""

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """The exit status, and everything said after the greeting."""
        self.process.send_signal(number)
        status = self.process.wait(60)
        self._reader.join(60)
        self.process.stdout.close()
        return status, "".join(self._later)


@pytest.fixture
def start():
    """Starts servers, and leaves none behind."""
    started: list[Server] = []

    def new(*arguments) -> Server:
        started.append(Server(*arguments))
        return started[-1]

    yield new
    for one in started:
        one.process.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("reader"))
    yield running
    assert running.stop()[0] == 0


def test_the_address_opens_the_first_chapter(server, chapters):
    assert f"/lab/tree/{chapters[0].name}?token=" in server.address
    status, address, text = server.get(server.address.removeprefix(server.base))
    assert status == 200 and "/login" not in address and "JupyterLab" in text


def test_without_the_token_nothing_is_shown(server):
    assert server.get("/api/contents")[0] == 403
    assert server.get("/api/contents", token="wrong")[0] == 403
    assert "/login" in server.get("/lab")[1]
    assert server.get("/api/contents", token=server.token)[0] == 200


def test_the_server_listens_to_this_computer_only(server):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # nothing is sent; it names the address others would use
        own = probe.getsockname()[0]
    assert not own.startswith("127.")
    with pytest.raises(OSError):
        socket.create_connection((own, server.port), timeout=5).close()


def test_what_is_served_is_a_copy_with_every_chapter(server, chapters):
    listing = json.loads(server.get("/api/contents", token=server.token)[2])
    names = {entry["name"] for entry in listing["content"]}
    assert {chapter.name for chapter in chapters} | {"images"} == names
    assert "my-course, a copy that is yours" in server.greeting


def test_the_reader_is_not_greeted_by_a_question_about_news(server):
    path = "/lab/api/settings/@jupyterlab/apputils-extension:notification"
    properties = json.loads(server.get(path, token=server.token)[2])["schema"]["properties"]
    assert properties["fetchNews"]["default"] == "false"
    assert properties["checkForUpdates"]["default"] is False


def test_a_second_call_shows_the_server_that_runs(server):
    for cwd in (server.folder, server.folder / course.FOLDER):
        again = subprocess.run(COMMAND, cwd=cwd, capture_output=True, text=True, timeout=60)
        assert again.returncode == 0 and again.stderr == ""
        assert "already running" in again.stdout
        assert f"    {server.address}\n" in again.stdout


def test_a_port_that_is_taken_is_passed_over_and_another_folder_gets_its_own(server, start, tmp_path):
    other = start(tmp_path, "--port", str(server.port), "--folder", "mine here")
    assert other.port > server.port and other.token != server.token
    assert (tmp_path / "mine here" / "images").is_dir()
    assert other.stop()[0] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_with_one_line(start, tmp_path, number):
    running = start(tmp_path, "--no-browser")
    running.get(f"/api/contents/{running.address.split('/')[-1].split('?')[0]}?content=1", running.token)
    status, said = running.stop(number)
    assert (status, said) == (0, f"Stopped. Your work is in {tmp_path / course.FOLDER}.\n")


def test_ctrl_c_in_a_terminal_stops_it_at_once(tmp_path):
    terminal = pexpect.spawn(COMMAND[0], COMMAND[1:], cwd=str(tmp_path), timeout=60, encoding="utf-8")
    terminal.expect_exact(LAST_LINE)
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert "Stopped. Your work is in" in terminal.before
    assert "Traceback" not in terminal.before and "?" not in terminal.before


def test_a_server_that_died_is_not_taken_for_a_running_one(start, tmp_path):
    killed = start(tmp_path)
    assert killed.stop(signal.SIGKILL)[0] == -signal.SIGKILL
    assert lab._running_server(tmp_path / course.FOLDER) is None


def test_notes_of_jupyter_that_cannot_be_read_are_passed_over(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    for number, text in enumerate(["", "[]", "{}", '{"root_dir": "/x"}', '{"root_dir": 3, "token": "a"}']):
        (tmp_path / f"jpserver-{number}.json").write_text(text)
    closed = {"root_dir": str(tmp_path), "url": "http://127.0.0.1:9/", "token": "a", "pid": os.getpid()}
    (tmp_path / "jpserver-9.json").write_text(json.dumps(closed))
    assert lab._running_server(tmp_path) is None


@pytest.mark.parametrize("missing", ["jupyterlab", "jupyter_core"])
def test_without_jupyterlab_one_line_says_what_to_install(python, tmp_path, missing):
    code = f"""
import sys
sys.modules[{missing!r}] = None
from bigmodel_nb.cli import main
sys.exit(main(["lab", "--folder", {str(tmp_path)!r}]))
"""
    asked = python(code, fails=True)
    assert asked.stdout == ""
    assert asked.stderr == (
        'bigmodel: JupyterLab is not installed in this environment: pip install "bigmodel-nb[lab]"\n'
    )


SCREENS = [
    ("linux", {}, False),
    ("linux", {"DISPLAY": ":0"}, True),
    ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
    ("linux", {"DISPLAY": ":0", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, False),
    ("linux", {"DISPLAY": ":0", "CI": "true"}, False),
    ("darwin", {}, True),
    ("darwin", {"SSH_TTY": "/dev/ttys1"}, False),
    ("win32", {}, True),
]


@pytest.mark.parametrize(("platform", "environment", "expected"), SCREENS)
def test_a_browser_is_opened_only_where_it_is_seen(monkeypatch, platform, environment, expected):
    for name in ("CI", "SSH_CONNECTION", "SSH_TTY", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert lab.has_screen() is expected


@pytest.fixture
def served(monkeypatch):
    """What would have been served: (folder, notes, path, browser, port) of each call."""
    calls = []
    monkeypatch.setattr(lab, "_serve", lambda *arguments: calls.append(arguments) or 0)
    monkeypatch.setattr(lab, "has_screen", lambda: True)
    return calls


def test_in_place_is_the_repository_itself(served, root, chapters):
    assert lab.run(None, True, True, 8888) == 0
    assert served == [(root / "notebooks", [], f"/lab/tree/{chapters[0].name}", True, 8888)]


def test_in_place_needs_the_repository(served, tmp_path, monkeypatch):
    (tmp_path / "_notebooks").mkdir()
    monkeypatch.setattr(course, "source", lambda: tmp_path / "_notebooks")
    with pytest.raises(course.CourseError, match="clone of the repository"):
        lab.run(None, True, True, 8888)


def test_a_newer_version_is_mentioned_and_not_brought(served, tmp_path, chapters):
    folder = tmp_path / "my-course"
    course.update(course.source(), folder)
    name = chapters[0].name
    old = json.loads((folder / name).read_text())
    old["cells"][0]["source"] = "an older version"
    (folder / name).write_text(json.dumps(old))
    known = json.loads((folder / course.MANIFEST).read_text())
    known["files"][name] = course._fingerprint(folder / name)
    (folder / course.MANIFEST).write_text(json.dumps(known))
    assert lab.run(folder, False, False, 8888) == 0
    assert served[0][1] == [f"There is a newer version of {name}; `bigmodel update` brings it."]
    assert "an older version" in (folder / name).read_text()


def test_the_second_call_opens_the_browser_again(monkeypatch, tmp_path, capsys, served):
    opened = []
    monkeypatch.setattr(lab.webbrowser, "open", opened.append)
    monkeypatch.setattr(lab, "_running_server", lambda folder: {"url": "http://127.0.0.1:1/", "token": "t"})
    assert lab.run(tmp_path / "c", False, True, 8888) == 0
    assert len(opened) == 1 and opened[0].startswith("http://127.0.0.1:1/lab/tree/")
    assert lab.run(tmp_path / "c", False, False, 8888) == 0
    assert len(opened) == 1 and served == []
    assert "already running" in capsys.readouterr().out
