"""MNIST and its kind, from a server on this machine that serves small files in the real format."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest

from bigmodel_nb.data import idx
from bigmodel_nb.data.download import DownloadError
from bigmodel_nb.data.idx import FASHION_MNIST, FILES, MNIST, fashion_mnist, mnist, read_idx
from bigmodel_nb.data.parts import SplitDataset

LOADERS = {"mnist": mnist, "fashion-mnist": fashion_mnist}


def as_idx(array: np.ndarray) -> bytes:
    """As the format is described: written by hand, so that reading is not checked against itself."""
    head = b"\x00\x00\x08" + bytes([array.ndim]) + b"".join(struct.pack(">I", n) for n in array.shape)
    return head + array.astype(np.uint8).tobytes()


@pytest.fixture(params=LOADERS)
def kind(request):
    return request.param


@pytest.fixture
def pictures():
    random = np.random.default_rng(1)
    x, test_x = random.integers(0, 256, (60, 28, 28)), random.integers(0, 256, (20, 28, 28))
    x[0] = x[1] = x[2]  # equal in training
    x[3] = test_x[4]  # and on both sides
    return x, np.arange(60) % 10, test_x, np.arange(20) % 10


@pytest.fixture
def served(kind, pictures, server, cache, monkeypatch):
    """Small files in the place of the real ones; returns the loader."""
    packed = [gzip.compress(as_idx(array)) for array in pictures]
    files = [server.file(f"{kind}/{name}", content) for name, content in zip(FILES, packed, strict=True)]
    monkeypatch.setattr(idx, kind.upper().replace("-", "_"), tuple(files))
    return LOADERS[kind]


def rows(part) -> set[bytes]:
    return {row.tobytes() for row in part.x}


class TestLoading:
    def test_parts(self, served, pictures, kind):
        data = served(validation=10, progress=False)
        assert isinstance(data, SplitDataset) and data.task == "classification" and data.num_classes == 10
        assert [len(part) for part in (data.train, data.validation, data.test)] == [49, 10, 20]
        assert data.input_shape == (28, 28, 1) and data.train.x.dtype == np.float32
        np.testing.assert_allclose(data.test.x[..., 0], pictures[2] / 255, rtol=1e-6)
        np.testing.assert_array_equal(data.test.y, pictures[3])
        assert data.name.lower() == kind and data.license and data.citation

    def test_nothing_is_on_two_sides(self, served):
        for seed in range(5):
            data = served(validation=30, seed=seed, progress=False)
            train, validation, test = map(rows, (data.train, data.validation, data.test))
            assert not train & validation and not train & test and not validation & test
        assert "1 pictures that are in the test part left out of training" in data.notes

    def test_pictures_keep_their_labels(self, served, pictures):
        data = served(validation=10, progress=False)
        x = (pictures[0].astype(np.float32) / 255)[..., None]
        label = {row.tobytes(): y for row, y in zip(x, pictures[1], strict=True)}
        for part in (data.train, data.validation):
            once = [i for i, row in enumerate(part.x) if row.tobytes() != x[0].tobytes()]
            assert [label[part.x[i].tobytes()] for i in once] == part.y[once].tolist()

    def test_the_seed_decides(self, served):
        first, again, other = (served(validation=10, seed=seed, progress=False) for seed in (0, 0, 1))
        assert rows(first.validation) == rows(again.validation) != rows(other.validation)

    @pytest.mark.parametrize("wrong", [0, -1, 1.5, "all", None, 56, 60])
    def test_validation(self, served, wrong):
        with pytest.raises((TypeError, ValueError), match=r"^validation must be a whole number"):
            served(validation=wrong, progress=False)

    def test_without_a_network_it_says_what_needs_none(self, served, server, cache):
        server.status = 503
        with pytest.raises(DownloadError, match=r"answers 503[\s\S]*Without a network: digits\(\)"):
            served(progress=False)
        assert not any(path.is_file() for path in cache.rglob("*"))

    def test_the_readers_folder(self, served, server, pictures, kind, tmp_path, monkeypatch):
        for name in FILES:
            path = tmp_path / "own" / kind / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(server.files[f"/{kind}/{name}"])
        monkeypatch.setenv("BIGMODEL_DATA", str(tmp_path / "own"))
        assert len(served(validation=10).test) == 20 and server.asked == []


def test_the_two_do_not_take_each_others_files():
    known = [*MNIST, *FASHION_MNIST]
    assert len({file.name for file in known}) == len({file.checksum for file in known}) == 8


class TestFormat:
    @pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4)])
    @pytest.mark.parametrize("packed", [False, True])
    def test_is_read(self, tmp_path, shape, packed):
        array = np.random.default_rng(0).integers(0, 256, shape)
        path = tmp_path / "array"
        path.write_bytes(gzip.compress(as_idx(array)) if packed else as_idx(array))
        np.testing.assert_array_equal(read_idx(path), array)

    @pytest.mark.parametrize(
        "content, words",
        [
            (b"", "its first bytes are"),
            (b"<html>", "its first bytes are 3c 68 74 6d"),
            (b"\x00\x00\x0d\x01\x00\x00\x00\x01abcd", "its first bytes are 00 00 0d 01"),
            (b"\x00\x00\x08\x02\x00\x00\x00\x01", "announces an array of shape"),
            (b"\x00\x00\x08\x01\xff\xff\xff\xff", "announces an array of shape"),
            (b"\x00\x00\x08\x01\x00\x00\x00\x00", "announces an array of shape"),
            (b"\x00\x00\x08\x01\x00\x00\x00\x05abcd", "does not hold the 5 bytes"),
            (b"\x00\x00\x08\x01\x00\x00\x00\x03abcd", "does not hold the 3 bytes"),
            (gzip.compress(b"\x00\x00\x08\x01\x00\x00\x00\x03" + bytes(10**6)), "does not hold the 3 bytes"),
            (gzip.compress(as_idx(np.arange(200)))[:-30], "is no IDX file of bytes"),
            (gzip.compress(as_idx(np.arange(200)))[:20] + bytes(100), "is no IDX file of bytes"),
            (b"\x1f\x8b\x08\x00 no gzip at all", "is no IDX file of bytes"),
        ],
    )
    def test_something_else(self, tmp_path, content, words):
        path = tmp_path / "array"
        path.write_bytes(content)
        with pytest.raises(ValueError, match=words):
            read_idx(path)

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            read_idx(tmp_path / "nothing")
