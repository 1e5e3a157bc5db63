"""The ladder: one text, one question, and better and better answers, from counting letters to a transformer.

    ladder = Ladder(python_manual())
    ladder.climb("bigram")
    ladder.climb("LSTM", seconds=12)
    ladder.table()                            # a row for each rung that was climbed on this computer
    ladder.write("LSTM", "The ", length=200)

All rungs are measured alike. The validation part of the text is cut into windows of `context_length` tokens
that stand side by side. In each window every token but the first is predicted from those before it in the
same window, and so is the one that follows the last: each token of the part once. `bits` is the mean of
-log2 p, for each character. So no rung sees more than `context_length` tokens, and at the beginning of a
window all see few. Unigrams see none, bigrams 1, n-grams n - 1, the window MLP as many as its window,
recurrent networks and transformers all that the window holds so far. Tokens are characters, unless a
tokenizer says otherwise.

What was climbed is kept on disk, with the models, and is there again after a restart. Another text, another
Python (whose manual differs) or another context has a table of its own.
"""

from __future__ import annotations

import functools
import os
import pathlib
import time
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from bigmodel_nb.arguments import one_of, positive, whole, wrong_type, wrong_value
from bigmodel_nb.data.text import TextDataset, TokenDataset
from bigmodel_nb.data.tokenizers import CharacterTokenizer, Tokenizer
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.ladder import learning
from bigmodel_nb.training.ladder.keeping import Shelf, facts_of, in_order
from bigmodel_nb.training.ladder.rungs import (
    COUNTED,
    FINISHED,
    OWN,
    RECIPES,
    RUNGS,
    Recipe,
    Rung,
    counting_model,
)
from bigmodel_nb.training.ladder.table import Table
from bigmodel_nb.training.run import plain, runs_folder

SECONDS = 12.0  # of training a rung, unless told otherwise
SAMPLE = 120  # tokens
OPENING = "The "  # what samples go on from, where the text has such characters
UNKNOWN = "\ufffd"
ASKED = ("seconds", "steps", "batch_size", "learning_rate")  # settings that are no fields of a model


