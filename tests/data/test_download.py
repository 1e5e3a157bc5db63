"""Downloads from a server on this machine that does what servers do: break off, lie, go away."""

from __future__ import annotations

import errno
import os
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from bigmodel_nb.data import download
from bigmodel_nb.data.download import DownloadError, fetch
from bigmodel_nb.data.folders import RemoteFile

CONTENT = np.random.default_rng(0).bytes(300_000)
OTHER = CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


class TestWhatArrives:
    @pytest.mark.parametrize("kind", ["sha256", "md5"])
    def test_is_kept_and_not_asked_for_again(self, server, cache, kind):
        file = server.file("sets/a.gz", CONTENT, kind)
        path = fetch(file, progress=False)
        assert path == cache / "sets" / "a.gz" and path.read_bytes() == CONTENT
        assert fetch(file, progress=False) == path and len(server.asked) == 1
        assert names(cache) == ["a.gz"]

    def test_without_a_stated_length(self, server, cache):
        server.lengths = False
        assert fetch(server.file("a", CONTENT), progress=False).read_bytes() == CONTENT

    def test_from_the_second_address(self, server, cache):
        file = server.file("a", CONTENT)
        gone = RemoteFile(file.name, (f"{server.address}/gone", *file.urls), file.size, file.checksum)
        assert fetch(gone, progress=False).read_bytes() == CONTENT

    def test_damage_in_the_cache_is_mended(self, server, cache):
        file = server.file("a", CONTENT)
        cache.mkdir()
        for damaged in (OTHER, CONTENT[:1000], CONTENT * 2, b""):
            (cache / "a").write_bytes(damaged)
            assert fetch(file, progress=False).read_bytes() == CONTENT


class TestResuming:
    def test_a_broken_connection_goes_on_where_it_ended(self, server, cache):
        server.breaks_after = [100_000, 50_000]
        assert fetch(server.file("a", CONTENT), progress=False).read_bytes() == CONTENT
        assert [asked for _path, asked in server.asked] == [None, "bytes=100000-", "bytes=150000-"]

    def test_a_server_without_ranges_begins_anew(self, server, cache):
        server.breaks_after, server.ranges = [100_000], False
        assert fetch(server.file("a", CONTENT), progress=False).read_bytes() == CONTENT
        assert len(server.asked) == 2

    def test_the_next_call_takes_up_what_an_earlier_one_left(self, server, cache):
        file = server.file("a", CONTENT)
        server.breaks_after = [100_000, 0]
        with pytest.raises(DownloadError, match="ended after 100,000 bytes of 300,000"):
            fetch(file, progress=False)
        assert names(cache) == ["a.part"]
        assert fetch(file, progress=False).read_bytes() == CONTENT
        assert server.asked[-1] == ("/a", "bytes=100000-") and names(cache) == ["a"]

    def test_a_leftover_that_does_not_fit_is_thrown_away(self, server, cache):
        cache.mkdir()
        for left in (OTHER[::-1][:1000], OTHER, CONTENT * 2):
            (cache / "a.part").write_bytes(left)
            file = server.file("a", CONTENT)
            assert fetch(file, progress=False).read_bytes() == CONTENT
            assert names(cache) == ["a"]
            (cache / "a").unlink()

    def test_what_a_killed_process_left_is_taken_up_once_it_is_old(self, server, cache):
        file = server.file("a", CONTENT)
        cache.mkdir()
        left = cache / "a.0123456789ab.part"
        left.write_bytes(CONTENT[:1000])
        fetch(file, progress=False)
        assert server.asked[-1][1] is None and left.exists()  # its owner may be alive
        (cache / "a").unlink()
        os.utime(left, (0, 0))
        fetch(file, progress=False)
        assert server.asked[-1][1] == "bytes=1000-" and names(cache) == ["a"]

    def test_what_is_taken_up_is_not_old_any_more(self, cache):
        cache.mkdir()
        (cache / "a.part").write_bytes(b"beginning")
        os.utime(cache / "a.part", (0, 0))
        mine = download._claim(cache / "a")
        assert mine.read_bytes() == b"beginning" and download._left(cache / "a") == []

    def test_once_the_file_is_there_nothing_else_is(self, server, cache):
        cache.mkdir()
        for name in ("a.part", "a.0123456789ab.part", "a.ba9876543210.part"):
            (cache / name).write_bytes(CONTENT[:10])
            os.utime(cache / name, (0, 0))
        (cache / "aa.part").write_bytes(b"of another file")
        fetch(server.file("a", CONTENT), progress=False)
        assert names(cache) == ["a", "aa.part"]

    def test_a_leftover_longer_than_what_the_server_has(self, server, cache):
        file = server.file("a", CONTENT)
        cache.mkdir()
        (cache / "a.part").write_bytes(CONTENT[:1000])
        server.files["/a"] = CONTENT[:500]
        with pytest.raises(DownloadError, match="another file lies there: 500 bytes instead of 300,000"):
            fetch(file, progress=False)
        assert [asked for _path, asked in server.asked] == ["bytes=1000-", None] and names(cache) == []

    def test_an_interrupt_keeps_what_is_there(self, server, cache):
        def stop(done, full):
            if done >= 65536:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fetch(server.file("a", CONTENT), progress=stop)
        assert names(cache) == ["a.part"] and (cache / "a.part").stat().st_size >= 65536

    def test_another_piece_than_the_one_asked_for(self, server, cache):
        server.breaks_after = [1000]
        server.content_range = "bytes 0-9/10"
        with pytest.raises(DownloadError, match="another piece"):
            fetch(server.file("a", CONTENT), progress=False)


