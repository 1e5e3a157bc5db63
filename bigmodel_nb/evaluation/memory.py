"""What the recurrent layers of a trained model remember: states and gates of every step, and where a unit
is excited.

    seen = traces(model, tokens)                     # tokens (n, steps), or numbers (n, steps, features)
    seen["recurrent1"].gates["forget"]               # (n, steps, units)
    exciting_positions(seen["recurrent1"].states[0, :, 7], 6)

A. Karpathy, J. Johnson, L. Fei-Fei, 2015, "Visualizing and understanding recurrent networks".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bigmodel_nb.arguments import whole, wrong_value
from bigmodel_nb.evaluation.layers import batch, layers_by_name
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers
from bigmodel_nb.maths.through_time import Trace, trace

CELLS = {"SimpleRNN": "simple", "LSTM": "lstm", "GRU": "gru"}
PASSED = ("Dropout", "SpatialDropout1D", "GaussianNoise", "Activation")  # nothing happens there at test time


def traces(model: Any, sequences: Any) -> dict[str, Trace]:
    """A `maths.through_time.Trace` for each recurrent layer of `model`, by name, from the inputs up.

    `model` is a chain that begins with an embedding or with recurrent layers, as `models.build_rnn` makes it;
    what follows the last recurrent layer is not asked. The cells bend by tanh and sigmoid, read forwards and
    are no pair of two directions; of anything else a ValueError says what it is.
    """
    layers = list(layers_by_name(model).values())
    recurrent = [layer for layer in layers if type(layer).__name__ in CELLS]
    if not recurrent:
        expected = _("a model with SimpleRNN, LSTM or GRU layers that read in one direction")
        raise wrong_value("model", expected, ", ".join(type(layer).__name__ for layer in layers))
    values: Any = batch("sequences", model, sequences)
    found: dict[str, Trace] = {}
    for layer in layers[: layers.index(recurrent[-1]) + 1]:
        kind = type(layer).__name__
        if kind == "Embedding":
            values = np.asarray(layer.get_weights()[0])[values]
        elif kind in CELLS:
            found[layer.name] = _traced(layer, CELLS[kind], values)
            values = found[layer.name].states
        elif kind not in PASSED or (kind == "Activation" and layer.activation.__name__ != "linear"):
            expected = _("a chain of an embedding and recurrent layers; {name} is a {kind}").format(
                name=layer.name, kind=kind
            )
            raise wrong_value("model", expected, model.name)
    return found


def recurrent_names(model: Any) -> list[str]:
    """The names of the recurrent layers of a model, from the inputs up."""
    return [name for name, layer in layers_by_name(model).items() if type(layer).__name__ in CELLS]


def exciting_positions(activations: Any, count: int = 6, apart: int = 8) -> list[int]:
    """Where a unit's activations (steps,) are largest, best first; any two at least `apart` steps apart.

    At most `count`; fewer where the sequence is too short for as many.
    """
    expected = _("the activations of one unit, an array of shape (steps,)")
    values = array_of_numbers("activations", activations, expected)
    if values.ndim != 1:
        raise wrong_value("activations", expected, activations)
    count, apart = whole("count", count, 1), whole("apart", apart, 1)
    found: list[int] = []
    for place in np.argsort(-values, kind="stable"):
        if all(abs(int(place) - other) >= apart for other in found):
            found.append(int(place))
            if len(found) == count:
                break
    return found


def _traced(layer: Any, cell: str, values: np.ndarray) -> Trace:
    odd = [
        name
        for name, usual in (("activation", "tanh"), ("recurrent_activation", "sigmoid"))
        if getattr(getattr(layer, name, None), "__name__", usual) != usual
    ]
    odd += [name for name in ("go_backwards", "stateful") if getattr(layer, name, False)]
    if odd or not layer.use_bias:
        expected = _(
            "a model whose cells use tanh, sigmoid and biases, and read forwards from a state of zero"
        )
        raise wrong_value("model", expected, f"{layer.name}: {', '.join(odd or ['use_bias'])}")
    options = {"reset_after": layer.reset_after} if cell == "gru" else {}
    return trace(cell, values, [np.asarray(one) for one in layer.get_weights()], **options)
