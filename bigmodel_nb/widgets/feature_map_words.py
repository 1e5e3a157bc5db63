"""What a `FeatureMapExplorer` shows, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.words import amount

if TYPE_CHECKING:
    from bigmodel_nb.widgets.feature_maps import FeatureMapExplorer

SILENT = 1e-6  # a channel whose values are all smaller says nothing


def summary(explorer: FeatureMapExplorer) -> str:
    """The image, what the model takes it for, and the view."""
    if not explorer.revealed:
        return _("The right side is hidden. Predict, and it is shown.")
    scores = explorer.scores
    best = int(scores.argmax())
    head = _("Image {image}: the largest score, {score}, is that of “{name}”.").format(
        image=explorer.number.value, score=amount(float(scores[best])), name=explorer.names[best]
    )
    return head + " " + _view(explorer)


def size(layer: str, maps: np.ndarray) -> str:
    """A layer and the shape of its maps."""
    height, width, channels = maps.shape
    return _("{layer}: {channels} channels, {height} × {width}").format(
        layer=layer, channels=channels, height=height, width=width
    )


def _view(explorer: FeatureMapExplorer) -> str:
    view, layer, channel = explorer.view.value, explorer.layer.value, explorer.channel.value
    if view == "channels":
        maps = explorer.maps
        quiet = int((np.abs(maps).max(axis=(0, 1)) < SILENT).sum())
        return _(
            "{size}; values from {low} to {high}; channels that are zero everywhere: {quiet}. "
            "Channel {channel} is outlined."
        ).format(
            size=size(layer, maps),
            low=amount(float(maps.min())),
            high=amount(float(maps.max())),
            quiet=quiet,
            channel=channel,
        )
    if view == "most activating":
        found = explorer.known.most_activating(layer, channel)
        return _("Channel {channel} of {layer} is excited most by image {index}, to {value}.").format(
            channel=channel, layer=layer, index=int(found.indices[0]), value=amount(float(found.values[0]))
        )
    assert explorer.shown is not None
    row, column = (int(place) for place in np.unravel_index(explorer.shown.argmax(), explorer.shown.shape))
    words = {
        "saliency": _("The score of “{name}” changes fastest with the pixel in row {row}, column {column}."),
        "Grad-CAM": _("The evidence for “{name}” at {layer} is greatest at row {row}, column {column}."),
        "occlusion": _("The score of “{name}” loses most where row {row}, column {column} is hidden."),
    }[view]
    return words.format(name=explorer.names[explorer.explained], layer=layer, row=row, column=column)
