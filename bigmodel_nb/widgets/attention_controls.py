"""The controls of an `AttentionExplorer`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.attention_view import STAGES
from bigmodel_nb.maths.hand_matrices import PRESETS, text_of
from bigmodel_nb.maths.knobs import truth
from bigmodel_nb.widgets.controls import LABEL_WIDTH, Text, choice, style_of, switch, tooltip
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.token_words import one_line

if TYPE_CHECKING:
    from bigmodel_nb.widgets.attention import AttentionExplorer

MASKS = ("none", "causal", "window", "own")
LONGEST = 1e9  # a base may be


def make_controls(explorer: AttentionExplorer, **values: Any) -> None:
    """Puts every control on the explorer, with these values, which are checked here."""
    layers, heads, length = explorer.size()
    it = explorer
    it.text = typed(_("text"), one_line(values["text"]), _("what the model reads: type it and press Enter"))
    stages = {
        "scores": _("1 scores: query · key"), "scaled": _("2 scaled: divided by √d"),
        "masked": _("3 masked, over the temperature"), "softmax": _("4 softmax: the weights"),
        "weighted values": _("5 weighted values"),
    }  # fmt: skip
    it.stage = choice(
        _("stage"), [(stages[name], name) for name in STAGES], values["stage"], _("what is shown")
    )
    for place, (name, label, count) in enumerate(
        (("layer", _("block"), layers), ("head", _("head"), heads), ("token", _("token"), length))
    ):
        number = arguments.whole(name, values[name], -count, count - 1) % count
        check = _below(explorer, place)
        setattr(it, name, Knob(name, number, 0, max(count - 1, 1), whole=True, label=label, check=check))
    masks = {
        "none": _("none: all see all"), "causal": _("causal: nothing to come"),
        "window": _("window: the last few"), "own": _("own: row by row"),
    }  # fmt: skip
    it.mask = choice(_("mask"), [(masks[name], name) for name in MASKS], values["mask"], _("who sees whom"))
    it.width = Knob(
        "width", values["width"], 1, 16, whole=True, label=_("window width"),
        check=lambda name, value: arguments.whole(name, value, 1), help=_("itself and those before it"),
    )  # fmt: skip
    if not isinstance(values["rows"], str):
        raise arguments.wrong_type("rows", _('text such as "3: 1, 2; 4: 0-4"'), values["rows"])
    it.rows = typed(_("rows"), values["rows"], _('such as "3: 1, 2; 4: 0-4": token 3 sees 1 and 2 alone'))
    kinds = {
        "learned": _("learned: a table, added"), "sinusoidal": _("sinusoidal: waves, added"),
        "rotary": _("rotary: queries and keys turned"), "none": _("none"),
    }  # fmt: skip
    it.all_positions = [(title, kind) for kind, title in kinds.items()]
    known = [(title, kind) for title, kind in it.all_positions if kind in explorer.places()]
    it.positions = choice(_("positions"), known, values["positions"], _("how it knows the order"))
    it.base = Knob(
        "base", values["base"], 2, 1e5, log=True, check=_base, help=_("the longest wavelength is 2π times it")
    )
    it.strength = Knob(
        "strength", values["strength"], 0, 3, step=0.05, check=_strength, help=_("times what is added")
    )
    most = it.most_tokens()
    it.start = Knob(
        "start", values["start"], 0, most, whole=True, label=_("first position"),
        check=lambda name, value: arguments.whole(name, value, 0, 10**6),
        help=_("the number of the first token"),
    )  # fmt: skip
    it.temperature = Knob(
        "temperature", values["temperature"], 0.05, 20, log=True, check=_temperature,
        help=_("divides the scores before the softmax"),
    )  # fmt: skip
    it.scaled = switch(_("divide by √d"), truth("scaled", values["scaled"]), _("as in the paper; or not"))
    options = [(_("none: the model's own"), "model"), *((_(name), name) for name in PRESETS)]
    options.append((_("your own numbers"), "own"))
    it.matrices = choice(_("by hand"), options, values["matrices"], _("queries, keys and values set by hand"))
    rows = [text_of(getattr(it.hand, name)) if it.hand else "" for name in ("query", "key", "value")]
    help = _("a row for each token, as 1 0; 0 1")
    it.query, it.key, it.value_rows = (
        typed(label, text, help)
        for label, text in zip((_("queries"), _("keys"), _("values")), rows, strict=True)
    )
    it.by_hand = ipywidgets.VBox([it.query, it.key, it.value_rows])


def parts_of(explorer: AttentionExplorer) -> dict[str, list[ipywidgets.Widget]]:
    """The controls by what a lesson calls them."""
    it = explorer
    return {
        "text": [it.text], "stage": [it.stage], "layer": [it.layer], "head": [it.head], "token": [it.token],
        "mask": [it.mask, it.width, it.rows], "positions": [it.positions, it.base, it.strength, it.start],
        "temperature": [it.temperature], "scaled": [it.scaled], "matrices": [it.matrices, it.by_hand],
    }  # fmt: skip


def typed(label: str, text: str, help: str) -> Text:
    """A box for a line of text, with a layout of its own: it comes and goes."""
    return Text(
        value=text, description=label, continuous_update=False,
        style=style_of(Text, description_width=LABEL_WIDTH), layout={"width": "auto", "max_width": "640px"},
        **tooltip(help),
    )  # fmt: skip


def _below(explorer: AttentionExplorer, place: int) -> Any:
    return lambda name, value: arguments.whole(name, value, 0, explorer.size()[place] - 1)


def _base(name: str, value: Any) -> float:
    return arguments.between(name, value, 1, LONGEST, low_open=True)


def _strength(name: str, value: Any) -> float:
    return arguments.between(name, value, -100, 100)


def _temperature(name: str, value: Any) -> float:
    return arguments.between(name, value, 1e-3, 1e4)
