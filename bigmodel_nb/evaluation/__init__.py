"""What a trained model sees and why it answers as it does. Arrays in, arrays out; nothing here draws.

    from bigmodel_nb.evaluation import grad_cam, saliency
    saliency(model, image)                  # how each pixel moves the score of the predicted class
    grad_cam(model, image, "conv2")         # where the evidence for it lies

    adding      where each recurrent cell stops learning as the sequence grows
    explain     saliency, Grad-CAM, occlusion, the inputs that excite a channel most
    layers      the layers of any Keras model by name, and what each of them puts out
    memory      what recurrent layers remember: states and gates of every step, where a unit is excited
    forecasting  errors by horizon of a model that is fed its own forecasts, and of simple baselines
    receptive   which pixels of the input one number of a layer can see
    leaks       whether a model that predicts the next token sees it
    gradients   slopes of any function of a model, on every back end

Importing it loads no framework; the model brings its own.
"""

from __future__ import annotations

import importlib
from typing import Any

_OFFERED: dict[str, tuple[str, ...]] = {
    "adding": ("adding_errors", "longest_learned"),
    "explain": ("MostActive", "grad_cam", "most_activating", "occlusion", "saliency", "scores"),
    "forecasting": ("ForecastErrors", "forecast_errors", "free_run"),
    "gradients": ("Slope",),
    "leaks": ("FutureLeak", "future_leak"),
    "layers": ("layer_names", "outputs_of"),
    "memory": ("exciting_positions", "traces"),
    "receptive": ("Field", "field_of", "field_sizes", "measured_field"),
}
_MODULE_OF = {name: module for module, names in _OFFERED.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _OFFERED:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _MODULE_OF:
        return getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_OFFERED, *_MODULE_OF})
