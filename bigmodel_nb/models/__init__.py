"""Networks, each built from one small record that says what it is: uncompiled Keras models, layers named.

    build_mlp(input_shape=(64,), num_outputs=10, widths=(32,))      # a keras.Model; its outputs are logits
    build_cnn("small", num_outputs=5)                               # a named size, one field changed
    count_parameters(RNNConfig("next token", vocabulary_size=65))   # by arithmetic: nothing is allocated

    dense         a linear model, and the multilayer perceptron
    cnn           convolutional networks
    lenet         LeNet-5, as it was in 1998 and as it is built today
    resnet        convolutional networks with shortcuts
    rnn           recurrent networks: simple, LSTM, GRU
    window        a multilayer perceptron that slides along a text
    transformer   attention: encoders, and decoders that predict the next token
    generation    a causal model writes on, token by token
    translation   an encoder, and a decoder that looks into it through cross-attention
    fine_tuning   a frozen transformer with thin matrices to learn, and how they are merged
    named_weights  the weights of a model as NumPy arrays, by name
    starting      the trained models that come with the package
    sizes         the named sizes of all of these, and those of history
    table         shapes, parameters and floating-point operations of a model, layer by layer
    config        what the records share

A record (`MLPConfig`, `CNNConfig`, ...) needs no framework: Keras is loaded when a model is built. All of it
is written with `keras` and `keras.ops` alone, and runs on TensorFlow, JAX and PyTorch.
"""

from __future__ import annotations

import importlib
from typing import Any

# name -> the module it lives in
_NAMES = {
    "CNNConfig": "cnn",
    "LeNet5Config": "lenet",
    "LinearConfig": "dense",
    "MLPConfig": "dense",
    "ModelConfig": "config",
    "RNNConfig": "rnn",
    "ResNetConfig": "resnet",
    "SIZES": "sizes",
    "TransformerConfig": "transformer_config",
    "TranslationConfig": "translation",
    "WindowConfig": "window",
    "build_cnn": "cnn",
    "build_lenet5": "lenet",
    "build_linear": "dense",
    "build_mlp": "dense",
    "build_resnet": "resnet",
    "build_rnn": "rnn",
    "build_transformer": "transformer",
    "build_translator": "translation",
    "build_window_mlp": "window",
    "count_parameters": "config",
    "enable_lora": "fine_tuning",
    "generate": "generation",
    "layer_table": "table",
    "merge_lora": "fine_tuning",
    "next_logits": "generation",
    "history_table": "sizes",
    "size_table": "sizes",
    "start_from": "starting",
}
_MODULES = ("cnn", "config", "dense", "lenet", "resnet", "rnn", "sizes", "table", "transformer", "window")


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_NAMES, *_MODULES})
