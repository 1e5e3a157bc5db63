"""What a run will take, said before it begins and better after the first one."""

from __future__ import annotations

import sys
from typing import Any

from bigmodel_nb.training.foresight import Foreseen, foresee
from bigmodel_nb.widgets.studio.bench import Bench, Recipe
from bigmodel_nb.widgets.studio.subject import Subject


class Costs:
    """Costs of recipes for one builder and its data. Records are counted by arithmetic; the models of a
    reader's own function are built and counted once Keras is loaded, and not before."""

    def __init__(self, subject: Subject, options: dict[str, Any]):
        self.subject = subject
        self.examples = _length(getattr(subject.data, "train", subject.data))
        held = options.get("validation_data", getattr(subject.data, "validation", None))
        self.validation = _length(held) or 0
        self._overhead: float | None = None  # seconds of a step beside its arithmetic, as measured
        self._counted: dict[str, tuple[int, int, int]] = {}

    def of(self, recipe: Recipe) -> Foreseen:
        """What this recipe will take, as far as it can be said."""
        sizes: dict[str, Any] = {
            "optimizer": recipe.optimizer, "batch_size": recipe.batch_size, "examples": self.examples,
            "validation": self.validation, "epochs": recipe.epochs, "overhead": self._overhead,
        }  # fmt: skip
        config = self.subject.config(recipe.settings)
        counted = None
        if config is None or not _closed(config):
            counted = self._built(recipe)
        return foresee(config, counted=counted, **sizes)

    def _built(self, recipe: Recipe) -> tuple[int, int, int] | None:
        """Parameters, operations and activations of the model itself; None before Keras is loaded."""
        if "tensorflow" not in sys.modules or "keras" not in sys.modules:
            return None
        key = repr(sorted(recipe.settings.items()))
        if key not in self._counted:
            from bigmodel_nb.training.counting import count

            found = count(self.subject.build(recipe.settings, recipe.seed), self.subject.length)
            self._counted[key] = (found.parameters, found.forward, found.activations // 4)
            if len(self._counted) > 100:
                self._counted.pop(next(iter(self._counted)))
        return self._counted[key]

    def learn(self, bench: Bench) -> None:
        """From a run that has ended: how long a step takes beside its arithmetic."""
        from bigmodel_nb.training.foresight import arithmetic_seconds

        run, foreseen = bench.run, self.of(bench.recipe)
        seconds, steps = run.seconds.get("training", 0.0), run.steps
        if steps < 20 or foreseen.flops is None or not seconds:
            return
        share = foreseen.flops * steps / bench.session.steps
        config = self.subject.config(bench.recipe.settings)
        self._overhead = max(0.0, seconds - arithmetic_seconds(share, config)) / steps


def _closed(config: Any) -> bool:
    return type(config).__name__ in ("LinearConfig", "MLPConfig", "CNNConfig")


def _length(part: Any) -> int | None:
    """The number of examples, where it is known."""
    parts = part[1] if isinstance(part, tuple | list) and len(part) >= 2 else part
    try:
        return len(parts)
    except TypeError:
        return None
