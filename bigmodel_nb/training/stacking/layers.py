"""How each kind of layer computes where every weight has a leading axis of members.

Values are (members, batch, ...), or (1, batch, ...) while they are the same for all. Weights are (members,
...). A function here takes a layer, the `Pass` that it is on, and values; what it computes for a member is
what Keras's layer computes with that member's weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.later import keras
from bigmodel_nb.training.sharing import known

# Layers without weights that treat each example alone: members and batch are one axis to them.
PLAIN = (
    "Activation", "AveragePooling1D", "AveragePooling2D", "Concatenate", "Cropping2D", "ELU", "Flatten",
    "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D",
    "Identity", "LeakyReLU", "MaxPooling1D", "MaxPooling2D", "Permute", "ReLU", "RepeatVector", "Rescaling",
    "Reshape", "Softmax", "UpSampling2D", "ZeroPadding1D", "ZeroPadding2D",
)  # fmt: skip
MERGING = ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract", "Concatenate")
DROPOUTS_WITHIN = {"TransformerBlock": ("attention_dropout", "feed_forward_dropout")}


class Pass:
    """What layers ask for on the way through a program: weights, and whether it is training.

    `updates` collects new values of what is no weight to learn (running means), by variable.
    """

    def __init__(
        self, weights: dict[int, Any], members: int, training: bool, drop: Callable[[str, Any], Any]
    ):
        self.weights, self.members, self.training, self.drop = weights, members, training, drop
        self.updates: dict[int, Any] = {}
        self.place = 0  # of the step under way

    def __getitem__(self, variable: Any) -> Any:
        """The stacked values (members, ...) of a variable of the model that stands for all."""
        return self.weights[id(variable)]


def reason_against(layer: Any) -> str:
    """Why a layer cannot be stacked; "" where it can."""
    kind = type(layer).__name__
    if not _is_known(layer):
        return _("a layer {kind}, which is not known here").format(kind=kind)
    if not known(layer):  # such as an activation: two functions of one name may differ
        return _("a layer {kind} with a function that is not Keras's").format(kind=kind)
    if getattr(layer, "activity_regularizer", None) is not None:
        return _("a layer {kind} with an activity regularizer").format(kind=kind)
    if getattr(layer, "padding", "same") == "causal":
        return _("a layer {kind} with causal padding").format(kind=kind)
    if layer.dtype_policy.name != "float32":
        return _("a layer {kind} in {dtype}").format(kind=kind, dtype=layer.dtype_policy.name)
    for name, usual in UNUSUAL.items():
        if getattr(layer, name, usual) not in (usual, None) and name in CHECKED.get(kind, ()):
            return _("a layer {kind} with {name}={value}").format(
                kind=kind, name=name, value=getattr(layer, name)
            )
    return ""


# Settings that the functions below do not follow, with the value that they assume.
UNUSUAL: dict[str, Any] = {
    "groups": 1, "data_format": "channels_last", "renorm": False, "rms_scaling": False,
    "lora_enabled": False, "lora_rank": 0, "mask_zero": False, "stateful": False, "return_state": False,
    "dropout": 0.0, "recurrent_dropout": 0.0, "zero_output_for_mask": False, "quantization_mode": None,
}  # fmt: skip
_RECURRENT = ("stateful", "return_state", "dropout", "recurrent_dropout", "zero_output_for_mask")
CHECKED: dict[str, tuple[str, ...]] = {
    "BatchNormalization": ("renorm",),
    "LayerNormalization": ("rms_scaling",),
    "Dense": ("lora_enabled", "quantization_mode"),
    "Conv1D": ("groups", "data_format", "lora_enabled"),
    "Conv2D": ("groups", "data_format", "lora_enabled"),
    "Embedding": ("mask_zero", "lora_enabled", "quantization_mode"),
    "SimpleRNN": _RECURRENT,
    "GRU": _RECURRENT,
    "LSTM": _RECURRENT,
    "TransformerBlock": ("lora_rank",),
    "Linear": ("lora_rank",),
    "SelfAttention": ("lora_rank",),
    "FeedForward": ("lora_rank",),
}


def _is_known(layer: Any) -> bool:
    kind, module = type(layer).__name__, type(layer).__module__
    own = module.startswith("bigmodel_nb.models.")
    if not own and getattr(keras.layers, kind, None) is not type(layer):
        return False
    if kind == "Bidirectional":
        return not reason_against(layer.forward_layer) and not reason_against(layer.backward_layer)
    if kind in ("LayerNormalization", "BatchNormalization"):
        return layer.axis == -1 or list(layer.axis) == [-1]
    return kind in PLAIN or kind in MERGING or kind in table()


# -- shapes -----------------------------------------------------------------------------------


def folded(x: Any) -> Any:
    """(members, batch, ...) -> (members x batch, ...)."""
    import tensorflow as tf

    return tf.reshape(x, tf.concat([[-1], tf.shape(x)[2:]], 0)) if None in x.shape[2:] else tf.reshape(
        x, (-1, *x.shape[2:])
    )  # fmt: skip


def unfolded(x: Any, members: int) -> Any:
    """(members x batch, ...) -> (members, batch, ...)."""
    import tensorflow as tf

    if None in x.shape[1:]:
        return tf.reshape(x, tf.concat([[members, -1], tf.shape(x)[1:]], 0))
    return tf.reshape(x, (members, -1, *x.shape[1:]))


def for_all(x: Any, members: int) -> Any:
    """(1, batch, ...) -> (members, batch, ...)."""
    import tensorflow as tf

    if x.shape[0] == members:
        return x
    return tf.repeat(x, members, axis=0)


def along(weight: Any, rank: int) -> Any:
    """A weight (members, n) as (members, 1, ..., n) of `rank` axes."""
    import tensorflow as tf

    return tf.reshape(weight, (weight.shape[0], *[1] * (rank - 2), weight.shape[1]))


def product(x: Any, kernel: Any) -> Any:
    """x (members or 1, batch, ..., inputs) times kernel (members, inputs, units)."""
    import tensorflow as tf

    if len(x.shape) == 3:
        return tf.matmul(x, kernel)
    shape = tf.shape(x)
    flat = tf.reshape(x, (x.shape[0], -1, x.shape[-1]))
    made = tf.matmul(flat, kernel)
    made = tf.reshape(made, tf.concat([[kernel.shape[0]], shape[1:-1], [kernel.shape[-1]]], 0))
    made.set_shape((kernel.shape[0], *x.shape[1:-1], kernel.shape[-1]))
    return made


# -- layers -----------------------------------------------------------------------------------


def plain(layer: Any, at: Pass, x: Any) -> Any:
    return unfolded(layer(folded(x)), x.shape[0])


def merging(layer: Any, at: Pass, values: Any) -> Any:
    members = max(value.shape[0] for value in values)
    return unfolded(layer([folded(for_all(value, members)) for value in values]), members)


def dense(layer: Any, at: Pass, x: Any) -> Any:
    y = product(x, at[layer.kernel])
    if layer.use_bias:
        y = y + along(at[layer.bias], len(y.shape))
    return y if layer.activation is None else layer.activation(y)


def embedding(layer: Any, at: Pass, x: Any) -> Any:
    return rows_of(at[layer.embeddings], x)


def rows_of(table: Any, x: Any) -> Any:
    """Rows of tables (members, rows, width) at numbers (members or 1, batch, ...)."""
    import tensorflow as tf

    members = table.shape[0]
    x = tf.cast(x, tf.int32)
    if x.shape[0] == 1:
        return tf.gather(table, x[0], axis=1)
    # one long table, in which each member has a part of its own
    first = tf.reshape(tf.range(members) * table.shape[1], (members, *[1] * (len(x.shape) - 1)))
    return tf.gather(tf.reshape(table, (-1, table.shape[2])), x + first)


def batch_normalization(layer: Any, at: Pass, x: Any) -> Any:
    """Ioffe and Szegedy, 2015, "Batch normalization": over the batch of each member by itself."""
    import tensorflow as tf

    rank = len(x.shape)
    mean, variance = at[layer.moving_mean], at[layer.moving_variance]
    if at.training and layer.trainable:
        now, spread = tf.nn.moments(for_all(x, mean.shape[0]), list(range(1, rank - 1)))
        m = layer.momentum
        at.updates[id(layer.moving_mean)] = mean * m + now * (1.0 - m)
        at.updates[id(layer.moving_variance)] = variance * m + spread * (1.0 - m)
        mean, variance = now, spread
    return tf.nn.batch_normalization(
        x,
        along(mean, rank),
        along(variance, rank),
        along(at[layer.beta], rank) if layer.center else None,
        along(at[layer.gamma], rank) if layer.scale else None,
        layer.epsilon,
    )


def layer_normalization(layer: Any, at: Pass, x: Any) -> Any:
    """Ba, Kiros and Hinton, 2016, "Layer normalization"."""
    import tensorflow as tf

    mean, variance = tf.nn.moments(x, [-1], keepdims=True)
    rank = len(x.shape)
    inverse = tf.math.rsqrt(variance + layer.epsilon)
    if layer.scale:
        inverse = inverse * along(at[layer.gamma], rank)
    y = -mean * inverse
    if layer.center:
        y = y + along(at[layer.beta], rank)
    return x * inverse + y


# Milliseconds of forward and backward pass on two cores, batch 32, kernels of 3 x 3, for the second
# convolution of a network (one convolution after another / one of as many groups as members):
#   16 members:  8 to 16 maps of  4 x  4:   4.7 /  2.0     64 members:  15 /  4.5
#               16 to 32 maps of  7 x  7:  13.6 /  8.0                  33 /  48
#               16 to 32 maps of 14 x 14:    31 /   43                 109 / 189
# Where all members see the same pictures, one convolution with all their filters is faster than both.
MOST_GROUPED = 1600  # members x pixels


def convolution(layer: Any, at: Pass, x: Any) -> Any:
    import tensorflow as tf

    kernel, members = at[layer.kernel], at.members  # (members, *size, inputs, filters)
    places, inputs, filters = layer.rank, kernel.shape[-2], kernel.shape[-1]
    pixels = 1
    for side in x.shape[2 : 2 + places]:
        pixels *= side or 64
    shared = x.shape[0] == 1 and members > 1
    if members > 1 and (shared or members * pixels <= MOST_GROUPED):
        order = [*range(1, places + 2), 0, places + 2]  # (*size, inputs, members, filters)
        kernels = tf.reshape(
            tf.transpose(kernel, order), (*kernel.shape[1 : 1 + places], inputs, members * filters)
        )
        if shared:
            wide = x[0]
        else:
            wide = tf.transpose(x, [*range(1, places + 2), 0, places + 2])
            wide = tf.reshape(wide, tf.concat([tf.shape(wide)[:-2], [members * inputs]], 0))
            wide.set_shape((x.shape[1], *x.shape[2 : 2 + places], members * inputs))
        y = _convolved(layer, wide, kernels)
        y = tf.reshape(y, tf.concat([tf.shape(y)[:-1], [members, filters]], 0))
        y = tf.transpose(y, [places + 1, *range(places + 1), places + 2])
        y.set_shape((members, x.shape[1], *y.shape[2 : 2 + places], filters))
    else:
        rows = tf.unstack(x) if x.shape[0] == members else [x[0]] * members
        y = tf.stack([_convolved(layer, row, one) for row, one in zip(rows, tf.unstack(kernel), strict=True)])
    if layer.use_bias:
        y = y + along(at[layer.bias], len(y.shape))
    return y if layer.activation is None else layer.activation(y)


def _convolved(layer: Any, x: Any, kernel: Any) -> Any:
    """Where x has more channels than a filter has inputs, there are as many groups of filters."""
    import tensorflow as tf

    return tf.nn.convolution(
        x, kernel, list(layer.strides), layer.padding.upper(), dilations=layer.dilation_rate
    )


def table() -> dict[str, Callable[..., Any]]:
    """The function of each kind of layer that has weights, by the name of its class."""
    from bigmodel_nb.training.stacking import attention, recurrent

    return {
        "BatchNormalization": batch_normalization,
        "Conv1D": convolution,
        "Conv2D": convolution,
        "Dense": dense,
        "Embedding": embedding,
        "LayerNormalization": layer_normalization,
        **recurrent.TABLE,
        **attention.TABLE,
    }


def function_of(layer: Any) -> Callable[..., Any]:
    """What computes a layer with stacked weights."""
    kind = type(layer).__name__
    if kind in MERGING:
        return merging
    return plain if kind in PLAIN else table()[kind]
