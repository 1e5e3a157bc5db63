"""The live curve: the whole run that the present knobs would give, trained anew whenever one is turned."""

from __future__ import annotations

import functools
from typing import Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.studio.bench import OPTIMIZERS, Recipe, optimizer_of
from bigmodel_nb.widgets.studio.shelf import Entry
from bigmodel_nb.widgets.studio.subject import Subject

LOOK = 0  # ink: runs on the shelf have colors
SLICE = 0.1  # seconds between two looks at the page
LONGEST = 5.0  # seconds: a longer run is not one to be trained at every turn of a knob


class Preview:
    """Runs of `training.retraining.Retrainer`; `entry` holds the latest, as far as it has come."""

    def __init__(self, subject: Subject, options: dict[str, Any]):
        self.subject, self.options = subject, options
        self.entry: Entry | None = None
        self._retrainer: Any = None
        self._asked: Recipe | None = None
        self._optimizer = functools.lru_cache(maxsize=len(OPTIMIZERS))(self._made)

    @staticmethod
    def _made(name: str) -> Any:
        """One optimizer of each name: runs get copies of it, with rate and decay of their own."""
        return optimizer_of(Recipe({}, 0.001, 0.0, name, 1, 1, 0))

    def ask(self, recipe: Recipe) -> bool:
        """Drops the run under way; the next `advance` begins one with these settings. Returns whether that
        will be quick: the first run of an architecture loads Keras and compiles."""
        self._asked = recipe
        return self._retrainer is not None and self._retrainer.ready(**self._knobs(recipe))

    def _knobs(self, recipe: Recipe) -> dict[str, Any]:
        training = {name: value for name, value in recipe.training().items() if name != "seed"}
        training["optimizer"] = self._optimizer(recipe.optimizer)
        return {**self.subject.arguments(recipe.settings), **training}

    def _begin(self, recipe: Recipe) -> None:
        from bigmodel_nb.training.retraining import Retrainer

        if self._retrainer is None:
            self._retrainer = Retrainer(self.subject.call, self.subject.data, **self.options)
        curve = self._retrainer.begin(seed=recipe.seed, **self._knobs(recipe))
        curve.config = {**recipe.flat(), "changes": []}
        examples = len(self._retrainer.source)
        per_epoch = -(-examples // min(recipe.batch_size, examples))
        about = {"recipe": recipe.as_dict(), "builder": self.subject.name}
        self.entry = Entry(_("live"), curve, recipe.flat(), LOOK, steps_per_epoch=per_epoch, about=about)

    def advance(self, seconds: float = SLICE) -> bool:
        """Trains for about so long. True: the curve is whole."""
        asked, self._asked = self._asked, None
        if asked is not None:
            self._begin(asked)
        done = self._retrainer is None or self._retrainer.advance(seconds)
        if done and self.entry is not None:
            self.entry.run.seconds["total"] = self.entry.run.seconds.get("training", 0.0)
        return done

    def drop(self) -> None:
        """No curve."""
        self.entry = self._asked = None
        if self._retrainer is not None:
            self._retrainer.drop()
