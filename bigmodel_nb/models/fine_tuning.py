"""Fine-tuning a transformer through thin matrices: what is learned is small and can be taken off again.

    tuned = enable_lora(model, rank=4)       # computes what model computes; only thin matrices learn
    ...                                      # train it
    plain = merge_lora(tuned)                # the same function, with no thin matrices left

`model` itself is never changed. E. J. Hu, Y. Shen, P. Wallis and others, 2021, "LoRA: Low-rank adaptation of
large language models".
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from keras import ops

from bigmodel_nb.arguments import positive, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.models.lora import Linear
from bigmodel_nb.models.transformer import Transformer


def enable_lora(model: Transformer, rank: int = 4, alpha: float | None = None) -> Transformer:
    """A copy of `model` whose weights are frozen, with matrices of `rank` to learn in each linear layer of
    its blocks. `alpha` is `rank` by default: what they add is then multiplied by 1."""
    _checked(model)
    if model.config.lora_rank:
        raise wrong_value("model", _("without LoRA; merge_lora(model) takes it off"), model.name)
    rank = whole("rank", rank, 1, model.config.d_model)
    alpha = None if alpha is None else positive("alpha", alpha)
    tuned = Transformer(replace(model.config, lora_rank=rank, lora_alpha=alpha), name=model.name)
    _copy({weight.path: weight for weight in model.weights}, tuned)
    return tuned


def merge_lora(model: Transformer) -> Transformer:
    """A copy of `model` in which each W has become W + (alpha / rank) A B, and everything learns again."""
    _checked(model)
    values: dict[str, Any] = {weight.path: weight for weight in model.weights}
    for layer in model._flatten_layers():
        if isinstance(layer, Linear) and layer.lora_rank:
            w, a, b = map(ops.convert_to_numpy, (layer.kernel, layer.lora_a, layer.lora_b))
            values[layer.kernel.path] = w + np.asarray(layer.lora_scale, w.dtype) * (a @ b)
    plain = Transformer(replace(model.config, lora_rank=0, lora_alpha=None), name=model.name)
    _copy(values, plain)
    return plain


def _copy(values: dict[str, Any], target: Transformer) -> None:
    """Gives each weight of `target` the value of its name, where there is one."""
    for weight in target.weights:
        if weight.path in values:
            weight.assign(values[weight.path])


def _checked(model: Any) -> None:
    if not isinstance(model, Transformer):
        raise wrong_type("model", _("a model that build_transformer has made"), model)
