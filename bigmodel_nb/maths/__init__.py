"""The algorithms as a book would state them: NumPy arrays in, NumPy arrays out.

    ball          one weight, one rule: a ball on the curve w^2
    surfaces      losses over two weights, small enough to see; `from_data` makes one from a data set
    descent       walking down a surface, with any of seven optimizers
    optimizers    the seven rules themselves, with the semantics of Keras
    schedules     how the learning rate changes from step to step
    regression    linear and logistic regression by batch, mini-batch and stochastic descent
    neurons       feed-forward networks: forward and backward pass, training
    experiment    a training that can be looked at, changed and gone on with, as fast as NumPy allows
    features      what a network is shown of a point in the plane
    losses        what a network's outputs cost, and the slope of that
    backprop      back-propagation through a small graph of numbers
    loss_view     one example's loss taken apart: scores, probabilities, slopes
    convolution   a kernel moved over pictures, with the padding, stride and dilation of Keras; pooling
    kernels       kernels made by hand: blur, sharpen, edges and more
    filtering     one kernel on one picture, and the sum of each window
    attention     what a transformer computes: attention, masks, positions, layer norm, a whole block
    transformer   a whole transformer with a trace: attention by layer and head, residual stream, logit lens
    attention_view  one head of one block, laid out to be looked at
    mask_rows     masks written by hand, row by row: "3: 1, 2; 4: 0-4"
    hand_matrices queries, keys and values set by hand
    recurrence    simple RNN, LSTM and GRU, step by step, with the gates of Keras
    through_time  the same with every gate kept, and back-propagation through time; clipping
    recurrent_passes  one step of it with its gates, and the same step back
    recurrent_weights  how recurrent layers begin: spectral radius, forget bias
    gradient_paths  how much of a gradient comes back through a sequence, cell by cell
    embeddings    which tokens lie near one another, and a plane to look at them in
    sampling      from logits to the next token: repetition penalty, temperature, top-k, top-p
    ngrams        language models that count what followed what
    continuation  a prompt to tokens, tokens to text: what all that write on have in common
    gpt           a GPT that writes, with a cache of keys and values
    quantizing    weights in 8 bits
    importance    which hyperparameter mattered, over a grid of results; what luck alone would do
    noise_ball    how far from the minimum a descent on batches keeps moving
    regularization  polynomial features, ridge, lasso; bias and variance
    noisy_fits    a noisy wave, and models of any complexity fitted to it
    wave_network  small networks fitted to a few points, within milliseconds
    scaling       putting features on one scale

The rest are their foundations: what a surface is (`landscape`) and the one made from data
(`data_surfaces`), the loss of a linear or logistic model (`linear_models`), what a unit computes
(`activations`), how its weights begin (`initializers`), the two passes through a network (`passes`, and
`fused` for speed; `network_inputs` checks what they are given), fields that check themselves (`knobs`) and
arrays that are checked when they are handed in (`arrays`). Nothing here draws, loads data or needs Keras;
the tests hold the results against Keras.
"""

from __future__ import annotations

import importlib
from types import ModuleType

_MODULES = (
    "activations",
    "arrays",
    "attention",
    "attention_view",
    "backprop",
    "ball",
    "continuation",
    "convolution",
    "data_surfaces",
    "descent",
    "embeddings",
    "experiment",
    "features",
    "filtering",
    "fused",
    "gpt",
    "gradient_paths",
    "hand_matrices",
    "importance",
    "initializers",
    "kernels",
    "knobs",
    "landscape",
    "linear_models",
    "loss_view",
    "losses",
    "mask_rows",
    "network_inputs",
    "neurons",
    "ngrams",
    "noise_ball",
    "noisy_fits",
    "optimizers",
    "passes",
    "quantizing",
    "recurrence",
    "recurrent_passes",
    "recurrent_weights",
    "regression",
    "regularization",
    "sampling",
    "scaling",
    "schedules",
    "surfaces",
    "through_time",
    "transformer",
    "wave_network",
)


def __getattr__(name: str) -> ModuleType:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