class TestWhatIsRefused:
    """Each with one error that says what was tried and what works instead, and a cache as before."""

    def refused(self, file, cache, words: str) -> DownloadError:
        before = names(cache)
        with pytest.raises(DownloadError, match=words) as caught:
            fetch(file, instead="load_digits() needs no network.", progress=False, timeout=5)
        message = str(caught.value)
        assert message.startswith("a could not be had.\n") and "BIGMODEL_DATA" in message
        assert message.endswith("load_digits() needs no network.")
        assert f"{cache / 'a'}: not there" in message
        assert len(caught.value.tried) >= 2 and caught.value.__cause__ is None
        assert names(cache) == before
        return caught.value

    def test_a_wrong_sum(self, server, cache):
        file = server.file("a", CONTENT)
        server.files["/a"] = OTHER
        self.refused(file, cache, r"/a: it is corrupt, or another file: its sha256 sum differs")
        assert len(server.asked) == 1

    @pytest.mark.parametrize("content", [b"<html>Please log in</html>", CONTENT * 2, CONTENT[:-1]])
    def test_another_length(self, server, cache, content):
        file = server.file("a", CONTENT)
        server.files["/a"] = content
        self.refused(file, cache, rf"another file lies there: {len(content):,} bytes instead of 300,000")

    def test_more_than_there_should_be(self, server, cache):
        file = server.file("a", CONTENT)
        server.files["/a"], server.lengths = CONTENT * 50, False
        self.refused(file, cache, r"it sends more than the 300,000 bytes")

    def test_nothing_at_all(self, server, cache):
        file = server.file("a", CONTENT)
        server.files["/a"], server.lengths = b"", False
        self.refused(file, cache, "ended after 0 bytes of 300,000")

    @pytest.mark.parametrize("status", [403, 404, 416, 500, 503])
    def test_a_server_that_says_no(self, server, cache, status):
        file = server.file("a", CONTENT)
        server.status = status
        self.refused(file, cache, f"the server answers {status} ")

    def test_a_server_that_is_not_there(self, server, cache):
        file = server.file("a", CONTENT, urls=("http://127.0.0.1:9/a", "http://127.0.0.1:9/b"))
        error = self.refused(file, cache, "no connection")
        assert [line.split(": ")[0] for line in error.tried[-2:]] == list(file.urls)

    def test_a_server_that_is_silent(self, server, cache, monkeypatch):
        import socket

        with socket.create_server(("127.0.0.1", 0)) as silent:
            file = server.file("a", CONTENT, urls=(f"http://127.0.0.1:{silent.getsockname()[1]}/a",))
            with pytest.raises(DownloadError, match=r"no connection \(timed out\)"):
                fetch(file, progress=False, timeout=0.1)

    def test_a_server_that_speaks_no_http(self, server, cache):
        import socket
        import threading

        with socket.create_server(("127.0.0.1", 0)) as odd:

            def answer():
                connection, _address = odd.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(b"SSH-2.0-OpenSSH\r\n\r\n")

            thread = threading.Thread(target=answer)
            thread.start()
            file = server.file("a", CONTENT, urls=(f"http://127.0.0.1:{odd.getsockname()[1]}/a",))
            self.refused(file, cache, "no connection")
            thread.join()

    @pytest.mark.parametrize("timeout", [0, -1, "soon", float("nan")])
    def test_a_timeout_that_is_none(self, server, cache, timeout):
        with pytest.raises((TypeError, ValueError), match=r"^timeout must be a positive number"):
            fetch(server.file("a", CONTENT), timeout=timeout)


