"""The models that come with the package: small, known by their characters, honest about themselves."""

import json
import zipfile

import numpy as np
import pytest

from bigmodel_nb.data import pretrained, shipped_gpt

PRINTABLE = ["\n", *map(chr, range(32, 127))]


def test_both_together_stay_under_a_megabyte():
    files = sorted(pretrained.FOLDER.iterdir())
    assert [path.name for path in files] == ["gpt.npz", "recurrent.npz"]
    assert sum(path.stat().st_size for path in files) < 1_000_000


@pytest.mark.parametrize("name", pretrained.MODELS)
def test_a_file_says_all_that_a_reader_may_ask(name):
    shipped = pretrained.read(name)
    assert list(shipped.tokenizer.vocabulary) == PRINTABLE  # whatever the version of Python's manual
    facts = shipped.facts
    assert facts["seed"] == 0 and "manual of Python" in facts["text"] and facts["license"] == "PSF-2.0"
    assert facts["parameters"] == sum(value.size for value in shipped.weights.values())
    assert 1.5 < facts["exact"] < 2.1 and abs(facts["rounded"] - facts["exact"]) < 0.01
    for words in (f"{facts['rounded']:.3f}", f"{facts['exact']:.3f}", facts["text"], "8 bits", "seed 0"):
        assert words in shipped.about
    assert all(value.dtype == np.float32 for value in shipped.weights.values())


def test_the_script_that_made_them_is_there(root):
    for name in pretrained.MODELS:
        assert (root / pretrained.read(name).facts["script"]).exists()


def test_matrices_are_8_bits_and_nothing_is_pickled():
    with zipfile.ZipFile(pretrained.FOLDER / "gpt.npz") as file:
        names = file.namelist()
    with np.load(pretrained.FOLDER / "gpt.npz", allow_pickle=False) as arrays:
        assert arrays["block_0/feed_forward/up/kernel"].dtype == np.int8
        assert len(arrays.files) == len(names)
        json.loads(arrays[pretrained.ABOUT].tobytes())


def test_what_is_saved_is_read_again(tmp_path):
    weights = {"a/kernel": np.arange(12.0).reshape(3, 4), "a/bias": np.ones(4), "t/table": np.eye(3)}
    facts = {"description": "d"}
    pretrained.save(tmp_path / "m.npz", weights, characters="ab", config={"n": 1}, facts=facts)
    found = pretrained.load(tmp_path / "m.npz")
    assert found.config == {"n": 1} and found.facts == facts and found.tokenizer.vocabulary == ("a", "b")
    for name, value in weights.items():
        np.testing.assert_allclose(found.weights[name], value, atol=0.05)


def test_an_unknown_name_is_named():
    with pytest.raises(ValueError, match="name must be one of 'gpt', 'recurrent'; received: 'bert'"):
        pretrained.read("bert")


def test_readers_do_not_share_what_they_write():
    first, second = shipped_gpt(), shipped_gpt()
    first.begin([1, 2, 3])
    first.weights["token_embedding/table"][:] = 0
    assert second.tokens == [] and second.weights["token_embedding/table"].any()
    assert shipped_gpt().weights["token_embedding/table"].any()


def test_it_writes_without_a_framework(python):
    ran = python(
        "import sys\n"
        "from bigmodel_nb.data import shipped_gpt\n"
        "print(len(shipped_gpt().write('The ', 20)))\n"
        "print([name for name in ('tensorflow', 'keras', 'sklearn', 'scipy') if name in sys.modules])"
    )
    assert ran.stdout.split("\n")[:2] == ["24", "[]"]
