"""What must hold of a transformer on every back end: plain functions that use keras and NumPy alone.

Called as those of `checks_networks.py` are: each `check_...()` takes nothing and raises where something is
wrong.
"""

import tempfile
from pathlib import Path

import numpy as np

from bigmodel_nb.maths import attention as oracle
from bigmodel_nb.models import TransformerConfig, build_transformer, count_parameters

VOCABULARY, LENGTH = 11, 12
SMALL = TransformerConfig(
    vocabulary_size=VOCABULARY, context_length=LENGTH, num_layers=2, num_heads=2, d_model=16
)
# name -> the fields that differ: each option at least once
VARIANTS = {
    "gpt": {},
    "nanogpt": {"bias": False},
    "rotary, swiglu": {"positions": "rotary", "activation": "swiglu", "tie_weights": False},
    "post-norm, sinusoidal": {"positions": "sinusoidal", "norm": "post", "activation": "relu"},
    "no positions": {"positions": "none", "dropout": 0.1, "d_ff": 24},
    "encoder": {"causal": False, "positions": "sinusoidal", "tie_weights": False},
    "classifier": {"causal": False, "num_classes": 3},
    "lora": {"lora_rank": 2, "lora_alpha": 8.0},
}


def built(name):
    import keras

    keras.utils.set_random_seed(3)
    return build_transformer(SMALL, **VARIANTS[name])


def shaken(name):
    """A model whose every weight is far from where it began: biases are not zero, norms not one."""
    model, random = built(name), np.random.default_rng(4)
    for weight in model.weights:
        weight.assign(random.normal(0.3, 0.4, weight.shape))
    return model


def tokens(n=6):
    return np.random.default_rng(5).integers(0, VOCABULARY, (n, LENGTH)).astype("int32")


def predicted(model, x):
    import keras

    return keras.ops.convert_to_numpy(model(x, training=False))


def each(function):
    """Runs `function` for each variant; what is wrong names it."""
    for name in VARIANTS:
        try:
            function(name)
        except Exception as error:
            raise AssertionError(f"{name}: {error}") from error


def check_parameters_are_those_of_the_closed_form():
    def check(name):
        model = built(name)
        assert model.count_params() == count_parameters(model.config)

    each(check)


def check_outputs_have_their_shape():
    def check(name):
        model = built(name)
        outputs = predicted(model, tokens())
        wide = model.config.num_classes
        assert outputs.shape == ((6, wide) if wide else (6, LENGTH, VOCABULARY)), outputs.shape
        assert outputs.dtype == np.float32 and np.isfinite(outputs).all()
        assert (
            outputs.shape[1:]
            == tuple(
                LENGTH if axis is None and place else axis for place, axis in enumerate(model.output.shape)
            )[1:]
        )

    each(check)


def check_blocks_agree_with_numpy():
    """Embedding, positions, blocks, last norm and scores, recomputed in float64 from the weights."""
    import keras

    def check(name):
        model, config = shaken(name), built(name).config
        weights = {weight.path: keras.ops.convert_to_numpy(weight) for weight in model.weights}
        # With LoRA: W + (alpha / rank) A B
        for path in [path for path in weights if path.endswith("lora_a")]:
            layer = path.removesuffix("lora_a")
            product = weights[path] @ weights[layer + "lora_b"]
            weights[layer + "kernel"] = weights[layer + "kernel"] + 4.0 * product
        x = weights["token_embedding/table"].astype(np.float64)[tokens()]
        if config.positions == "learned":
            x = x + weights["positions/table"]
        if config.positions == "sinusoidal":
            x = x * 4.0 + oracle.sinusoidal_positions(LENGTH, 16)
        for number in range(config.num_layers):
            prefix = f"block_{number}/"
            own = {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}
            x = oracle.block(
                x,
                own,
                config.num_heads,
                mask=oracle.causal_mask(LENGTH) if config.causal else None,
                norm=config.norm,
                activation=config.activation,
                turn=config.positions == "rotary",
            )
        if config.norm == "pre":
            x = oracle.layer_norm(x, weights["final_norm/gamma"], weights.get("final_norm/beta", 0.0))
        if config.num_classes:
            x = x.mean(axis=1)
        if "logits/kernel" in weights:
            x = x @ weights["logits/kernel"] + weights.get("logits/bias", 0.0)
        else:
            x = x @ weights["token_embedding/table"].T
        theirs = predicted(model, tokens())
        np.testing.assert_allclose(theirs / np.abs(x).max(), x / np.abs(x).max(), atol=1e-5)

    each(check)


