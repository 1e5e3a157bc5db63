"""The weights of a model as NumPy arrays, by name: for what computes without Keras.

named_weights(model)["block_0/attention/qkv/kernel"]        # (d_model, 3 d_model)
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.models.lora import Linear


def named_weights(model: Any) -> dict[str, np.ndarray]:
    """The weights of a built Keras model, in float32, by path: "block_0/attention/qkv/kernel".

    Paths are those of `weight.path`, without the model's own name. The thin matrices of LoRA are merged, as
    `merge_lora` does: each W is W + (alpha / rank) A B, and "lora_a" and "lora_b" do not appear. The arrays
    are copies. TypeError where `model` is no Keras model, ValueError where it is not built yet.
    """
    if not isinstance(model, keras.Model):
        raise wrong_type("model", _("a Keras model"), model)
    if not model.built:
        raise wrong_value("model", _("built: call it on its first inputs, and its weights are there"), model)
    prefix = f"{model.name}/"
    found = {
        weight.path.removeprefix(prefix): np.array(ops.convert_to_numpy(weight), dtype=np.float32)
        for weight in model.weights
    }
    for layer in model._flatten_layers():
        if isinstance(layer, Linear) and layer.lora_rank:
            path = layer.kernel.path.removeprefix(prefix).removesuffix("kernel")
            thin, back = (found.pop(path + name) for name in ("lora_a", "lora_b"))
            found[path + "kernel"] += np.float32(layer.lora_scale) * (thin @ back)
    return found
