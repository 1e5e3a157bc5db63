"""Show code for a `FeatureMapExplorer`: the cell that computes and draws its state without the explorer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.reader import name_of

if TYPE_CHECKING:
    from bigmodel_nb.widgets.feature_maps import FeatureMapExplorer


def feature_map_cell(explorer: FeatureMapExplorer) -> str:
    """The cell for the present state."""
    model, images = name_of(explorer.model), name_of(explorer.images)
    note = ""
    if model is None or images is None:
        note = "# " + _("model and images are those that you gave to the explorer") + "\n"
    model = model or "model"
    images = (images or "images") + (".x" if hasattr(explorer.images, "x") else "")
    view, layer, number = explorer.view.value, explorer.layer.value, explorer.number.value
    low, span = explorer.brightness
    gray = "" if explorer.known.x.shape[-1] == 3 else ".mean(axis=-1)"
    asked = f"{model}, {images}[{number}]"
    computed, drawn = _asked(explorer, model, images, asked)
    names = ["outputs_of"] if view in ("channels", "most activating") else []
    names += {"Grad-CAM": ["grad_cam"], "most activating": ["most_activating"], "channels": []}.get(
        view, [view]
    )
    head = (
        f"from bigmodel_nb.evaluation import {', '.join(sorted(names))}\n"
        "from bigmodel_nb.figures.feature_maps import FeatureMapFigure\n\n"
        f"{note}pictures = (({images}[:{len(explorer.known.x)}] - {low!r}) / {span!r}){gray}\n"
    )
    if not explorer.revealed:
        head = head.split("\n", 1)[1]
        return f"{head}FeatureMapFigure(pictures[{number}], title='?', theme={explorer.theme!r})\n"
    maps = ""
    if "outputs_of" in names:
        maps = f"maps = outputs_of({asked}, names=[{layer!r}])[{layer!r}][0]{explorer.reshaped()}\n"
    state = explorer.state
    words = "".join(f"    {name}={state[name]!r},\n" for name in ("title", "below", "bars"))
    figure = f"FeatureMapFigure(\n    pictures[{number}],\n{drawn}{words}    theme={explorer.theme!r},\n)\n"
    return head + maps + computed + figure


def _asked(explorer: FeatureMapExplorer, model: str, images: str, asked: str) -> tuple[str, str]:
    """The line that computes what is shown, and the arguments that draw it."""
    view, layer, channel = explorer.view.value, explorer.layer.value, explorer.channel.value
    if view == "channels":
        return "", f"    maps=maps,\n    channel={channel},\n    single=maps[..., {channel}],\n"
    if view == "most activating":
        state = explorer.state
        return (
            f"found = most_activating({model}, {layer!r}, {channel}, {images}[:{len(explorer.known.x)}])\n",
            f"    single=maps[..., {channel}],\n    examples=[pictures[n] for n in found.indices],\n"
            f"    captions={state['captions']!r},\n    boxes={state['boxes']!r},\n",
        )
    call = {
        "saliency": f"saliency({asked}, {explorer.explained})",
        "Grad-CAM": f"grad_cam({asked}, {layer!r}, {explorer.explained})",
        "occlusion": f"occlusion({asked}, {explorer.explained}, size={explorer.patch.value})",
    }[view]
    return f"heat = {call}\n", "    heat=heat,\n    single=heat,\n"
