"""Show code for a `SamplingExplorer`: the cell that writes its text and draws its bars without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.reader import name_of

if TYPE_CHECKING:
    from bigmodel_nb.widgets.sampling import SamplingExplorer

DEFAULTS = {"temperature": 1.0, "top_k": None, "top_p": None, "repetition_penalty": 1.0}


def sampling_cell(explorer: SamplingExplorer) -> str:
    """The cell for the present state: what was drawn with one setting is drawn again, else it is quoted."""
    source = explorer.next
    settings = {name: value for name, value in explorer.settings().items() if value != DEFAULTS[name]}
    filters = {name: value for name, value in settings.items() if name in ("top_k", "top_p")}
    again = bool(explorer.written) and explorer.steady
    model, tokenizer, above = _names(explorer)
    if source.in_numpy:
        asked = f"{model}.logits(seen_tokens[-{model}.context_length:])[-1]"
    else:
        asked = f"next_logits({model}, seen_tokens)"
    loop = again and source.in_numpy
    wanted = "generate, next_logits" if again else "next_logits"
    imports = [
        *(["import numpy as np\n"] if loop or not _same_tokens(explorer) else []),
        *(["from bigmodel_nb.data.pretrained import shipped_gpt"] if source.shipped else []),
        "from bigmodel_nb.figures.sampling import SamplingFigure",
        f"from bigmodel_nb.maths.sampling import {'RECENT, choose, draw' if loop else 'RECENT, choose'}",
        *([] if source.in_numpy else [f"from bigmodel_nb.models.generation import {wanted}"]),
        "from bigmodel_nb.widgets.token_words import labels",
    ]
    return (
        "\n".join(imports)
        + f"\n\n{above}settings = dict({_arguments(settings)})\n"
        + (_drawn(explorer, model, tokenizer, asked) if again else _quoted(explorer, tokenizer))
        + f"choice = choose({asked}, recent=seen_tokens[-RECENT:], **settings)\n"
        + f"SamplingFigure(choice, labels({tokenizer}){''.join(f', {k}={v!r}' for k, v in filters.items())}, "
        + f"theme={explorer.theme!r})\n"
    )


def _arguments(settings: dict) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in settings.items())


def _names(explorer: SamplingExplorer) -> tuple[str, str, str]:
    """What model and tokenizer are called, and the lines that come before."""
    source = explorer.next
    if source.shipped:
        return "gpt", "gpt.tokenizer", "gpt = shipped_gpt()\n"
    model = name_of(source.model)
    if source.tokenizer is getattr(source.model, "tokenizer", None):
        tokenizer: str | None = f"{model or 'model'}.tokenizer"
    else:
        tokenizer = name_of(source.tokenizer)
    note = ""
    if model is None or tokenizer is None:
        note = "# " + _("model and tokenizer are those that you gave to the explorer") + "\n"
    return model or "model", tokenizer or "tokenizer", note


def _same_tokens(explorer: SamplingExplorer) -> bool:
    """Whether the text, encoded, is what was written: with byte pairs it may be cut in other places."""
    try:
        return [int(one) for one in explorer.next.tokenizer.encode(explorer.text)] == explorer.tokens
    except ValueError:
        return False


def _drawn(explorer: SamplingExplorer, model: str, tokenizer: str, asked: str) -> str:
    """What writes the text again; the drawing of `generate` is that of this loop."""
    count, seed = len(explorer.written), explorer.seed.value
    prompt = explorer.next.tokenizer.decode(explorer.tokens[:-count])
    begin = f"{tokenizer}.encode({prompt!r})"
    if not explorer.next.in_numpy:
        call = f"seen_tokens = generate({model}, {begin}, length={count}, seed={seed}, **settings)\n"
        return f"{call}print({tokenizer}.decode(seen_tokens))\n"
    return (
        f"seen_tokens = {begin}\n"
        f"random = np.random.default_rng({seed})\n"
        f"for _step in range({count}):\n"
        f"    token = draw({asked}, random, recent=seen_tokens[-RECENT:], **settings)\n"
        "    seen_tokens = np.append(seen_tokens, token)\n"
        f"print({tokenizer}.decode(seen_tokens))\n"
    )


def _quoted(explorer: SamplingExplorer, tokenizer: str) -> str:
    if _same_tokens(explorer):
        return f"seen_tokens = {tokenizer}.encode({explorer.text!r})\n"
    return f"seen_tokens = np.array({explorer.tokens!r})\n"
