"""Explorers: the mathematics under sliders. Built from core ipywidgets only, alike in 7.7.1 and 8.

    from bigmodel_nb.widgets import DescentExplorer
    DescentExplorer(surface="bowl", racers=["gradient descent", "Adam"], rate=0.1)

Explorers hold controls and words. What they show is computed in `bigmodel_nb.maths` and drawn in
`bigmodel_nb.figures`. Those that train Keras models reach them through `bigmodel_nb.training`, once they are
shown; none of the others needs TensorFlow.

Loading this package also makes the live panel (`TrainingPanel`) what shows a training run in a notebook.
"""

from __future__ import annotations

import importlib

from bigmodel_nb.training import watching

_HOMES = {
    "AttentionExplorer": "attention",
    "BackpropExplorer": "backprop",
    "BallExplorer": "ball",
    "BatchExplorer": "batches",
    "ConvolutionExplorer": "convolution",
    "DescentExplorer": "descent",
    "Explorer": "explorer",
    "FitExplorer": "fits",
    "FeatureMapExplorer": "feature_maps",
    "Knob": "knob",
    "LivePicture": "live",
    "LossExplorer": "losses",
    "PlaygroundExplorer": "playground",
    "Prediction": "prediction",
    "ReceptiveFieldExplorer": "receptive_field",
    "RecurrenceExplorer": "recurrence",
    "StudioExplorer": "studio",
    "RetrainingExplorer": "retraining",
    "SamplingExplorer": "sampling",
    "SweepExplorer": "sweep",
    "TokenExplorer": "tokens",
    "TrainingPanel": "training",
    "sweep_picture": "sweep_pictures",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str):
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


def _training_watcher():
    """The panel is loaded when the first run begins."""
    from bigmodel_nb.widgets.training import watcher

    return watcher()


watching.set_default(_training_watcher)
