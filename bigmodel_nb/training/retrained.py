"""A model that is trained from its first weights again and again: its knobs, its loop, its beginnings."""

from __future__ import annotations

import json
import math
from collections import OrderedDict
from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.compiling import check_objective, compile_model, fixed_batch
from bigmodel_nb.training.later import keras
from bigmodel_nb.training.preparing import build_on
from bigmodel_nb.training.sharing import without_names
from bigmodel_nb.training.sources import Texts
from bigmodel_nb.training.steps import evaluates_itself, steps_itself
from bigmodel_nb.training.twins import random_state_kept
from bigmodel_nb.training.whole_run import CHUNK, Epochs, WholeRun, pays_for
from bigmodel_nb.training.workers import seed_dropout

SEEDS = 32  # whose first weights are remembered


class Retrained:
    """One architecture with one optimizer and one batch size. `retrainer` brings builder, data and loss,
    `fields` are the builder's arguments, `chosen` all knobs."""

    def __init__(self, retrainer: Any, fields: dict[str, Any], chosen: dict[str, Any]):
        import tensorflow as tf

        if keras.backend.backend() != "tensorflow":
            expected = _("tensorflow, for one compiled loop over a whole run")
            raise wrong_value("keras.backend", expected, keras.backend.backend())
        self.builder, self.fields = retrainer.builder, fields
        self.source, held = retrainer.source, retrainer.held
        self.model = model = self._built(0)
        build_on(model, self.source)
        if held is not None:
            build_on(model, held, "validation_data")
        optimizer = _copy(chosen["optimizer"])
        compile_model(model, self.source, retrainer.loss, retrainer.metrics, optimizer, None, chosen["clip"])
        if steps_itself(model) or evaluates_itself(model) or fixed_batch(model) is not None:
            expected = _("one whose models leave training, validation and the size of batches to Keras")
            raise wrong_value("builder", expected, self.builder)
        check_objective("data", model, self.source)
        if held is not None:
            check_objective("validation_data", model, held)
        model._symbolic_build(data_batch=self.source.sample(2))
        self.optimizer = model.optimizer
        self.own_rate = float(self.optimizer.learning_rate)
        self.weight_decay = None
        if chosen.get("weight_decay") is not None:
            self.weight_decay = tf.Variable(0.0)
            object.__setattr__(self.optimizer, "weight_decay", self.weight_decay)  # past Keras's tracking
        self.dropout = None
        if fields.get("dropout"):
            self._make_dropout_variable()
        self._fresh = [variable.numpy() for variable in self.optimizer.variables]
        self._starts: OrderedDict[int, tuple[list[np.ndarray], list[np.ndarray]]] = OrderedDict()
        self.pace = 0.0  # seconds an epoch; 0 before it is known
        self.loop = WholeRun(
            model,
            self.source,
            held,
            batch_size=chosen["batch_size"],
            xla=pays_for(model) if retrainer.xla == "auto" else retrainer.xla,
            tokens=self.source.length if isinstance(self.source, Texts) else 1,
        )

    def _built(self, seed: int, **fields: Any) -> Any:
        """The model of a seed, as `keras.utils.set_random_seed(seed)` before the builder makes it."""
        with random_state_kept():
            keras.utils.set_random_seed(seed)
            model = self.builder(**{**self.fields, **fields})
        if not isinstance(model, keras.Model):
            raise wrong_type("builder", _("a function that returns a Keras model"), model)
        if not model.built:
            build_on(model, self.source)
        return model

    # -- dropout as a variable ----------------------------------------------------------------

    def _make_dropout_variable(self) -> None:
        """Where the builder's `dropout` is the rate of Dropout layers and nothing else, one loop serves all
        rates. Elsewhere (in recurrent cells) each rate is compiled."""
        import tensorflow as tf

        rate = self.fields["dropout"]
        other = self._built(0, dropout=rate / 2)
        layers = [one for one in self.model._flatten_layers() if type(one) is keras.layers.Dropout]
        if not layers or any(one.rate != rate for one in layers) or _rest(self.model) != _rest(other):
            return
        self.dropout = variable = tf.Variable(rate, dtype=tf.float32)

        def silence(layer: Any) -> Any:
            def call(inputs, training=False):
                if not training:
                    return inputs
                drawn = keras.random.uniform(
                    keras.ops.shape(inputs), dtype=inputs.dtype, seed=layer.seed_generator
                )
                share = tf.cast(variable, inputs.dtype)
                return tf.where(drawn >= share, inputs / (1 - share), tf.zeros_like(inputs))

            return call

        for layer in layers:
            object.__setattr__(layer, "call", silence(layer))

    # -- a run ----------------------------------------------------------------------------------

    def start(
        self, seed: int, *, learning_rate: float | None, weight_decay: float | None, dropout: float | None
    ) -> None:
        """First weights, a fresh optimizer, and the knobs."""
        weights, state = self._start_of(seed)
        for variable, value in zip(self.model.variables, weights, strict=True):
            variable.assign(value)
        for variable, value in zip(self.optimizer.variables, state, strict=True):
            variable.assign(value)
        self.optimizer.learning_rate.assign(self.own_rate if learning_rate is None else learning_rate)
        if self.weight_decay is not None:
            self.weight_decay.assign(weight_decay)
        if self.dropout is not None:
            self.dropout.assign(dropout)
        seed_dropout(self.model, seed)

    def _start_of(self, seed: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
        if seed not in self._starts:
            model = self._built(seed)
            state = self._fresh
            if any(value.ndim and value.any() for value in state):  # some optimizers start from the weights
                copy = _copy(self.optimizer, weight_decay=None)
                copy.build(model.trainable_variables)
                state = [variable.numpy() for variable in copy.variables]
            self._starts[seed] = [variable.numpy() for variable in model.variables], state
            while len(self._starts) > SEEDS:
                self._starts.popitem(last=False)
        return self._starts[seed]

    def affordable(self, seconds: float) -> int:
        """How many epochs go into so many seconds; 1 where that is not known."""
        if not self.pace:
            return 1
        return CHUNK if math.isinf(seconds) else max(1, int(seconds / self.pace))

    def epochs(self, batches: Any, done: int, most: int) -> Epochs:
        """The next epochs of a run that has `done` epochs behind it, at most `most` of them."""
        first = done % CHUNK
        last = min(CHUNK, first + most)
        orders = np.zeros((CHUNK, len(self.source)), np.int32)
        for place in range(first, last):
            orders[place] = _order(batches, done - first + place)
        found = self.loop.epochs(orders, first, last)
        if not found.compiled and len(found.losses):
            self.pace = found.seconds / len(found.losses)
        return found


def _order(batches: Any, number: int) -> np.ndarray:
    """The examples of a pass, in its order."""
    per, rows = batches.steps_per_pass, []
    step = number * per
    while step < (number + 1) * per:
        _tensors, order = batches.take(step, per)
        rows.append(order.ravel())
        step += len(order)
    return np.concatenate(rows)


def _copy(optimizer: Any, **changed: Any) -> Any:
    """A Keras optimizer like this one, which is a name or an optimizer."""
    if isinstance(optimizer, str) or not isinstance(optimizer, keras.optimizers.Optimizer):
        return optimizer  # compile_model knows names, and says what else is wrong
    return type(optimizer).from_config({**optimizer.get_config(), **changed})


def _rest(model: Any) -> str:
    """The architecture, but for the rates of its Dropout layers."""

    def without_rates(part: Any) -> Any:
        if isinstance(part, list | tuple):
            return [without_rates(value) for value in part]
        if not isinstance(part, dict):
            return part
        found = {name: without_rates(value) for name, value in part.items()}
        if part.get("class_name") == "Dropout" and isinstance(found.get("config"), dict):
            found["config"].pop("rate", None)
        return found

    return json.dumps(
        without_rates(without_names(keras.saving.serialize_keras_object(model))), sort_keys=True
    )
