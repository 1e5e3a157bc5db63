"""Attention on the reader's own text: what is shown is what the model computes; what is typed is checked."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.data.tokenizers import CharacterTokenizer
from bigmodel_nb.maths.attention import attention, causal_mask, window_mask
from bigmodel_nb.maths.attention_view import STAGES
from bigmodel_nb.maths.hand_matrices import PRESETS
from bigmodel_nb.maths.transformer import forward
from bigmodel_nb.widgets import AttentionExplorer

TEXT = "The class"


class Model:
    """What `maths.gpt.GPT` offers, with random weights: 3 blocks, 2 heads, a context of 40."""

    num_heads, activation, positions, context_length = 2, "gelu", "learned", 40

    def __init__(self):
        random, width = np.random.default_rng(0), 8
        self.tokenizer = CharacterTokenizer.fit("The class of an object\n")
        shapes = {
            "token_embedding/table": (self.tokenizer.vocabulary_size, width), "positions/table": (40, width),
            "final_norm/gamma": (width,),
        }  # fmt: skip
        for block in range(3):
            shapes |= {
                f"block_{block}/{name}": shape
                for name, shape in {
                    "attention/qkv/kernel": (width, 24), "attention/out/kernel": (width, width),
                    "feed_forward/up/kernel": (width, 16), "feed_forward/down/kernel": (16, width),
                    "attention_norm/gamma": (width,), "feed_forward_norm/gamma": (width,),
                }.items()
            }  # fmt: skip
        self.weights = {name: random.normal(size=shape).astype("f4") for name, shape in shapes.items()}
        for name in ("num_heads", "activation", "positions", "context_length"):
            setattr(self, name, getattr(type(self), name))


@pytest.fixture(scope="module")
def model():
    return Model()


@pytest.fixture
def explorer(made, model):
    return made(AttentionExplorer(model, text=TEXT))


def test_each_stage_of_each_head_is_that_of_the_model(page, explorer, model):
    trace = forward(model.weights, model.tokenizer.encode(TEXT), num_heads=2)
    page.drags(explorer.layer, 1)
    page.types(explorer.head, "1")
    stages = trace.layers[1].attention
    arrays = (stages.products, stages.scores, stages.masked, stages.weights, stages.output)
    pictures = set()
    for place, values in enumerate(arrays):
        page.sends(explorer.stage, index=place)
        np.testing.assert_allclose(explorer.view.matrix, values[1], atol=1e-6)
        pictures.add(explorer.still())
    assert len(pictures) == len(STAGES) and explorer.message == "" and explorer.source.computed == 1
    last = trace.lens(3)[-1]
    assert explorer.view.lens[-1][1][0][0] == explorer.source.names[int(last.argmax())]
    assert len(explorer.view.lens) == 4 and explorer.view.maps.shape == (3, 2, 9, 9)


def test_a_chosen_token_lights_its_row(page, explorer):
    page.types(explorer.token, "0")
    assert explorer.view.row.tolist() == [1.0, *[0.0] * 8]
    assert "token 0 “T” looks at “T” (0) 100 %; entropy 0.00 bits, at most 0.00" in explorer.summary_text
    before = explorer.still()
    page.types(explorer.token, "3")
    assert "token 3 “␣”" in explorer.summary_text and explorer.still() != before
    page.types(explorer.token, "9")
    assert explorer.message.startswith("token must be a whole number from 0 to 8; received: 9")


def test_masks(page, explorer):
    np.testing.assert_array_equal(explorer.mask_now, causal_mask(9))
    page.sends(explorer.mask, index=0)
    assert explorer.mask_now.all() and "81 of 81 pairs visible" in explorer.summary_text
    page.sends(explorer.mask, index=2)
    page.types(explorer.width, "2")
    np.testing.assert_array_equal(explorer.mask_now, window_mask(9, 2))
    page.sends(explorer.mask, index=3)
    page.sends(explorer.rows, value="3: 1, 2; 4: 0-2 6")
    assert np.flatnonzero(explorer.mask_now[3]).tolist() == [1, 2]
    assert np.flatnonzero(explorer.mask_now[4]).tolist() == [0, 1, 2, 6]
    np.testing.assert_array_equal(explorer.mask_now[5], causal_mask(9)[5])
    assert (explorer.view.maps[:, :, 3, [0, 3]] == 0).all()
    for wrong in ("3", "9: 1", "3: 9", "3:", "3: 4-2", "a: b", "3: 1 - 2", "99999999999: 1"):
        page.sends(explorer.rows, value=wrong)
        assert explorer.message.startswith('rows must be rows such as "3: 1, 2'), wrong
        assert explorer.rows.value == "3: 1, 2; 4: 0-2 6"
    page.sends(explorer.rows, value="3: all")
    assert explorer.mask_now[3].all() and explorer.message == ""


def test_positions_temperature_and_scaling_reach_the_model(page, explorer, model):
    tokens = model.tokenizer.encode(TEXT)
    page.types(explorer.temperature, "0.25")
    page.sends(explorer.scaled, value=False)
    expected = forward(model.weights, tokens, num_heads=2, temperature=0.25, scale=1.0)
    np.testing.assert_allclose(explorer.trace.logits, expected.logits, atol=1e-5)
    sharp = explorer.trace.entropy().mean()
    page.types(explorer.temperature, "10")
    assert explorer.trace.entropy().mean() > sharp + 0.5
    page.sends(explorer.positions, index=1)
    page.types(explorer.base, "50")
    page.types(explorer.strength, "2")
    page.types(explorer.start, "4")
    expected = forward(model.weights, tokens, num_heads=2, temperature=10, scale=1.0,
                       positions="sinusoidal", base=50, strength=2, start=4)  # fmt: skip
    np.testing.assert_allclose(explorer.trace.logits, expected.logits, atol=1e-5)
    page.sends(explorer.positions, index=0)
    page.types(explorer.start, "32")
    assert explorer.message.startswith("tokens must be at most 8 tokens long from position 32 on")
    assert explorer.start.value == 4


def test_text_is_typed_and_what_is_too_long_is_said(page, explorer):
    page.sends(explorer.text, value="an object")
    assert explorer.view.labels[2] == "␣" and explorer.message == ""
    page.sends(explorer.text, value="a" * 41)
    assert explorer.message == (
        "text must be at most 40 tokens long, the context_length of this model; received: 41 tokens"
    )
    page.sends(explorer.text, value="x y")
    assert "x" in explorer.message and explorer.text.value == "an object"
    page.sends(explorer.text, value="")
    assert explorer.message.startswith("text must be text of one character or more")
    page.sends(explorer.text, value="T")
    assert explorer.token.value == 0 and explorer.view.matrix.shape == (1, 1)
    page.sends(explorer.text, value="a" * 40)
    assert explorer.message == "" and explorer.view.matrix.shape == (40, 40)


@pytest.mark.parametrize("name", PRESETS)
def test_matrices_set_by_hand(made, run_cell, name):
    explorer = made(AttentionExplorer(matrices=name))
    hand = PRESETS[name]
    expected = attention(*(np.array(one, float) for one in (hand.query, hand.key, hand.value)))
    np.testing.assert_allclose(explorer.view.maps[0, 0], expected.weights)
    assert explorer.view.lens == () and explorer.source is None
    _names, figure = run_cell(explorer.code())
    assert figure.encode()[1] == explorer.still()


def test_matrices_are_edited(page, made):
    explorer = made(AttentionExplorer(matrices=([[1, 0], [0, 1]], [[1, 0], [0, 1]], [[1], [2]]), token=0))
    assert explorer.matrices.value == "own"
    page.sends(explorer.query, value="0 0; 0 1")
    assert explorer.view.row.tolist() == [0.5, 0.5] and explorer.message == ""
    page.sends(explorer.key, value="1 0; 0 1; 1 1")
    assert explorer.message.startswith("key must be 2 × 2 numbers, as query has")
    page.sends(explorer.value_rows, value="1; 2; 3")
    page.sends(explorer.query, value="0 0; 0 1; 5 5")
    assert explorer.message == "" and explorer.view.matrix.shape == (3, 3)
    for wrong in ("1 0; 0", "x", "", "nan 1; 1 1; 1 1", "1e99 0; 0 1; 1 1", "1;" * 9 + "1"):
        page.sends(explorer.query, value=wrong)
        assert explorer.message.startswith("query must be "), wrong
    page.sends(explorer.query, value="0 0; 0 1; 5 5")
    page.sends(explorer.positions, index=1)
    assert explorer.message == "" and explorer.positions.value == "rotary"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"mask": "own", "rows": "2: 0", "stage": "masked", "layer": 2, "head": 1, "theme": "dark"},
        {"mask": "window", "width": 3, "stage": "weighted values", "token": 2},
        {"mask": "none", "positions": "rotary", "base": 50.0, "temperature": 0.5, "scaled": False},
        {"prediction": "no mask"},
    ],
)
def test_the_code_shown_makes_the_same_picture(made, run_cell, model, settings):
    explorer = made(AttentionExplorer(model, text=TEXT, **settings))
    _names, figure = run_cell(explorer.code(), model=model)
    assert figure.encode()[1] == explorer.still()


def test_predictions_hide_the_picture(page, made, model):
    for name in ("unscaled", "shuffle", "no mask"):
        explorer = made(AttentionExplorer(model, text=TEXT, prediction=name))
        hidden = explorer.still()
        assert "hidden" in explorer.summary_text
        page.clicks(explorer.prediction.buttons[0])
        assert explorer.still() != hidden and "looks at" in explorer.summary_text


def test_new_weights_are_seen_after_settling(made, model):
    own = Model()
    explorer = made(AttentionExplorer(own, text=TEXT))
    before = explorer.trace.logits
    own.weights["block_0/attention/qkv/kernel"] = own.weights["block_0/attention/qkv/kernel"] * 3
    explorer.settle()
    assert np.abs(explorer.trace.logits - before).max() > 1e-3


def test_the_readers_keras_model(made, run_cell, keras):
    from bigmodel_nb.models import build_transformer

    tokenizer = CharacterTokenizer.fit("The class of an object")
    size = tokenizer.vocabulary_size
    tiny = build_transformer("tiny", vocabulary_size=size, positions="rotary", causal=False, norm="post")
    explorer = made(AttentionExplorer(tiny, tokenizer, TEXT))
    theirs = keras.ops.convert_to_numpy(tiny(tokenizer.encode(TEXT)[None]))[0]
    np.testing.assert_allclose(explorer.trace.logits, theirs, atol=1e-5)
    assert explorer.mask.value == "none" and explorer.positions.value == "rotary"
    _names, figure = run_cell(explorer.code(), model=tiny, tokenizer=tokenizer)
    assert figure.encode()[1] == explorer.still()
    classes = build_transformer("tiny", vocabulary_size=size, causal=False, num_classes=3)
    assert made(AttentionExplorer(classes, tokenizer, TEXT)).view.lens == ()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model": 3}, "model must be a model that build_transformer has made"),
        ({"tokenizer": "x"}, "tokenizer must be the tokenizer that the model was trained with"),
        ({"tokenizer": CharacterTokenizer("ab")}, "tokenizer must be that of the model, which knows"),
        ({"text": 3}, "text must be text of one character or more"),
        ({"stage": "values"}, "stage must be one of"),
        ({"layer": 3}, "layer must be a whole number from -3 to 2; received: 3"),
        ({"mask": "wide"}, "mask must be one of"),
        ({"mask": "own", "rows": "x"}, "rows must be rows such as"),
        ({"positions": "waves"}, "positions must be one of"),
        ({"temperature": 0}, "temperature must be a number from 0.001"),
        ({"scaled": "yes"}, "scaled must be"),
        ({"matrices": "two directions"}, "matrices must be None where a model is given"),
        ({"model": None, "matrices": "x"}, "matrices must be one of"),
        ({"model": None, "matrices": ([[1]], [[1, 2]], [[1]])}, "key must be 1 × 1 numbers"),
        ({"prediction": "size"}, "prediction must be one of"),
        ({"show": ["color"]}, "show must be one of"),
    ],
)
def test_wrong_arguments_leave_nothing_behind(model, models, settings, words):
    before = models()
    with pytest.raises((TypeError, ValueError), match=words):
        AttentionExplorer(**{"model": model, "text": TEXT, **settings})
    assert models() == before


def test_lesson_mode(made, model):
    explorer = made(AttentionExplorer(model, text=TEXT, show=["text", "stage", "mask"]))
    inside = list(explorer.children)
    assert explorer.text in inside and explorer.mask in inside and explorer.layer not in inside