def check_causal_models_do_not_see_the_future():
    def check(name):
        model = shaken(name)
        x = tokens()
        changed = x.copy()
        changed[:, 7] = (changed[:, 7] + 1) % VOCABULARY
        moved = np.abs(predicted(model, changed) - predicted(model, x))
        if model.config.num_classes:
            assert (moved > 1e-5).any()
            return
        moved = moved.max(axis=(0, 2))
        assert (moved[7:] > 1e-5).all(), moved
        assert (moved[:7] < 1e-5).all() == model.config.causal, moved

    each(check)


def check_shorter_inputs_give_the_beginning():
    for name in ("gpt", "rotary, swiglu", "post-norm, sinusoidal", "no positions"):
        model, x = built(name), tokens()
        np.testing.assert_allclose(predicted(model, x[:, :5]), predicted(model, x)[:, :5], atol=1e-5)


def check_a_step_lowers_the_loss():
    import keras

    # Not all: to compile a step takes JAX seconds.
    for name in ("gpt", "rotary, swiglu", "classifier", "lora"):
        model, x = built(name), tokens()
        y = x[:, 0] % 3 if model.config.num_classes else (x * 3 + 1) % VOCABULARY
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        # Compiling with XLA takes a second each time; that it can be done is tested once.
        model.compile(optimizer=keras.optimizers.SGD(0.1), loss=loss, jit_compile=False)
        before = float(loss(y, predicted(model, x)))
        # With LoRA, nothing is learned through A until B has left zero.
        for _step in range(2 if model.config.lora_rank else 1):
            model.train_on_batch(x, y)
        after = float(loss(y, predicted(model, x)))
        assert np.isfinite(after) and after < before, (name, before, after)


def check_saving_and_cloning_change_nothing():
    import keras

    def check(name):
        model, x = shaken(name), tokens()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            model.save(path)
            again = keras.saving.load_model(path)
        assert again.config == model.config and type(again) is type(model)
        clone = type(model).from_config(model.get_config())
        assert [weight.path for weight in clone.weights] == [weight.path for weight in model.weights]
        assert [v.shape for v in clone.variables] == [v.shape for v in model.variables]
        clone.set_weights(model.get_weights())
        for ours, theirs in zip(model.get_weights(), again.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_array_equal(predicted(model, x), predicted(again, x))
        np.testing.assert_array_equal(predicted(model, x), predicted(clone, x))

    each(check)


def check_lora_starts_from_the_model_and_can_be_merged():
    import keras

    from bigmodel_nb.models.fine_tuning import enable_lora, merge_lora

    model, x = shaken("gpt"), tokens()
    tuned = enable_lora(model, rank=2, alpha=4.0)
    np.testing.assert_allclose(predicted(tuned, x), predicted(model, x), rtol=1e-5, atol=1e-5)
    assert {weight.path.rpartition("/")[2] for weight in tuned.trainable_variables} == {"lora_a", "lora_b"}
    assert len(tuned.trainable_variables) == 2 * 2 * 4
    for weight in tuned.trainable_variables:
        weight.assign(keras.random.normal(weight.shape, stddev=0.1, seed=1))
    moved = predicted(tuned, x)
    assert np.abs(moved - predicted(model, x)).max() > 0.01
    np.testing.assert_allclose(predicted(merge_lora(tuned), x), moved, rtol=1e-4, atol=1e-4)


CHECKS = [value for name, value in list(globals().items()) if name.startswith("check_")]
