"""What has been computed about a model and its images, so that nothing is computed twice."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from bigmodel_nb.evaluation import explain
from bigmodel_nb.evaluation.layers import outputs_of, weights_mark

KEPT = 64  # results of each kind that are remembered


class Explanations:
    """Asks `evaluation` about `model` and the inputs `x`, once for each question.

    `computed` counts what was computed, by kind: "outputs", "saliency", "grad_cam", "occlusion", "layer" (one
    layer's outputs for all inputs) and "most". All is forgotten when the weights have changed.
    """

    def __init__(self, model: Any, x: np.ndarray):
        self.model, self.x = model, x
        self.computed: Counter[str] = Counter()
        self._known: dict[str, OrderedDict[tuple, Any]] = {}
        self._mark: int | None = None

    def look(self) -> None:
        """Forgets all where the weights are others than at the last look."""
        mark = weights_mark(self.model)
        if mark != self._mark:
            self._known.clear()
            self._mark = mark

    def _ask(self, kind: str, key: tuple, compute: Callable[[], Any], most: int = KEPT) -> Any:
        known = self._known.setdefault(kind, OrderedDict())
        if key not in known:
            known[key] = compute()
            self.computed[kind] += 1
            while len(known) > most:
                known.popitem(last=False)
        return known[key]

    def outputs(self, image: int) -> dict[str, np.ndarray]:
        """What each layer puts out for an image, by name, channels last: one pass for all layers."""
        return self._ask("outputs", (image,), lambda: outputs_of(self.model, self.x[image]))

    def scores(self, image: int) -> np.ndarray:
        """The outputs of the model, (outputs,)."""
        return list(self.outputs(image).values())[-1].reshape(-1)

    def saliency(self, image: int, target: int) -> np.ndarray:
        return self._ask(
            "saliency", (image, target), lambda: explain.saliency(self.model, self.x[image], target)
        )

    def grad_cam(self, image: int, layer: str, target: int) -> np.ndarray:
        return self._ask(
            "grad_cam",
            (image, layer, target),
            lambda: explain.grad_cam(self.model, self.x[image], layer, target),
        )

    def occlusion(self, image: int, target: int, size: int) -> np.ndarray:
        return self._ask(
            "occlusion",
            (image, target, size),
            lambda: explain.occlusion(self.model, self.x[image], target, size=size),
        )

    def most_activating(self, layer: str, channel: int) -> explain.MostActive:
        """The nine inputs that excite the channel most."""
        known = self._ask(
            "layer", (layer,), lambda: explain.layer_outputs(self.model, layer, self.x), most=2
        )  # large: of two layers at most
        return self._ask(
            "most",
            (layer, channel),
            lambda: explain.most_activating(self.model, layer, channel, self.x, known=known),
        )
