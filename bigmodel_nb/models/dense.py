"""A linear model, and the multilayer perceptron: layers in which every unit sees every input.

    build_linear(input_shape=(30,), num_outputs=1)
    build_mlp(input_shape=(64,), num_outputs=10, widths=(64, 32), dropout=0.2)

F. Rosenblatt, 1958, "The perceptron"; D. E. Rumelhart, G. E. Hinton, R. J. Williams, 1986, "Learning
representations by back-propagating errors". Outputs are logits or quantities: no softmax, no sigmoid.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bigmodel_nb.arguments import non_negative
from bigmodel_nb.maths.knobs import knob, share_below_one, truth
from bigmodel_nb.models.config import (
    ACTIVATIONS,
    INITIALIZERS,
    WIDEST,
    ModelConfig,
    affordable,
    choice,
    configured,
    count,
    counts,
    shape_of_example,
)
from bigmodel_nb.models.hidden import flat, hidden_layers, penalized, scores

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class LinearConfig(ModelConfig):
    """Outputs that are weighted sums of the inputs: linear regression, or with a softmax after it logistic
    regression. What it cannot learn (XOR) is why there are hidden layers."""

    # What one example looks like. More axes than one are laid out in a row first: (8, 8) gives 64 inputs.
    input_shape: tuple[int, ...] = knob(
        (64,), shape_of_example(example=(64,)), help="the shape of one example"
    )
    # One for each class, or for each quantity. A yes-or-no question needs one.
    num_outputs: int = knob(10, count(1, WIDEST), 1, 10, help="classes, or quantities to predict")
    # A linear model may begin anywhere, its loss has one valley; zeros are as good as random numbers.
    initializer: str = knob("glorot uniform", choice(*INITIALIZERS), help="how the weights begin")
    # Added to the loss for each weight w: l1 |w| drives weights to 0 exactly (Tibshirani, 1996, the lasso)...
    l1: float = knob(0.0, non_negative, 1e-6, 1e-1, log=True, help="price of |w| for each weight")
    # ...and l2 w^2 keeps them small (Hoerl and Kennard, 1970, ridge regression). Biases are free.
    l2: float = knob(0.0, non_negative, 1e-6, 1e-1, log=True, help="price of w^2 for each weight")

    @property
    def parameter_count(self) -> int:
        """A weight for each input and output, and a bias for each output."""
        return (math.prod(self.input_shape) + 1) * self.num_outputs


@dataclass(frozen=True)
class MLPConfig(ModelConfig):
    """Hidden layers between inputs and outputs, each a linear model with a bend after it."""

    # What one example looks like. More axes than one are laid out in a row first: (8, 8) gives 64 inputs.
    input_shape: tuple[int, ...] = knob(
        (64,), shape_of_example(example=(64,)), help="the shape of one example"
    )
    # One for each class, or for each quantity. A yes-or-no question needs one.
    num_outputs: int = knob(10, count(1, WIDEST), 1, 10, help="classes, or quantities to predict")
    # Units of each hidden layer, from the inputs up. () is a linear model.
    widths: tuple[int, ...] = knob(
        (32,), counts(1, WIDEST), 1, 512, log=True, help="units of each hidden layer"
    )
    # The bend. Without one ("linear"), any number of layers is one linear layer.
    activation: str = knob("relu", choice(*ACTIVATIONS), help="what a hidden unit makes of its sum")
    # The size of the first weights: too small and signals die on their way up, too large and they blow up.
    # "he normal" is made for relu, "glorot uniform" for tanh, "lecun normal" for selu.
    initializer: str = knob("glorot uniform", choice(*INITIALIZERS), help="how the weights begin")
    # Added to the loss for each weight w: l1 |w| drives weights to 0 exactly, l2 w^2 keeps them small.
    l1: float = knob(0.0, non_negative, 1e-6, 1e-1, log=True, help="price of |w| for each weight")
    l2: float = knob(0.0, non_negative, 1e-6, 1e-1, log=True, help="price of w^2 for each weight")
    # The share of hidden units that is silenced at each step of training, others each time (Srivastava and
    # others, 2014). Off when the model predicts.
    dropout: float = knob(0.0, share_below_one, 0.0, 0.8, help="share of hidden units silenced in training")
    # Bring each unit's sums to mean 0 and variance 1 over the batch (Ioffe and Szegedy, 2015), before the
    # bend. Its shift does what the bias did, so the layer before it has none.
    batch_norm: bool = knob(False, truth, help="normalize each unit over the batch")

    SIZES: ClassVar = {
        "tiny": {"widths": (32,)},
        "small": {"widths": (128, 64)},
        "base": {"widths": (512, 512, 256)},
    }

    @property
    def parameter_count(self) -> int:
        """For each layer (inputs + 1) x units; with batch normalization (inputs + 4) x units in the hidden
        ones: no bias, but scale, shift, running mean and running variance."""
        sizes = (math.prod(self.input_shape), *self.widths)
        extra = 4 if self.batch_norm else 1
        hidden = sum((inputs + extra) * units for inputs, units in itertools.pairwise(sizes))
        return hidden + (sizes[-1] + 1) * self.num_outputs


def build_linear(config: LinearConfig | str | None = None, /, **fields: Any) -> keras.Model:
    """A linear model, uncompiled: inputs (n, *input_shape), outputs (n, num_outputs).

    `config` is a LinearConfig; `fields` are fields of one and take precedence.
    """
    import keras

    chosen = affordable(configured(LinearConfig, config, fields))
    inputs = keras.Input(chosen.input_shape, name="inputs")
    values = flat(inputs)
    outputs = scores(values, chosen.num_outputs, **penalized(chosen))
    return keras.Model(inputs, outputs, name="linear")


def build_mlp(config: MLPConfig | str | None = None, /, **fields: Any) -> keras.Model:
    """A multilayer perceptron, uncompiled: inputs (n, *input_shape), outputs (n, num_outputs).

    `config` is an MLPConfig or the name of a size; `fields` are fields of one and take precedence.
    Layers: hidden1, (norm1,) bend1, (dropout1,) hidden2, ..., outputs.
    """
    import keras

    chosen = affordable(configured(MLPConfig, config, fields))
    inputs = keras.Input(chosen.input_shape, name="inputs")
    values = hidden_layers(flat(inputs), chosen, chosen.widths)
    outputs = scores(values, chosen.num_outputs, **penalized(chosen))
    return keras.Model(inputs, outputs, name="mlp")
