"""MNIST and Fashion-MNIST: 70,000 pictures each, downloaded on request and read from their IDX files.

    data = mnist()                    # x (50000, 28, 28, 1) from 0 (paper) to 1 (ink), y 0 to 9
    data = fashion_mnist(validation=5_000)

Files that lie in the folder of `BIGMODEL_DATA`, as mnist/train-images-idx3-ubyte.gz and so on, need no
network.
"""

from __future__ import annotations

import gzip
import math
import os
import pathlib
import zlib

import numpy as np

from bigmodel_nb.arguments import whole
from bigmodel_nb.data.download import Progress, fetch
from bigmodel_nb.data.folders import RemoteFile
from bigmodel_nb.data.parts import Part, SplitDataset
from bigmodel_nb.data.splitting import equal_rows
from bigmodel_nb.language import gettext as _

FILES = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
         "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")  # fmt: skip
MOST = 1 << 30  # bytes of an array in an IDX file


def _files(
    folder: str, addresses: tuple[str, ...], known: tuple[tuple[int, str], ...]
) -> tuple[RemoteFile, ...]:
    return tuple(
        RemoteFile(f"{folder}/{name}", tuple(address + name for address in addresses), size, checksum)
        for name, (size, checksum) in zip(FILES, known, strict=True)
    )


MNIST = _files(
    "mnist",
    ("https://storage.googleapis.com/cvdf-datasets/mnist/", "https://ossci-datasets.s3.amazonaws.com/mnist/"),
    (
        (9_912_422, "sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        (28_881, "sha256:3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        (1_648_877, "sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        (4_542, "sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ),
)
FASHION_MNIST = _files(
    "fashion-mnist",
    (
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    (  # the sums that its authors give
        (26_421_880, "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        (29_515, "md5:25c81989df183df01b3e8a0aad5dffbe"),
        (4_422_102, "md5:bef4ecab320f06d8554ea6380940ec79"),
        (5_148, "md5:bb300cfdad3c16e7a12a480ee83cd310"),
    ),
)
CLOTHES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


def mnist(*, validation: int = 10_000, seed: int = 0, progress: Progress | bool = True) -> SplitDataset:
    """Handwritten digits: x (n, 28, 28, 1) from 0 (paper) to 1 (ink), y 0 to 9 (12 MB, downloaded once).

    The test part is the official one, 10,000 pictures by writers that training does not have. `validation`
    pictures are drawn from the official training part by `seed`: their writers are in training, too. Pictures
    that occur in the test part are left out of the other two. DownloadError where the files cannot be had.
    """
    return _from_files(
        MNIST,
        validation,
        seed,
        progress,
        name="MNIST",
        target_names=tuple("0123456789"),
        source="http://yann.lecun.com/exdb/mnist/",
        license="CC BY-SA 3.0",
        citation="Y. LeCun, C. Cortes, C. J. C. Burges, 1998, The MNIST database of handwritten digits",
        notes=(_("validation is by writers who are in training, too; test is by others"),),
    )


def fashion_mnist(
    *, validation: int = 10_000, seed: int = 0, progress: Progress | bool = True
) -> SplitDataset:
    """Pictures of clothes, in the format of MNIST and harder (31 MB, downloaded once). See `mnist`."""
    return _from_files(
        FASHION_MNIST,
        validation,
        seed,
        progress,
        name="Fashion-MNIST",
        target_names=CLOTHES,
        source="https://github.com/zalandoresearch/fashion-mnist",
        license="MIT",
        citation="H. Xiao, K. Rasul, R. Vollgraf, 2017, Fashion-MNIST: a novel image dataset for "
        "benchmarking machine learning algorithms",
        notes=(),
    )


def _from_files(
    files: tuple[RemoteFile, ...],
    validation: int,
    seed: int,
    progress: Progress | bool,
    *,
    notes: tuple[str, ...],
    **texts: str | tuple[str, ...],
) -> SplitDataset:
    wanted, number = whole("validation", validation, 1), whole("seed", seed, 0)
    instead = _("Without a network: digits() (real handwriting, 8 by 8 pixels) or glyphs() (28 by 28).")
    paths = [fetch(file, instead=instead, progress=progress) for file in files]
    x, y, test_x, test_y = (read_idx(path) for path in paths)
    groups = equal_rows(np.concatenate([x, test_x]).reshape(len(x) + len(test_x), -1))
    fresh = ~np.isin(groups[: len(x)], groups[len(x) :])
    once = np.bincount(groups)[groups[: len(x)]] == 1
    candidates = np.flatnonzero(fresh & once)
    whole("validation", wanted, 1, len(candidates) - 1)
    chosen = np.zeros(len(x), bool)
    chosen[np.random.default_rng(number).permutation(candidates)[:wanted]] = True
    dropped = int(len(x) - fresh.sum())
    said = [_("the official test part; validation is drawn from the official training part"), *notes]
    if dropped:
        said.append(
            _("{count} pictures that are in the test part left out of training").format(count=dropped)
        )
    return SplitDataset(
        train=_part(x[fresh & ~chosen], y[fresh & ~chosen]),
        validation=_part(x[chosen], y[chosen]),
        test=_part(test_x, test_y),
        task="classification",
        feature_names=(),
        notes=tuple(said),
        **texts,  # type: ignore[arg-type]
    )


def _part(images: np.ndarray, labels: np.ndarray) -> Part:
    x = images[..., None].astype(np.float32)
    x /= 255
    x.flags.writeable = False  # so that Part need not copy it
    return Part(x, labels)


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """The array of bytes (uint8) in an IDX file, compressed by gzip or not.

    Four bytes say type and number of axes, four more for each axis its length, and then come the entries
    (Y. LeCun, "The MNIST database of handwritten digits"). ValueError where the file holds something else, or
    less or more than it says.
    """
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    opened = gzip.open if packed else open
    try:
        with opened(path, "rb") as file:
            head = file.read(4)
            if len(head) < 4 or head[:3] != b"\0\0\x08" or not 1 <= head[3] <= 8:
                raise ValueError(_("its first bytes are {bytes}").format(bytes=head.hex(" ")))
            shape = tuple(int(n) for n in np.frombuffer(file.read(4 * head[3]), dtype=">u4"))
            size = math.prod(shape)
            if len(shape) < head[3] or not 0 < size <= MOST:
                raise ValueError(_("it announces an array of shape {shape}").format(shape=shape))
            content = file.read(size + 1)  # and no more, whatever it would unpack to
    except (EOFError, gzip.BadGzipFile, zlib.error, ValueError) as error:
        words = _("{path} is no IDX file of bytes: {reason}").format(path=pathlib.Path(path), reason=error)
        raise ValueError(words) from None
    if len(content) != size:
        words = _("{path} does not hold the {size:,} bytes that it announces").format(
            path=pathlib.Path(path), size=size
        )
        raise ValueError(words)
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)