class TestThisDisk:
    def test_too_little_room_is_noticed_before_loading(self, server, cache, monkeypatch):
        usage = shutil.disk_usage("/")._replace(free=1000)
        monkeypatch.setattr(download.shutil, "disk_usage", lambda folder: usage)
        with pytest.raises(DownloadError, match="the disk is full; the file needs 300,000 bytes"):
            fetch(server.file("a", CONTENT), progress=False)
        assert server.asked == [] and names(cache) == []

    def test_a_disk_that_fills_up_on_the_way(self, server, cache, monkeypatch):
        monkeypatch.setattr(download, "open", self.full_after(100_000), raising=False)
        with pytest.raises(DownloadError, match="the disk is full"):
            fetch(server.file("a", CONTENT), progress=False)
        assert names(cache) == []  # nor does the beginning stay and keep it full

    @staticmethod
    def full_after(limit):
        def opened(path, mode):
            file = open(path, mode)
            write = file.write

            class Full:
                def __enter__(self):
                    return self

                def __exit__(self, *error):
                    file.close()

                def seek(self, place):
                    file.seek(place)

                def write(self, block):
                    if file.tell() + len(block) > limit:
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                    return write(block)

            return Full()

        return opened

    def test_a_folder_that_cannot_be_made(self, server, cache):
        cache.write_text("a file where the folder should be")
        with pytest.raises(DownloadError, match=r"cannot be written to \(.+\); BIGMODEL_CACHE may name"):
            fetch(server.file("a", CONTENT), progress=False)
        assert cache.read_text() == "a file where the folder should be"

    def test_a_folder_that_refuses(self, server, cache, monkeypatch):
        def refuse(*arguments):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        monkeypatch.setattr(download.os, "replace", refuse)
        with pytest.raises(DownloadError, match=r"cannot be written to \(Permission denied\)"):
            fetch(server.file("a", CONTENT), progress=False)
        assert names(cache) == []


class TestTheReadersFolder:
    """BIGMODEL_DATA: looked into first, never written to."""

    @pytest.fixture
    def own(self, cache, tmp_path, monkeypatch):
        folder = tmp_path / "own"
        (folder / "sets").mkdir(parents=True)
        monkeypatch.setenv("BIGMODEL_DATA", str(folder))
        return folder

    @pytest.mark.parametrize("place", ["sets/a.gz", "a.gz"])
    def test_is_looked_into_first(self, server, cache, own, place):
        (own / place).write_bytes(CONTENT)
        assert fetch(server.file("sets/a.gz", CONTENT)) == own / place
        assert server.asked == [] and not cache.exists()

    def test_a_damaged_file_there_is_named_and_left_alone(self, server, cache, own):
        (own / "a").write_bytes(OTHER)
        file = server.file("a", CONTENT)
        assert fetch(file, progress=False) == cache / "a"
        (cache / "a").unlink()
        server.status = 500
        with pytest.raises(DownloadError, match=re.escape(f"{own / 'a'}: it is corrupt")):
            fetch(file, progress=False)
        assert (own / "a").read_bytes() == OTHER and names(own) == ["a"]

    @pytest.mark.parametrize(
        "content, words",
        [
            (OTHER, "corrupt"),
            (CONTENT[:1000], "truncated: 1,000 bytes of 300,000"),
            (CONTENT * 2, "another file"),
        ],
    )
    def test_that_it_is_damaged_is_said(self, server, cache, own, capsys, content, words):
        (own / "a").write_bytes(content)
        file = server.file("a", CONTENT)
        for _ in range(2):  # once downloaded it is of no more use than before
            fetch(file)
            assert f"{own / 'a'}: it is {words}" in capsys.readouterr().out

    def test_a_folder_of_that_name_is_no_file(self, server, cache, own, capsys):
        (own / "a").mkdir()
        assert fetch(server.file("a", CONTENT)) == cache / "a"

    def test_need_not_exist(self, server, cache, own):
        shutil.rmtree(own)
        assert fetch(server.file("a", CONTENT), progress=False) == cache / "a"
        assert not own.exists()


