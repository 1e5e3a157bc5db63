"""Show code for a `TokenExplorer`: the cell that splits the text, or finds the neighbors, without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.reader import name_of
from bigmodel_nb.widgets.token_splits import OWN

if TYPE_CHECKING:
    from bigmodel_nb.widgets.tokens import TokenExplorer


def token_cell(explorer: TokenExplorer) -> str:
    """The cell for the present state."""
    return _table(explorer) if explorer.view.value == "embeddings" else _split(explorer)


def _split(explorer: TokenExplorer) -> str:
    text, names = explorer.text.value, list(explorer.splits)
    corpus, note, load = "", "", ""
    if "byte pairs" in names:
        if explorer._source.corpus is None:
            load, corpus = "from bigmodel_nb.data import python_manual\n", "python_manual().train"
        else:
            corpus = name_of(explorer._source.corpus) or "corpus"
    made = {
        "characters": "CharacterTokenizer.fit(sample)",
        "bytes": "ByteTokenizer()",
        "byte pairs": f"BytePairTokenizer.fit({corpus}, {explorer.vocabulary_size.value})",
        OWN: _own(explorer),
    }
    kinds = ["BytePairTokenizer"] * ("byte pairs" in names) + ["ByteTokenizer", "CharacterTokenizer"]
    unnamed = (corpus == "corpus", OWN in names and made[OWN] == "tokenizer" and not _named(explorer))
    if any(unnamed):
        note = "# " + _("corpus and tokenizer are those that you gave to the explorer") + "\n"
    lines = "".join(f"    {name!r}: pieces({made[name]}, sample),\n" for name in names)
    return (
        f"{load}from bigmodel_nb.data.tokenizers import {', '.join(kinds)}\n"
        "from bigmodel_nb.figures.tokens import TokenFigure\n"
        "from bigmodel_nb.widgets.token_splits import pieces\n\n"
        f"{note}sample = {text!r}\nsplits = {{\n{lines}}}\n"
        "print({way: len(split.shown) for way, split in splits.items()})\n"
        f"TokenFigure(splits, {explorer.split.value!r}, len(sample), theme={explorer.theme!r})\n"
    )


def _named(explorer: TokenExplorer) -> bool:
    return name_of(explorer.tokenizer) is not None


def _own(explorer: TokenExplorer) -> str:
    """What the reader's tokenizer is called."""
    if explorer.model is not None and explorer.tokenizer is getattr(explorer.model, "tokenizer", None):
        return f"{name_of(explorer.model) or 'model'}.tokenizer"
    return name_of(explorer.tokenizer) or "tokenizer"


def _table(explorer: TokenExplorer) -> str:
    model, tokenizer = name_of(explorer.model), _own(explorer)
    note = "" if model else "# " + _("model and tokenizer are those that you gave to the explorer") + "\n"
    return (
        "from bigmodel_nb.figures.embeddings import EmbeddingFigure\n"
        "from bigmodel_nb.maths.embeddings import neighbors, plane\n"
        "from bigmodel_nb.widgets.token_tables import table_of\n"
        "from bigmodel_nb.widgets.token_words import labels\n\n"
        f"{note}signs = labels({tokenizer})\n"
        f"_name, table = table_of({model or 'model'}, len(signs))\n"
        f"near, cosines = neighbors(table, {explorer.token.value})\n"
        "print([signs[number] for number in near])\n"
        f"EmbeddingFigure(plane(table), signs, {explorer.token.value}, near, cosines, "
        f"theme={explorer.theme!r})\n"
    )
