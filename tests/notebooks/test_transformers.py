"""Chapter 6 says what is so: what its prose claims of heads, masks, positions, leaks and listings holds."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys

import numpy as np
import pytest

from bigmodel_nb.exercises.attention import predictions

from .chapter import Chapter

CHAPTER = "06-transformers"


@pytest.fixture(scope="module")
def chapter(listed):
    made = Chapter(listed)
    made.run("setup")
    yield made
    made.close()


def with_keras(chapter):
    """The chapter with its cell that imports Keras run, once."""
    if "keras" not in chapter.defined:
        chapter.run("keras-import")
    return chapter


def test_products_and_means_do_not_know_order(chapter):
    chapter.run("lookup", "positions-shuffled")
    assert "True" in chapter.printed["positions-shuffled"]
    assert chapter.numbers("lookup")[0] == max(chapter.numbers("lookup")[:3])


def test_what_is_said_of_the_heads_of_the_shipped_gpt(chapter):
    from bigmodel_nb.data.pretrained import shipped_gpt
    from bigmodel_nb.maths.transformer import forward

    model = shipped_gpt()
    text = "The class of the object"  # what the explorer begins with
    trace = forward(model.weights, model.tokenizer.encode(text), num_heads=4)
    near = trace.layers[0].attention.weights[2]
    assert np.mean([row[max(0, t - 2) : t + 1].sum() for t, row in enumerate(near)][4:]) > 0.7
    spaces = np.array([letter == " " for letter in text])
    assert (trace.layers[1].attention.weights[0] * spaces).sum(axis=1)[8:].mean() > 0.5
    assert "three quarters" in chapter.prose["question-after"]


def test_unscaled_scores_and_the_wrong_axis(chapter):
    chapter.run("more-faults-run")
    found = chapter.numbers("more-faults-run")
    (_, small, _), (_, _, _), (_, scaled, unscaled) = np.reshape(found[:9], (3, 3))
    assert abs(small - scaled) < 0.2 and unscaled > 0.85
    weights = np.reshape(found[9:], (4, 4))
    np.testing.assert_allclose(weights.sum(axis=0), 1, atol=0.03)
    assert weights.sum(axis=1)[-1] > 1.2 and np.all(np.triu(weights, 1) == 0)


@pytest.mark.tensorflow
def test_the_encoder_computes_what_the_formulas_say_and_learns_to_reverse(chapter, keras):
    with_keras(chapter).run("keras-agree-run")
    assert chapter.numbers("keras-agree-run")[-1] < 1e-4
    chapter.run("real-reverse", "real-pattern")
    assert chapter.numbers("real-reverse")[-1] > 99.9
    pattern = chapter.defined["stages"].layers[0].attention.weights[0]
    np.testing.assert_array_equal(pattern.argmax(axis=1), np.arange(16)[::-1])


@pytest.mark.tensorflow
def test_positions_decide_and_a_causal_mask_knows_order(chapter, keras):
    with_keras(chapter).run("positions-sweep", "haviv-run")
    learned, sines, rotary, none = (share for line in chapter.shares("positions-sweep") for share in line)
    assert min(learned, sines) > 0.99 and rotary < 0.6 and 0.15 < none < 0.3
    seeing, causal = (share for line in chapter.shares("haviv-run") for share in line)
    assert seeing < 0.2 and causal > 0.9


@pytest.mark.tensorflow
def test_a_model_without_its_mask_is_caught(chapter, keras):
    from bigmodel_nb.data import python_manual
    from bigmodel_nb.models import build_transformer
    from bigmodel_nb.training.ladder import Ladder

    ladder = Ladder(python_manual(), path=False)
    size = ladder.tokenizer.vocabulary_size
    writer = build_transformer(vocabulary_size=size, num_layers=1, d_model=16)
    chapter.defined |= {"ladder": ladder, "tokenizer": ladder.tokenizer, "writer": writer}
    with_keras(chapter).run("leak-run", "leak-text")
    assert chapter.numbers("leak-run")[0] < 0.4, "about a tenth of what the chapter's GPT needs is 0.2"
    leaky, honest = chapter.printed["leak-text"].splitlines()[-2:]
    assert "it sees later tokens" in leaky and "it does not see later tokens" in honest


@pytest.mark.tensorflow
def test_the_listing_has_as_many_parameters_as_ours(chapter, keras):
    with_keras(chapter).run("further-keras-gpt")
    counts = set(re.findall(r"[\d,]{6,}", chapter.printed["further-keras-gpt"]))
    assert len(counts) == 1


def test_scores_of_rotary_positions_depend_on_the_distance(chapter):
    from bigmodel_nb.maths.attention import rotary

    q, k = np.random.default_rng(0).normal(size=(2, 1, 8))
    near, later, far = (
        (rotary(q, start=here) @ rotary(k, start=there).T).item()
        for here, there in ((2, 0), (60, 58), (60, 0))
    )
    assert near == pytest.approx(later) and abs(near - far) > 0.01


def test_the_questions_have_the_answers_that_the_chapter_shows():
    assert predictions.context_twice["truth"] == "four times as many"
    assert sum(range(1, 201)) == 20_100


LISTING_ASKED = """
model = GPT(94, 64, 128, 4, 2).eval()
tokens = torch.arange(64)[None]
changed = tokens.clone()
changed[0, 40] = 93
with torch.no_grad():
    moved = (model(tokens) - model(changed)).abs().amax(-1)[0] > 1e-5
print(sum(p.numel() for p in model.parameters()), int(moved.nonzero()[0]), tuple(model(tokens).shape))
"""


def test_the_listing_of_pytorch_runs_and_sees_no_future(chapter, root):
    """Where PyTorch is not installed (in Colab's environment of the tests), the listing cannot be asked."""
    if importlib.util.find_spec("torch") is None:
        assert "```python" in chapter.prose["further-pytorch"]
        return
    listing = re.search(r"```python\n(.*?)```", chapter.prose["further-pytorch"], re.DOTALL)[1]
    code = f"import torch\nfrom torch import nn\n{listing}\n{LISTING_ASKED}"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.stdout.split() == ["429056", "40", "(1,", "64,", "94)"], done.stderr