def test_two_processes_at_once(server, cache, tmp_path):
    """Both get the file, whole, and nothing else stays behind."""
    content = CONTENT * 30
    file = server.file("a", content)
    code = (
        "from bigmodel_nb.data.download import fetch\n"
        "from bigmodel_nb.data.folders import RemoteFile\n"
        "import sys; sys.stdin.readline()\n"
        f"print(fetch({file!r}, progress=False).stat().st_size)"
    )
    command = [sys.executable, "-c", code]
    both = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in both:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in both:
        answer, _errors = process.communicate(timeout=60)
        assert answer.strip() == str(len(content))
    assert (cache / "a").read_bytes() == content and names(cache) == ["a"]


class TestProgress:
    def test_a_callable_hears_every_block(self, server, cache):
        heard = []
        fetch(server.file("a", CONTENT), progress=lambda done, full: heard.append((done, full)))
        assert heard[-1] == (300_000, 300_000) and heard == sorted(heard)

    def test_one_line_where_nothing_can_be_written_over(self, server, cache, capsys, monkeypatch):
        monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
        fetch(server.file("a", CONTENT))
        assert capsys.readouterr() == ("a: 0.3 of 0.3 MB\n", "")

    def test_no_flood_where_it_can(self, server, cache, capsys, monkeypatch):
        monkeypatch.setitem(sys.modules, "ipykernel", download)
        fetch(server.file("a", CONTENT * 20))
        shown = capsys.readouterr().out
        assert shown.endswith("\ra: 6.0 of 6.0 MB\n") and shown.count("\n") == 1
        assert 10 <= shown.count("\r") <= download.STEPS + 3

    def test_nothing_is_said_of_a_file_that_is_there(self, server, cache, capsys):
        file = server.file("a", CONTENT)
        fetch(file, progress=False)
        fetch(file)
        assert capsys.readouterr() == ("", "")

    def test_a_closed_output_does_not_matter(self, server, cache, monkeypatch):
        monkeypatch.setitem(sys.modules, "ipykernel", download)
        monkeypatch.setattr(sys, "stdout", None)
        assert fetch(server.file("b", CONTENT)).is_file()
        with open(os.devnull, "w") as closed:
            monkeypatch.setattr(sys, "stdout", closed)
        assert fetch(server.file("a", CONTENT)).is_file()


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"name": "../a"}, "name must be a path below a folder"),
        ({"name": "/a"}, "name must be a path below a folder"),
        ({"name": ""}, "name must be a path below a folder"),
        ({"urls": ("file:///etc/passwd",)}, "urls must begin with http"),
        ({"checksum": "sha1:" + "0" * 40}, "checksum must be"),
        ({"checksum": "md5:" + "0" * 31}, "checksum must be"),
        ({"checksum": "md5:" + "G" * 32}, "checksum must be"),
    ],
)
def test_a_file_is_described_as_it_should_be(changes, words):
    right = {"name": "a", "urls": ("https://example.org/a",), "size": 1, "checksum": "md5:" + "0" * 32}
    RemoteFile(**right)
    with pytest.raises(ValueError, match=words):
        RemoteFile(**{**right, **changes})


def test_the_cache_lies_in_the_home_folder_unless_it_is_named(monkeypatch):
    from bigmodel_nb.data.folders import cache_folder

    monkeypatch.delenv("BIGMODEL_CACHE", raising=False)
    assert cache_folder() == pathlib.Path.home() / ".bigmodel_nb" / "data"
    monkeypatch.setenv("BIGMODEL_CACHE", " ~/elsewhere ")
    assert cache_folder() == pathlib.Path.home() / "elsewhere"
