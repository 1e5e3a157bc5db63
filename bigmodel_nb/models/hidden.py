"""Hidden layers as the records describe them: sums, normalization, activation, dropout."""

from __future__ import annotations

from typing import Any


def flat(values: Any) -> Any:
    """(n, ...) -> (n, numbers), where it is not so already."""
    import keras

    return values if len(values.shape) == 2 else keras.layers.Flatten(name="flatten")(values)


def hidden_layers(values: Any, config: Any, widths: tuple[int, ...]) -> Any:
    """Dense layers of `widths` on `values` (n, inputs), as the fields of `config` say."""
    import keras

    for number, units in enumerate(widths, start=1):
        layer = keras.layers.Dense(
            units, use_bias=not config.batch_norm, name=f"hidden{number}", **penalized(config)
        )
        values = bent(layer(values), config, str(number))
        if config.dropout:
            values = keras.layers.Dropout(config.dropout, name=f"dropout{number}")(values)
    return values


def bent(values: Any, config: Any, suffix: str) -> Any:
    """The sums of a layer, normalized where `config` says so, through its activation."""
    import keras

    values = normalized(values, config, suffix)
    return keras.layers.Activation(keras_name(config.activation), name=f"bend{suffix}")(values)


def normalized(values: Any, config: Any, suffix: str) -> Any:
    """The sums of a layer, normalized over the batch where `config` says so."""
    import keras

    return keras.layers.BatchNormalization(name=f"norm{suffix}")(values) if config.batch_norm else values


def scores(values: Any, units: int, **options: Any) -> Any:
    """The last layer: `units` weighted sums of `values` and nothing after them, in float32 also where the
    layers below compute in 16 bits, in which a softmax would lose the small ones."""
    import keras

    policy = keras.config.dtype_policy()
    dtype = "float32" if policy.compute_dtype in ("float16", "bfloat16") else policy
    return keras.layers.Dense(units, dtype=dtype, name="outputs", **options)(values)


def penalized(config: Any) -> dict[str, Any]:
    """Keras's arguments for how the weights of a layer begin and what they cost."""
    import keras

    l1, l2 = getattr(config, "l1", 0.0), config.l2
    regularizer = keras.regularizers.L1L2(l1, l2) if l1 or l2 else None
    return {"kernel_initializer": keras_name(config.initializer), "kernel_regularizer": regularizer}


def keras_name(name: str) -> str:
    """Keras's own name: "he normal" is he_normal."""
    return name.replace(" ", "_")
