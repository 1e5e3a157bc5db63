"""Show code for an `AttentionExplorer`: the cell that makes its picture without the explorer."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.transformer import Design
from bigmodel_nb.widgets.reader import name_of
from bigmodel_nb.widgets.token_words import from_one_line

if TYPE_CHECKING:
    from bigmodel_nb.widgets.attention import AttentionExplorer
    from bigmodel_nb.widgets.attention_source import Source


def attention_cell(explorer: AttentionExplorer) -> str:
    """The cell for the present state."""
    look = "AttentionFigure"
    head = f"from bigmodel_nb.figures.attention import {look}\n"
    mask = _mask(explorer)
    more = "" if explorer.revealed else "answers=False, "
    chosen = ", ".join(f"{name}={value!r}" for name, value in explorer.chosen().items())
    show = f"{look}(view_of(traced, token_labels, {{names}}{chosen}), {more}theme={explorer.theme!r})\n"
    if explorer.hand is not None:
        settings = "".join(f"    {name}={value!r},\n" for name, value in explorer.settings().items())
        hand = explorer.hand
        matrices = "".join(f"    {getattr(hand, name)!r},\n" for name in ("query", "key", "value"))
        return (
            f"{head}from bigmodel_nb.maths.attention_view import by_hand, view_of\n{mask[0]}\n"
            f"token_labels = {list(hand.tokens)!r}\n{mask[1]}"
            f"traced = by_hand(\n{matrices}    mask=visible_pairs,\n{settings})\n" + show.format(names="")
        )
    source, note = explorer.source, ""
    assert source is not None
    if source.shipped:
        brings, model = "from bigmodel_nb.data.pretrained import shipped_gpt\n", "shipped_gpt()"
    else:
        brings, model = "", name_of(source.model) or "model"
        if name_of(source.model) is None:
            note = "# " + _("model is the one that you gave to the explorer") + "\n"
    weights = f"{model}.weights"
    if not source.in_numpy:
        brings = "from bigmodel_nb.models.named_weights import named_weights\n"
        weights = f"named_weights({model})"
    design = {one.name: getattr(source.design, one.name) for one in fields(Design)} | explorer.settings()
    plain = {one.name: one.default for one in fields(Design)}
    settings = "".join(f"    {name}={value!r},\n" for name, value in design.items() if value != plain[name])
    text = from_one_line(explorer.text.value)
    tokenizer = "shipped_gpt().tokenizer" if source.shipped else _tokenizer(source, model)
    return (
        f"{brings}{head}from bigmodel_nb.maths.attention_view import view_of\n"
        f"from bigmodel_nb.maths.transformer import forward\n{mask[0]}"
        "from bigmodel_nb.widgets.token_words import labels\n\n"
        f"{note}token_numbers = {tokenizer}.encode({text!r})\n"
        f"all_labels = labels({tokenizer})\n"
        "token_labels = [all_labels[number] for number in token_numbers]\n"
        f"{mask[1]}traced = forward(\n"
        f"    {weights},\n    token_numbers,\n    mask=visible_pairs,\n{settings})\n"
        + show.format(names="all_labels, ")
    )


def _tokenizer(source: Source, model: str) -> str:
    if getattr(source.model, "tokenizer", None) is source.tokenizer:
        return f"{model}.tokenizer"
    return name_of(source.tokenizer) or "tokenizer"


def _mask(explorer: AttentionExplorer) -> tuple[str, str]:
    """The imports of the mask, and the line that makes it."""
    kind, length = explorer.mask.value, len(explorer.mask_now)
    masks = "from bigmodel_nb.maths.attention import {}\n"
    if kind == "own":
        free = "" if explorer.causal else "import numpy as np\n"
        base = f"causal_mask({length})" if explorer.causal else f"np.ones(({length}, {length}), bool)"
        brings = masks.format("causal_mask") if explorer.causal else free
        brings += "from bigmodel_nb.maths.mask_rows import mask_rows\n"
        return brings, f"visible_pairs = mask_rows({explorer.rows.value!r}, {base})\n"
    if kind == "none":
        return "import numpy as np\n", f"visible_pairs = np.ones(({length}, {length}), dtype=bool)\n"
    call = f"causal_mask({length})" if kind == "causal" else f"window_mask({length}, {explorer.width.value})"
    return masks.format(call.partition("(")[0]), f"visible_pairs = {call}\n"
