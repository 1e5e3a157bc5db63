"""The ladder: one protocol for all rungs, a table that outlives the kernel, and no mixing of corpora."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from bigmodel_nb.data import text_from
from bigmodel_nb.maths.ngrams import NGram
from bigmodel_nb.models import build_rnn, build_window_mlp
from bigmodel_nb.training.ladder import COUNTED, RUNGS, TRAINED, Ladder, learning
from bigmodel_nb.training.ladder.rungs import RECIPES, Rung

pytestmark = pytest.mark.tensorflow

WORDS = ("the", "cat", "sat", "on", "a", "mat", "and", "The", "dog", "ran")
random = np.random.default_rng(0)
TEXT = " ".join(random.choice(WORDS, 700))
SMALL = {
    "window MLP": {"widths": (8,), "window": 4, "embedding_width": 4},
    "LSTM": {"widths": (8,), "embedding_width": 4},
    "Transformer": {"num_layers": 1, "num_heads": 2, "d_model": 8},
}


@pytest.fixture(scope="module")
def text():
    return text_from(TEXT, name="cats")


@pytest.fixture
def ladder(text, tmp_path, keras):
    return Ladder(text, path=tmp_path, context_length=8)


@pytest.fixture
def silent(monkeypatch):
    """Networks write nothing: to compile that takes seconds, and one test is enough."""
    write = learning.written
    monkeypatch.setattr(
        learning, "written", lambda model, *a, **k: write(model, *a, **k) if isinstance(model, NGram) else ""
    )


def by_hand(ladder: Ladder, rung: str) -> float:
    """Bits a character as the protocol says it: window by window, token by token."""
    model, windows = ladder.model(rung), ladder.data.validation
    total = 0.0
    for x, y in zip(windows.x, windows.y, strict=True):
        if rung in COUNTED:
            found = [model.probabilities(x[: step + 1])[y[step]] for step in range(len(y))]
        else:
            logits = np.asarray(model(x[None]), np.float64)[0]
            found = (np.exp(logits) / np.exp(logits).sum(-1, keepdims=True))[np.arange(len(y)), y]
        total += -np.log2(found).sum()
    tokens, characters = len(windows.tokens), len(ladder.text.validation)
    return total / windows.y.size * tokens / characters


def test_every_rung_is_measured_alike_and_kept(ladder, text, tmp_path):
    for rung in COUNTED:
        ladder.climb(rung)
    for rung in SMALL:
        found = ladder.climb(rung, steps=12, watch=False, **SMALL[rung])
        assert found.steps == 12 and found.flops > 0 and found.seconds > 0
        assert found.course[-1] == pytest.approx((found.flops, found.bits))
    names = [row.name for row in ladder.rows]
    assert names == [rung for rung in RUNGS if rung in (*COUNTED, *SMALL)]
    assert ladder.missing == ("simple RNN", "GRU") and set(SMALL) | set(ladder.missing) == set(TRAINED)
    for rung in names:
        assert ladder[rung].bits == pytest.approx(by_hand(ladder, rung), rel=1e-5), rung
        assert len(ladder[rung].sample) > 100 and ladder[rung].sample.startswith("The ")
    assert ladder["uniform"].bits == pytest.approx(math.log2(len(set(text.train))))
    assert [row.sees for row in ladder.rows] == [0, 0, 1, 4, 4, 8, 8]

    again = Ladder(text, path=tmp_path, context_length=8)  # another kernel
    assert again.rows == ladder.rows
    for rung in ("bigram", "LSTM"):
        assert again.write(rung, "The cat", length=20, seed=3) == ladder.write(
            rung, "The cat", length=20, seed=3
        )
        assert by_hand(again, rung) == pytest.approx(ladder[rung].bits, rel=1e-5)


def test_what_was_climbed_is_not_climbed_again_unless_the_settings_change(
    ladder, text, tmp_path, monkeypatch
):
    asked = {"steps": 10, "watch": False, **SMALL["window MLP"]}
    first = ladder.climb("window MLP", **asked)
    trainings = []
    train = learning.train
    monkeypatch.setattr(learning, "train", lambda *a, **k: trainings.append(1) or train(*a, **k))
    again = Ladder(text, path=tmp_path, context_length=8)
    assert again.climb("window MLP", **asked) == first and not trainings
    repeated = again.climb("window MLP", **asked, restart=True)
    assert trainings == [1] and repeated.bits == pytest.approx(first.bits, abs=1e-6)  # the same seed
    assert again.climb("window MLP", **asked | {"steps": 11}).steps >= 11 and len(trainings) == 2
    assert again.climb("window MLP", **asked | {"seed": 1}).bits != first.bits and len(trainings) == 3
    (again._shelf.place_of("window MLP")).unlink()  # without its weights a rung is no longer there
    fresh = Ladder(text, path=tmp_path, context_length=8)
    with pytest.raises(ValueError, match="climb it again"):
        fresh.model("window MLP")
    fresh.climb("window MLP", **asked | {"seed": 1})
    assert len(trainings) == 4


def test_seconds_become_steps(ladder, silent):
    found = ladder.climb("window MLP", seconds=0.4, watch=False, **SMALL["window MLP"])
    assert found.steps > 1 and found.settings["seconds"] == 0.4
    weights = learning.seeded(0, lambda: build_rnn(task="next token", vocabulary_size=4)).get_weights()
    same = learning.seeded(0, lambda: build_rnn(task="next token", vocabulary_size=4)).get_weights()
    assert all(np.array_equal(*pair) for pair in zip(weights, same, strict=True))


def test_the_trial_leaves_the_weights_as_they_were(ladder):
    model = build_window_mlp(vocabulary_size=ladder.data.vocabulary_size, widths=(8,))
    before = model.get_weights()
    settings = {"seconds": 0.2, "steps": None, "batch_size": 8, "learning_rate": 0.1}
    assert learning.pace(model, ladder.data, settings, RECIPES["window MLP"]) > 0
    assert all(np.array_equal(*pair) for pair in zip(before, model.get_weights(), strict=True))


def test_a_readers_own_model_has_a_rung(ladder, text, tmp_path, keras, silent):
    size = ladder.data.vocabulary_size
    inputs = keras.Input((None,), dtype="int32")
    hidden = keras.layers.Embedding(size, 8)(inputs)
    model = keras.Model(inputs, keras.layers.Dense(size)(hidden))
    found = ladder.climb("my bigram", model=model, steps=40, learning_rate=0.05, watch=False)
    assert found.bits < ladder.climb("uniform").bits
    assert [row.name for row in ladder.rows] == ["uniform", "my bigram"]
    again = Ladder(text, path=tmp_path, context_length=8)
    assert by_hand(again, "my bigram") == pytest.approx(found.bits, rel=1e-5)
    new = keras.models.clone_model(model)  # as after a restart: built again, untrained
    assert again.climb("my bigram", model=new, steps=40, learning_rate=0.05, watch=False) == found
    assert all(np.array_equal(*pair) for pair in zip(new.get_weights(), model.get_weights(), strict=True))


def test_another_corpus_or_context_has_a_table_of_its_own(ladder, text, tmp_path):
    ladder.climb("bigram")
    other = text_from(TEXT[:-1] + "x", name="cats")
    assert not Ladder(other, path=tmp_path, context_length=8).rows
    assert not Ladder(text, path=tmp_path, context_length=9).rows
    assert Ladder(text, path=tmp_path, context_length=8).rows == ladder.rows
    assert not Ladder(text, path=False, context_length=8).rows


def test_two_kernels_do_not_lose_each_others_rungs(text, tmp_path):
    one, two = (Ladder(text, path=tmp_path, context_length=8) for _kernel in range(2))
    one.climb("unigram")
    two.climb("bigram")
    assert [row.name for row in two.rows] == ["unigram", "bigram"]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"format": 1}', '{"format": 1, "facts": {}, "rungs": 3}']
)
def test_a_broken_file_is_an_empty_ladder(ladder, text, tmp_path, content):
    ladder.climb("bigram")
    ladder._shelf.file.write_text(content)
    assert not Ladder(text, path=tmp_path, context_length=8).rows


def test_records_that_are_none_are_passed_over(ladder, text, tmp_path):
    ladder.climb("bigram")
    content = json.loads(ladder._shelf.file.read_text())
    good = content["rungs"][0]
    content["rungs"] = [good, {**good, "name": "LSTM", "bits": "few"}, {**good, "course": [1]}, {}, 5]
    ladder._shelf.file.write_text(json.dumps(content))
    assert [row.name for row in Ladder(text, path=tmp_path, context_length=8).rows] == ["bigram"]
    assert Rung.from_dict(good) == ladder["bigram"]


def test_characters_that_training_never_met_are_one_token(tmp_path):
    ladder = Ladder(text_from(TEXT + " ßß" * 60, name="strange"), path=tmp_path, context_length=8)
    assert "\ufffd" in ladder.tokenizer.vocabulary
    assert np.isfinite(ladder.climb("bigram").bits)


def test_the_table_has_a_row_for_each_rung_and_marks_the_best(ladder):
    for rung in COUNTED:
        ladder.climb(rung)
    page, print_out = ladder.table()._repr_html_(), str(ladder)
    assert page.count("<tr>") == 1 + len(COUNTED)
    best = min(ladder.rows, key=lambda row: row.bits).name
    assert page.count("★") == 1 and f"{best} ★" in page and f"{best} ★" in print_out
    assert len(print_out.splitlines()) == 2 + len(COUNTED)
    text = text_from("<b>&</b> " * 60, name="<i>")
    marked = Ladder(text, path=False, context_length=8)
    marked.climb("unigram")
    assert "<b>" not in marked._repr_html_() and "<i>" not in marked._repr_html_()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda ladder: Ladder("text"), "text"),
        (lambda ladder: Ladder(ladder.text, path=3), "path"),
        (lambda ladder: Ladder(ladder.text, context_length=1), "context_length"),
        (lambda ladder: ladder.climb("lstm"), "rung"),
        (lambda ladder: ladder.climb("LSTM", seconds=0), "seconds"),
        (lambda ladder: ladder.climb("LSTM", steps=0), "steps"),
        (lambda ladder: ladder.climb("LSTM", steps=3, seconds=2), "steps"),
        (lambda ladder: ladder.climb("LSTM", steps=3, learning_rate=-1), "learning_rate"),
        (lambda ladder: ladder.climb("LSTM", steps=3, wdths=(3,)), "wdths"),
        (lambda ladder: ladder.climb("bigram", order=3), "order"),
        (lambda ladder: ladder.climb("n-gram", order=-1), "order"),
        (lambda ladder: ladder.climb("my own", model="LSTM"), "model"),
        (
            lambda ladder: ladder.climb("my own", model=build_rnn(task="next token", vocabulary_size=3)),
            "model",
        ),
        (lambda ladder: ladder.climb("LSTM", model=build_rnn()), "rung"),
        (lambda ladder: ladder["LSTM"], "rung"),
        (lambda ladder: ladder.model(3), "rung"),
        (lambda ladder: ladder.write("LSTM"), "rung"),
    ],
)
def test_errors_name_the_argument(ladder, call, says):
    with pytest.raises((ValueError, TypeError), match=says):
        call(ladder)
