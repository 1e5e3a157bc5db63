"""Chapter 2: what a dense layer computes for a batch of examples."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _


def _try_dense(dense: ReaderFunction, rng: np.random.Generator) -> str:
    # As many examples as inputs as units: nothing raises, so that each fault shows in the numbers.
    dense.try_case(telling(partial(_square, rng)))
    for n, inputs_, units in ((4, 3, 2), (1, 3, 2), (5, 1, 4)):
        x, W, b = (inputs.numbers(rng, *shape) for shape in ((n, inputs_), (inputs_, units), (units,)))
        call = dense(x=x, W=W, b=b)
        call.must_equal(
            x @ W + b, Suspect((x @ W + b).T, _("Your answer is turned on its side: rows are examples."))
        )
    return _("One line for a whole batch, and it is what Keras computes. All the rest is activations.")


def _square(rng: np.random.Generator) -> Case:
    x, W, b = inputs.numbers(rng, 3, 3), inputs.numbers(rng, 3, 3), inputs.numbers(rng, 3)
    right = x @ W + b
    side = _("W @ x mixes the examples with each other. Here each row of x is one example: x @ W.")
    turned = _("W is turned on its side. It has one row for each input and one column for each unit: x @ W.")
    wrong_axis = _("Each example gets a bias of its own. A bias belongs to a unit: one for each column.")
    return Case(
        {"x": x, "W": W, "b": b},
        right,
        [
            Suspect(W @ x + b, side),
            Suspect(W @ x + b[:, None], side),
            Suspect(W @ x, side),
            Suspect(x @ W.T + b, turned),
            Suspect(x @ W.T, turned),
            Suspect(x @ W + b[:, None], wrong_axis),
            Suspect(right.T, _("Your answer is turned on its side: rows are examples, columns are units.")),
            Suspect(x @ W, _("The bias is missing: add b to every row.")),
            Suspect(x @ W - b, _("The bias is taken away. It is added.")),
            Suspect(x @ W + b.sum(), _("Every unit gets the sum of all biases. Each has its own.")),
            Suspect(x @ W + b.mean(), _("Every unit gets the mean of all biases. Each has its own.")),
            Suspect(x @ W + b[0], _("Every unit gets the first bias. Each has its own.")),
            Suspect(
                (x + b) @ W, _("The bias is added to the inputs. Add it to the sums, after the product.")
            ),
            Suspect(
                x * W + b,
                _("* multiplies entry by entry. A unit adds up over all its inputs: the matrix product @."),
            ),
            Suspect(
                np.maximum(right, 0), _("That is x @ W + b with an activation. This exercise asks for none.")
            ),
            Suspect(np.tanh(right), _("That is x @ W + b with an activation. This exercise asks for none.")),
        ],
    )


dense = Exercise(
    key="02/dense",
    handle="networks.dense",
    title=_("A dense layer for a batch"),
    kind=_("fill in one line"),
    words=_(
        "`x` has shape (n, inputs): each row is one example. `W` has shape (inputs, units): each column is "
        "one unit. `b` has shape (units,). Return the sums of all units for all examples, of shape "
        "(n, units). No activation yet, and no loop."
    ),
    signature="dense(x, W, b)",
    template='''
def dense(x, W, b):
    """The sums of a layer: x (n, inputs), W (inputs, units), b (units,) -> (n, units)."""
    return ...
''',
    hints=(
        _("Which two numbers must agree so that a matrix product can be formed, and which two remain?"),
        _("(n, inputs) times (inputs, units) leaves (n, units). NumPy then adds `b` to every row."),
        _("`return x @ ... + ...`"),
    ),
    ours='''
def dense(x, W, b):
    """The sums of a layer: x (n, inputs), W (inputs, units), b (units,) -> (n, units)."""
    return x @ W + b
''',
    trial=_try_dense,
    answers="bigmodel_nb.exercises.networks.answers.dense_layer:dense",
)
