"""How the model of a combination of settings is made: what is asked of the builder, what of the optimizer.

recipe = Recipe(build_mlp, None, {"optimizer": "adam", "batch_size": 32}, source)
model = recipe.model({"learning_rate": 0.01, "dropout": 0.2, "seed": 3})
optimizer = recipe.optimizer({"learning_rate": 0.01, "weight_decay": 1e-4})
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from bigmodel_nb.arguments import non_negative, positive, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.compiling import _optimizer, carry_exclusions, has_schedule
from bigmodel_nb.training.later import keras
from bigmodel_nb.training.preparing import build_on
from bigmodel_nb.training.twins import random_state_kept

# Knobs of training, each with its check; None where a run may do without. All others are the builder's.
OF_TRAINING: dict[str, Callable[[str, Any], Any]] = {
    "optimizer": lambda name, value: value,
    "learning_rate": lambda name, value: None if value is None else positive(name, value),
    "weight_decay": lambda name, value: None if value is None else non_negative(name, value),
    "clip": lambda name, value: None if value is None else positive(name, value),
    "batch_size": lambda name, value: whole(name, value, 1),
    "seed": lambda name, value: whole(name, value, 0, 2**31 - 1),
}


class Recipe:
    """A builder, its config, the settings that are the same for all members of a sweep, and the data that
    its models are for."""

    def __init__(self, builder: Callable[..., Any], config: Any, fixed: Mapping[str, Any], source: Any):
        if not callable(builder):
            raise wrong_type(
                "builder", _("a function that returns a Keras model, such as build_mlp"), builder
            )
        self.builder, self.config, self.fixed, self.source = builder, config, dict(fixed), source
        self._optimizers: dict[Any, Any] = {}

    def all_of(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of a member, those that are the same for all included."""
        return {**self.fixed, **settings}

    def asked(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """What the builder is asked for."""
        return {name: value for name, value in self.all_of(settings).items() if name not in OF_TRAINING}

    def key(self, settings: Mapping[str, Any]) -> str:
        """The same for members of which the builder is asked the same."""
        return repr(sorted(self.asked(settings).items()))

    def check_names(self, names: Any) -> None:
        """Raises a TypeError for the first name that neither training nor the builder knows."""
        try:
            parameters = inspect.signature(self.builder).parameters.values()
        except (TypeError, ValueError):  # written in C, say
            return
        if any(one.kind is one.VAR_KEYWORD for one in parameters):
            return  # the builder itself will say
        known = [one.name for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
        for name in names:
            if name not in OF_TRAINING and name not in known:
                raise TypeError(
                    _("{name!r} is no knob: training knows {training}; the builder takes {known}").format(
                        name=name, training=", ".join(OF_TRAINING), known=", ".join(known) or _("nothing")
                    )
                )

    def model(self, settings: Mapping[str, Any]) -> Any:
        """The model of a member, uncompiled or as the builder compiled it, with the first weights that it has
        after `keras.utils.set_random_seed(seed)`. The reader's random state is as it was before."""
        asked = self.asked(settings)
        try:
            with seeded(self.all_of(settings).get("seed", 0)):
                made = self.builder(**asked) if self.config is None else self.builder(self.config, **asked)
        except Exception as error:  # whatever the reader's own function raises
            reason = f"{type(error).__name__}: {str(error).strip()[:200]}"
            if isinstance(error, TypeError) and "has no field" in str(error):
                raise
            expected = _("a function that makes a Keras model of {asked} ({reason})")
            told = ", ".join(f"{name}={value!r}" for name, value in asked.items()) or _("no settings")
            raise wrong_value("builder", expected.format(asked=told, reason=reason), self.builder) from error
        if not isinstance(made, keras.Model):
            raise wrong_type("builder", _("a function that returns a Keras model"), made)
        with seeded(self.all_of(settings).get("seed", 0)):
            build_on(made, self.source)
        return made

    def update_rule(self, settings: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The optimizer that a member's is a copy of, and the member's configuration of it: with its rate,
        its weight decay and its clipping. Making one takes Keras milliseconds, so there is one for all."""
        chosen = self.all_of(settings)
        given = chosen.get("optimizer", "adam")
        key = given if isinstance(given, str) else id(given)
        if key not in self._optimizers:
            self._optimizers[key] = _optimizer(given)
        made = self._optimizers[key]
        config = made.get_config()
        rate, decay, clip = (chosen.get(name) for name in ("learning_rate", "weight_decay", "clip"))
        if rate is not None:
            if has_schedule(made):
                expected = _("None, since the optimizer follows a schedule of its own")
                raise wrong_value("learning_rate", expected, rate)
            config["learning_rate"] = rate
        if decay is not None:
            if "weight_decay" not in config:
                expected = _("None, since {name} has none").format(name=type(made).__name__)
                raise wrong_value("weight_decay", expected, decay)
            config["weight_decay"] = decay
        if clip is not None:
            config |= {"global_clipnorm": clip, "clipnorm": None, "clipvalue": None}
        return made, config

    def optimizer(self, settings: Mapping[str, Any]) -> Any:
        """A new optimizer for a member."""
        made, config = self.update_rule(settings)
        copy = type(made).from_config(config)
        carry_exclusions(made, (), copy, ())
        return copy


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """As after `keras.utils.set_random_seed(seed)`, for as long as the block lasts: Keras draws the seeds of
    first weights from Python's generator. TensorFlow's own is left alone, since it cannot be put back."""
    from keras.src.backend.common import global_state

    names = ("global_random_seed", "global_seed_generator")
    before = {name: global_state.get_global_attribute(name) for name in names}
    with random_state_kept():
        try:
            global_state.set_global_attribute(names[0], seed)
            global_state.set_global_attribute(names[1], None)
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            yield
        finally:
            for name, value in before.items():
                global_state.set_global_attribute(name, value)