class Ladder:
    """The rungs that were climbed on `text`, a TextDataset.

    path: the folder they are kept in; default: `ladder` in `runs_folder()`. False: nothing is kept.
    tokenizer: default: the characters of the training part, and one for all that it never met.
    context_length: of the windows that all rungs are measured on, in tokens.
    """

    def __init__(
        self,
        text: TextDataset,
        *,
        path: str | os.PathLike[str] | Literal[False] | None = None,
        tokenizer: Tokenizer | None = None,
        context_length: int = 64,
    ):
        if not isinstance(text, TextDataset):
            raise wrong_type("text", _("a TextDataset, such as python_manual()"), text)
        if path is not None and path is not False and not isinstance(path, (str, os.PathLike)):
            raise wrong_type("path", _("the path of a folder, None for the usual one, or False"), path)
        length = whole("context_length", context_length, 2)
        self.text = text
        self.tokenizer = _characters_of(text) if tokenizer is None else tokenizer
        # Training windows overlap: a character is not always at the same place of its window.
        self.data: TokenDataset = text.encode(self.tokenizer, length, stride=max(1, length // 4))
        self._shelf: Shelf | None = None
        if path is not False:
            folder = pathlib.Path(path).expanduser() if path else runs_folder() / "ladder"
            self._shelf = Shelf(folder, facts_of(text, self.tokenizer, length))
        self._rungs = self._shelf.read() if self._shelf is not None else {}
        self._models: dict[str, Any] = {}

    # -- what there is ------------------------------------------------------------------------

    @property
    def rows(self) -> tuple[Rung, ...]:
        """The rungs climbed so far, from the lowest kind up; a reader's own at the end."""
        return tuple(self._rungs.values())

    @property
    def missing(self) -> tuple[str, ...]:
        """The rungs of `RUNGS` that have not been climbed yet."""
        return tuple(name for name in RUNGS if name not in self._rungs)

    def __getitem__(self, rung: str) -> Rung:
        expected = _("one that was climbed: {names}").format(names=", ".join(self._rungs) or _("none yet"))
        if not isinstance(rung, str):
            raise wrong_type("rung", expected, rung)
        if rung not in self._rungs:
            raise wrong_value("rung", expected, rung)
        return self._rungs[rung]

    def __contains__(self, rung: object) -> bool:
        return rung in self._rungs

    def table(self) -> Table:
        """The rungs as a table, for a notebook or for print."""
        title = _("{name}: bits a character of the validation part, in windows of {length}")
        return Table(self._rungs, title.format(name=self.text.name, length=self.data.context_length))

    def __repr__(self) -> str:
        return str(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

    # -- climbing -----------------------------------------------------------------------------

    def climb(
        self,
        rung: str,
        *,
        seconds: float | None = None,
        steps: int | None = None,
        model: Any = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        seed: int = 0,
        watch: Any = True,
        restart: bool = False,
        **fields: Any,
    ) -> Rung:
        """Counts or trains a rung, measures it, lets it write, and puts it into the table.

        rung: one of `RUNGS`, or a name of your own together with `model`.
        seconds: how long to train (12 by default); how many steps that is, a short trial tells. Or `steps`,
            which any machine repeats. Compiling, validating and the trial take 1 to 5 seconds more.
        model: a Keras model of your own: tokens (n, T) in, logits (n, T, vocabulary) out, causal. It is
            trained as it is.
        fields: what the model is built with: `widths`, `embedding_width` (recurrent, window MLP), `window`,
            `d_model`, `num_layers`, `num_heads`, ... (Transformer), `order`, `smoothing` (n-gram).

        A rung that was trained with the same settings before is not trained again, unless `restart=True`: its
        record is returned as it is, and a `model` of your own gets the weights.
        """
        if model is None:
            one_of("rung", rung, RUNGS)
        elif not isinstance(rung, str) or not rung.strip() or rung in RUNGS:
            raise wrong_value("rung", _("a name of your own for the model"), rung)
        seed = whole("seed", seed, 0)
        if rung in COUNTED:
            return self._count(rung, seed, fields)
        if seconds is not None and steps is not None:
            raise wrong_value("steps", _("None where seconds are given"), steps)
        if steps is None:
            seconds = positive("seconds", SECONDS if seconds is None else seconds)
        else:
            steps = whole("steps", steps, 1)
        recipe = RECIPES[rung if model is None else OWN]
        rate = recipe.learning_rate if learning_rate is None else learning_rate
        settings: dict[str, Any] = {
            "seconds": seconds,
            "steps": steps,
            "batch_size": whole("batch_size", recipe.batch_size if batch_size is None else batch_size, 1),
            "learning_rate": positive("learning_rate", rate),
        }
        if model is None:
            settings |= {**recipe.fields, **fields}
        elif fields:
            raise wrong_value("fields", _("none, where model is built already"), ", ".join(fields))
        else:
            learning.check_model(model, self.data)
            settings["model"] = learning.architecture_of(model)
        before = self._rungs.get(rung)
        if before is not None and not restart and before.ended == FINISHED and before.seed == seed:
            kept = self._model_of(rung) if dict(before.settings) == plain(settings) else None
            if kept is not None:
                if model is not None:
                    model.set_weights(kept.get_weights())
                return before
        return self._train(rung, recipe, model, settings, seed, watch)

    def _count(self, rung: str, seed: int, fields: Mapping[str, Any]) -> Rung:
        """Counting is quicker than reading what was counted."""
        strange = sorted(set(fields) - ({"order", "smoothing"} if rung == "n-gram" else set()))
        if strange:
            raise TypeError(_("{rung} has no setting {name!r}").format(rung=rung, name=strange[0]))
        tokens = self.data.train.tokens
        began = time.perf_counter()
        found = counting_model(rung, fields).fit(tokens, self.data.vocabulary_size)
        took = time.perf_counter() - began
        self._models[rung] = found
        return self._keep(
            Rung(
                name=rung,
                bits=self._bits(learning.nats_of(found, self.data.validation)),
                parameters=found.parameters,
                seconds=took if found.order else 0.0,
                flops=float(found.order * len(tokens)),
                sees=max(0, found.order - 1),
                sample=self._sample(found, seed),
                seed=seed,
                settings={"order": found.order, "smoothing": found.smoothing},
            )
        )

    def _train(
        self, rung: str, recipe: Recipe, model: Any, settings: dict[str, Any], seed: int, watch: Any
    ) -> Rung:
        length, size = self.data.context_length, self.data.vocabulary_size
        fields = {name: settings[name] for name in settings if name not in (*ASKED, "model")}
        if model is None:
            model = learning.seeded(seed, functools.partial(recipe.build, size, length, **fields))
        steps = settings["steps"]
        if steps is None:
            steps = max(1, round(settings["seconds"] * learning.pace(model, self.data, settings, recipe)))
        run = learning.train(model, self.data, steps, settings, recipe, seed=seed, watch=watch)
        nats = run.history["val_loss"][-1] if run.ended == FINISHED else np.nan
        if not np.isfinite(nats):
            nats = learning.nats_of(model, self.data.validation)
        flops = 0.0 if run.cost is None else run.cost.flops
        told = [self._bits(value) for value in run.history.get("val_loss", []) if np.isfinite(value)]
        done = [
            flops * min(1.0, (n + 1) * run.config["steps_per_epoch"] / max(1, run.steps))
            for n in range(len(told))
        ]
        self._models[rung] = model
        if self._shelf is not None:
            self._shelf.write_model(rung, model)
        return self._keep(
            Rung(
                name=rung,
                bits=self._bits(nats),
                parameters=model.count_params(),
                seconds=run.seconds.get("training", 0.0),
                flops=flops,
                sees=recipe.sees(fields, length),
                sample=self._sample(model, seed),
                steps=run.steps,
                seed=seed,
                settings=plain(settings),
                ended=run.ended,
                course=tuple(zip(done, told, strict=True)),
            )
        )

    def _bits(self, nats: float) -> float:
        return self.data.bits_per_character(nats)

    def _keep(self, rung: Rung) -> Rung:
        if self._shelf is not None:
            self._rungs = self._shelf.write(rung)
        else:
            self._rungs = in_order({**self._rungs, rung.name: rung})
        return rung

    # -- asking -------------------------------------------------------------------------------

    def model(self, rung: str) -> Any:
        """The model of a rung that was climbed: a Keras model, or an `NGram`."""
        self[rung]
        found = self._model_of(rung)
        if found is None:
            raise wrong_value("rung", _("one whose model is still there; climb it again"), rung)
        return found

    def _model_of(self, rung: str) -> Any:
        if rung not in self._models:
            if rung in COUNTED:
                counts = counting_model(rung, self._rungs[rung].settings)
                found: Any = counts.fit(self.data.train.tokens, self.data.vocabulary_size)
            else:
                found = self._shelf.read_model(rung) if self._shelf is not None else None
            if found is None:
                return None
            self._models[rung] = found
        return self._models[rung]

    def write(
        self, rung: str, prompt: str = OPENING, *, length: int = 200, temperature: float = 1.0, seed: int = 0
    ) -> str:
        """`prompt` and `length` tokens more, as the rung goes on."""
        if not isinstance(prompt, str) or not prompt:
            raise wrong_value("prompt", _("text of one character or more"), prompt)
        return learning.written(
            self.model(rung),
            prompt,
            tokenizer=self.tokenizer,
            length=whole("length", length, 0),
            temperature=temperature,
            seed=whole("seed", seed, 0),
        )

    def _sample(self, model: Any, seed: int) -> str:
        prompt = OPENING if set(OPENING) <= set(self.text.train) else self.text.train[:1]
        return learning.written(model, prompt, tokenizer=self.tokenizer, length=SAMPLE, seed=seed)


def _characters_of(text: TextDataset) -> CharacterTokenizer:
    strange = set(text.validation + text.test) - set(text.train)
    return CharacterTokenizer.fit(text.train, UNKNOWN if strange else None)
