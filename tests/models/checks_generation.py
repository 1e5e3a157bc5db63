"""What must hold of `generate` on every back end: plain functions, called as others."""

import numpy as np

from bigmodel_nb.maths import sampling
from bigmodel_nb.maths.continuation import settings_of
from bigmodel_nb.models import build_rnn, build_transformer, generate, next_logits
from bigmodel_nb.models.writers import writer_for

VOCABULARY, CONTEXT = 11, 12
SIZES = {
    "vocabulary_size": VOCABULARY, "context_length": CONTEXT, "num_layers": 2, "num_heads": 2, "d_model": 16,
}  # fmt: skip
VARIANTS = {
    "gpt": {},
    "rotary, swiglu, untied": {"positions": "rotary", "activation": "swiglu", "tie_weights": False},
    "post-norm, sinusoidal, lora": {"positions": "sinusoidal", "norm": "post", "lora_rank": 2},
    "no positions": {"positions": "none", "bias": False, "dropout": 0.2},
}


def shaken(model):
    """Weights far from where they began, so that scores differ from token to token."""
    random = np.random.default_rng(4)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(random.normal(0.1, 0.4, weight.shape))
    return model


def a_pass(model, tokens):
    import keras

    return keras.ops.convert_to_numpy(model(np.array(tokens)[None], training=False))[0, -1]


def check_what_is_kept_gives_the_scores_of_a_whole_pass():
    for name, fields in VARIANTS.items():
        model = shaken(build_transformer(**SIZES, **fields))
        tokens = np.random.default_rng(5).integers(0, VOCABULARY, 2 * CONTEXT)
        for length in (1, CONTEXT):
            kept = writer_for(model).logits(tokens[:length])
            np.testing.assert_allclose(
                kept, a_pass(model, tokens[:length]), rtol=1e-4, atol=1e-4, err_msg=name
            )
            np.testing.assert_allclose(kept, next_logits(model, tokens[:length]), rtol=1e-4, atol=1e-4)
        if name == "no positions":
            continue  # beyond the window: one compilation less
        kept, last = writer_for(model).logits(tokens), a_pass(model, tokens[-CONTEXT:])
        np.testing.assert_allclose(kept, last, rtol=1e-4, atol=1e-4, err_msg=name)
        np.testing.assert_allclose(next_logits(model, tokens), last, rtol=1e-4, atol=1e-4)


def check_the_same_text_with_and_without_cache_into_and_beyond_the_window():
    settings = {"temperature": 0.8, "top_k": 6, "top_p": 0.9, "repetition_penalty": 1.3, "seed": 2}
    model = shaken(build_transformer(**SIZES))
    for prompt, length in (([3], CONTEXT + 2), ([1, 2, 3] * (CONTEXT // 3), 3), ([1] * (CONTEXT + 3), 3)):
        written = generate(model, prompt, length=length, **settings)
        again = generate(model, prompt, length=length, cache=False, **settings)
        assert written.tolist() == again.tolist()
        assert written[: len(prompt)].tolist() == prompt and len(written) == len(prompt) + length


def check_recurrent_networks_carry_their_state():
    for cell in ("simple", "lstm", "gru"):
        model = build_rnn(
            task="next token", vocabulary_size=VOCABULARY, cell=cell, widths=(6, 5), dropout=0.1
        )
        shaken(model)
        assert writer_for(model) is not None
        tokens = [1, 2, 3, 4, 5]
        np.testing.assert_allclose(next_logits(model, tokens), a_pass(model, tokens), rtol=1e-4, atol=1e-4)
    written, again = (generate(model, [1, 2], length=4, seed=1, cache=cache) for cache in (True, False))
    assert written.tolist() == again.tolist()


def check_the_compiled_rule_is_that_of_maths():
    import keras

    from bigmodel_nb.models.drawing import as_arrays, drawn, probabilities

    random = np.random.default_rng(0)
    for size in (2, 11, 600):  # pairs are compared, or tokens sorted
        for temperature, top_k, top_p, penalty in (
            (1.0, None, None, 1.0), (0.7, 5, None, 1.0), (1.5, None, 0.8, 1.2), (0.9, 8, 0.6, 0.8),
            (0.0, 3, 0.5, 2.0),
        ):  # fmt: skip
            logits = random.normal(0, 3, size).astype(np.float32)
            logits[: size // 2] = logits[0]  # equals: the lower number comes first
            recent = random.integers(0, size, 5)
            settings = settings_of(temperature, top_k, top_p, penalty)
            ours = sampling.next_probabilities(logits, recent=recent, **settings)
            padded = np.concatenate([[-1, -1], recent]).astype(np.int32)
            theirs = keras.ops.convert_to_numpy(
                probabilities(keras.ops.convert_to_tensor(logits), padded, as_arrays(settings, size))
            )
            assert ((theirs > 0) == (ours > 0)).all(), (size, settings)
            np.testing.assert_allclose(theirs, ours, rtol=1e-4, atol=1e-6)
            for seed in range(5):
                number = np.random.default_rng(seed).random()
                token = int(drawn(keras.ops.convert_to_tensor(theirs), np.float32(number)))
                assert token == sampling.drawn(ours, np.random.default_rng(seed))


CHECKS = [value for name, value in sorted(globals().items()) if name.startswith("check_")]
