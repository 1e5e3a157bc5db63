"""What a trained network makes of an image: maps of every layer, and why it answers as it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.evaluation.layers import batch, layers_by_name
from bigmodel_nb.evaluation.receptive import known_or_none
from bigmodel_nb.figures.feature_maps import MOST_BARS, FeatureMapFigure
from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.controls import choice
from bigmodel_nb.widgets.explanations import Explanations
from bigmodel_nb.widgets.explorer import Explorer, all_or_nothing
from bigmodel_nb.widgets.feature_map_cells import feature_map_cell
from bigmodel_nb.widgets.feature_map_words import size, summary
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.lesson import checked_show
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.vision_questions import MAPS, map_question
from bigmodel_nb.widgets.words import amount

VIEWS = ("channels", "saliency", "Grad-CAM", "occlusion", "most activating")
LARGEST = -1  # the target that is the class with the largest score
MOST_INPUTS = 2000  # of which the most activating ones are looked for


class FeatureMapExplorer(Explorer):
    """The channels of any layer of a trained Keras model, and explanations of what it answers.

    `model` is a built Keras model with inputs (height, width, channels): functional, Sequential, nested or
    with a call of its own. `images` (n, height, width, channels) is what it is shown, or one part of a data
    set, such as `data.test`; of more than 2,000 the first are taken. `names` of the outputs (default: their
    numbers, or the classes of the part).

    Other arguments, each also a control: `layer`, by name (default: the first with maps); `image`, its
    number; `view`, "channels" (all of the layer's), "saliency", "Grad-CAM" (at the layer), "occlusion" or
    "most activating" (the nine images that excite the channel most); `channel`; `target`, the number of
    the output that is explained (default: the one with the largest score); `patch`, pixels along a side of
    the occluding square.

    `show` and `theme` as in `DescentExplorer`. `prediction` is a `Prediction`, "shift" or "random weights";
    until it is answered the right side is hidden.

    Controls: `layer`, `number`, `view`, `channel`, `target`, `patch`. Results: `known` (an `Explanations`,
    whose `computed` counts what had to be computed), `scores`, `maps`, `shown` (the array on the right),
    `state` (what the figure draws), `summary_text`. `settle()` reads changed weights.
    """

    figure: FeatureMapFigure
    CONTROLS = ("layer", "image", "view", "channel", "target", "patch")

    @all_or_nothing
    def __init__(
        self,
        model: Any,
        images: Any,
        layer: str | None = None,
        *,
        image: int = 0,
        view: str = "channels",
        channel: int = 0,
        target: int | None = None,
        patch: int = 4,
        names: Sequence[str] | None = None,
        show: Sequence[str] | None = None,
        prediction: Prediction | str | None = None,
        theme: str = "light",
    ):
        shown = checked_show(show, self.CONTROLS)
        arguments.one_of("view", view, VIEWS)
        layers_by_name(model)
        inputs = batch("images", model, getattr(images, "x", images))[:MOST_INPUTS]
        if inputs.ndim != 4:
            expected = _("images of shape (n, height, width, channels)")
            raise arguments.wrong_value("images", expected, inputs)
        self.model, self.images = model, images
        self.known = Explanations(model, inputs)
        self.brightness = (float(inputs.min()), max(float(inputs.max() - inputs.min()), 1e-12))
        self.known.look()
        image = arguments.whole("image", image, 0, len(inputs) - 1)
        outputs = self.known.outputs(image)
        if layer is not None:
            arguments.one_of("layer", layer, outputs)
        first = next((name for name, values in outputs.items() if values.ndim == 4), next(iter(outputs)))
        self.names = _checked_names(names, len(self.known.scores(image)))
        if target is not None:
            target = arguments.whole("target", target, 0, len(self.names) - 1)
        super().__init__()
        self.theme = theme
        if isinstance(prediction, str):
            prediction = map_question(arguments.one_of("prediction", prediction, MAPS))
        self.ask(prediction)
        self.layer = choice(_("layer"), [(name, name) for name in outputs], layer or first, _("which layer"))
        titles = {
            "channels": _("all channels of the layer"), "saliency": _("saliency: slope by pixel"),
            "Grad-CAM": _("Grad-CAM: evidence at the layer"), "occlusion": _("occlusion: loss by hiding"),
            "most activating": _("images that excite the channel"),
        }  # fmt: skip
        self.view = choice(_("view"), [(titles[name], name) for name in VIEWS], view, _("what is shown"))
        classes: list = [(_("the largest score"), LARGEST), *((name, n) for n, name in enumerate(self.names))]
        explained = _("the output that is explained")
        self.target = choice(_("explained"), classes, LARGEST if target is None else target, explained)  # type: ignore[arg-type]
        # One of its own: lists share theirs, and this one comes and goes.
        self.target.layout = {"width": "100%", "max_width": "420px"}
        last = len(inputs) - 1
        self.number = Knob(
            "image", image, 0, max(last, 1), whole=True,
            check=lambda name, value: arguments.whole(name, value, 0, last), help=_("which of the images"),
        )  # fmt: skip
        self.channel = Knob("channel", channel, 0, self._channels() - 1 or 1, whole=True, check=self._channel)
        side = min(inputs.shape[1:3])
        self.patch = Knob(
            "patch", patch, 1, min(side, 16), whole=True, label=_("patch size"),
            check=lambda name, value: arguments.whole(name, value, 1, side), help=_("pixels along its side"),
        )  # fmt: skip
        self.shown: np.ndarray | None = None
        self.state: dict[str, Any] = {}
        self.compute()
        self.figure = FeatureMapFigure(**self.state, theme=theme)
        self.layer.observe(self._layer_changed, "value")
        for control in (self.number, self.view, self.channel, self.target, self.patch):
            control.observe(self.changed, "value")
        parts = {
            "layer": self.layer, "image": self.number, "view": self.view, "channel": self.channel,
            "target": self.target, "patch": self.patch,
        }  # fmt: skip
        self.keep(*parts.values())
        self._parts = shown or list(self.CONTROLS)
        self.assemble([parts[name] for name in self._parts])

    # -- controls ---------------------------------------------------------------------------

    def _channels(self) -> int:
        return self.maps.shape[2]

    def _channel(self, name: str, value: Any) -> int:
        return arguments.whole(name, value, 0, self._channels() - 1)

    def _layer_changed(self, change) -> None:
        with self.silently():
            most = self._channels() - 1
            self.channel.span(0, max(most, 1), min(self.channel.value, most))
        self.changed(change)

    # -- what an explorer says --------------------------------------------------------------

    @property
    def maps(self) -> np.ndarray:
        """The layer's output for the image as (height, width, channels)."""
        values = self.known.outputs(self.number.value)[self.layer.value][0]
        if values.ndim == 3:
            return np.moveaxis(values, 0, -1) if self._channels_first() else values
        return values.reshape(1, -1, values.shape[-1]) if values.ndim == 2 else values.reshape(1, 1, -1)

    def reshaped(self) -> str:
        """What makes maps of the layer's output, as code."""
        axes = self.known.outputs(self.number.value)[self.layer.value].ndim - 1
        if axes == 3:
            return ".transpose(1, 2, 0)" if self._channels_first() else ""
        return f".reshape(1, -1, {self.maps.shape[-1]})"

    def _channels_first(self) -> bool:
        return getattr(layers_by_name(self.model)[self.layer.value], "data_format", "") == "channels_first"

    def pixels(self, image: int) -> np.ndarray:
        """An image as it is drawn, from 0 to 1: (height, width) or (height, width, 3)."""
        values = (self.known.x[image] - self.brightness[0]) / self.brightness[1]
        return values if values.shape[-1] == 3 else values.mean(axis=-1)

    @property
    def scores(self) -> np.ndarray:
        """The outputs of the model for the image."""
        return self.known.scores(self.number.value)

    @property
    def explained(self) -> int:
        """The number of the output that is explained."""
        return int(self.scores.argmax()) if self.target.value == LARGEST else self.target.value

    def compute(self) -> None:
        self.known.look()
        image, layer, view = self.number.value, self.layer.value, self.view.value
        state: dict[str, Any] = {"image": self.pixels(image), "bars": self._bars()}
        maps = self.maps
        channel = self.channel.value
        if view in ("channels", "most activating"):
            state |= {"single": maps[..., channel], "below": _("channel {n}").format(n=channel)}
        if not self.revealed:
            self.shown, self.state = None, {"image": state["image"], "title": "?"}
            return
        if view == "channels":
            self.shown = maps
            state |= {"maps": maps, "channel": channel, "title": size(layer, maps)}
        elif view == "most activating":
            state |= self._exciting(layer, channel)
        else:
            heat = {
                "saliency": lambda: self.known.saliency(image, self.explained),
                "Grad-CAM": lambda: self.known.grad_cam(image, layer, self.explained),
                "occlusion": lambda: self.known.occlusion(image, self.explained, self.patch.value),
            }[view]()
            self.shown = heat
            title = _("{view} for “{name}”").format(view=_(view), name=self.names[self.explained])
            state |= {"heat": heat, "single": heat, "below": _("alone"), "title": title}
        self.state = state
        for name, control in (("channel", self.channel), ("target", self.target), ("patch", self.patch)):
            control.layout.display = None if name in self._needed() else "none"

    def _needed(self) -> tuple[str, ...]:
        """Which controls change what is shown."""
        view = self.view.value
        if view in ("channels", "most activating"):
            return ("channel",)
        return ("target", "patch") if view == "occlusion" else ("target",)

    def _exciting(self, layer: str, channel: int) -> dict[str, Any]:
        """The images that excite the channel most, and where in them."""
        found = self.known.most_activating(layer, channel)
        self.shown = found.indices
        boxes: list[tuple[int, ...] | None] = []
        for place in found.places:
            field = known_or_none(self.model, layer, (place[0], place[1])) if len(place) == 2 else None
            boxes.append(
                None
                if field is None
                else (
                    field.rows[0],
                    field.columns[0],
                    field.rows[1] - field.rows[0] + 1,
                    field.columns[1] - field.columns[0] + 1,
                )
            )
        return {
            "examples": [self.pixels(int(index)) for index in found.indices],
            "captions": [
                f"{index}: {amount(float(value), 2)}"
                for index, value in zip(found.indices, found.values, strict=True)
            ],
            "boxes": boxes,
            "title": _("{layer}, channel {channel}: the images that excite it most").format(
                layer=layer, channel=channel
            ),
        }

    def _bars(self) -> list[tuple[str, float, bool]]:
        scores = self.scores
        return [
            (self.names[place], float(scores[place]), bool(place == self.explained))
            for place in np.argsort(-scores, kind="stable")[:MOST_BARS]
        ]

    def draw(self, rescale: bool) -> None:
        self.figure.update(**self.state)

    def describe(self) -> str:
        return summary(self)

    def code(self) -> str:
        with self._lock:
            return feature_map_cell(self)


def _checked_names(names: Any, count: int) -> list[str]:
    if names is None:
        return [str(number) for number in range(count)]
    expected = _("a list of {count} texts, one for each output").format(count=count)
    if isinstance(names, str) or not isinstance(names, Sequence):
        raise arguments.wrong_type("names", expected, names)
    if len(names) != count:
        raise arguments.wrong_value("names", expected, list(names))
    return [str(name) for name in names]
