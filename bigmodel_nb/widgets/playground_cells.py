"""Show code of the playground: its state with NumPy, with Keras, and as one line."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.playground_controls import YES_OR_NO, noise_of, usual_loss

if TYPE_CHECKING:
    from bigmodel_nb.widgets.playground import PlaygroundExplorer

KERAS_OPTIMIZERS = {
    "gradient descent": "SGD({rate})",
    "momentum": "SGD({rate}, momentum=0.9)",
    "Nesterov": "SGD({rate}, momentum=0.9, nesterov=True)",
    "AdaGrad": "Adagrad({rate})",
    "RMSProp": "RMSprop({rate})",
    "Adam": "Adam({rate})",
    "AdamW": "AdamW({rate})",
}
KERAS_LOSSES = {
    YES_OR_NO: "BinaryCrossentropy(from_logits=True)",
    "squared error": "MeanSquaredError()",
    "absolute error": "MeanAbsoluteError()",
    "Huber": "Huber()",
}


SETTINGS = (
    "activation", "optimizer", "loss", "batch_size", "patience", "initializer", "noise", "n", "share", "seed",
)  # fmt: skip
LOOKS = ("discretize", "show_test", "pace", "source")


def _differing(explorer: PlaygroundExplorer, names: tuple[str, ...]) -> dict[str, Any]:
    """Arguments of the constructor, these and those of every run, that differ from their defaults."""
    values: dict[str, Any] = {
        "data": explorer.data.value,
        "hidden": explorer.hidden(),
        "inputs": tuple(explorer.chosen_inputs()),
        **{name: getattr(explorer, name).value for name in names},
        **explorer.began_with,
        "unit": explorer.looks.unit.value,
        "weight_from": explorer.looks.weight_from.value,
    }
    if names is SETTINGS:
        del values["unit"], values["weight_from"]
    if values["noise"] == noise_of(values["data"]):
        values["noise"] = None
    if values["loss"] == usual_loss(values["data"]):
        values["loss"] = None
    defaults = inspect.signature(type(explorer)).parameters
    return {
        name: values[name] for name in defaults if name in values and values[name] != defaults[name].default
    }


def settings_words(explorer: PlaygroundExplorer) -> str:
    """What is being trained, and how, in the words of the constructor."""
    chosen = _differing(explorer, SETTINGS)
    chosen = {"data": explorer.data.value, "hidden": explorer.hidden(), **chosen}
    return ", ".join(f"{name}={value!r}" for name, value in chosen.items())


def state_line(explorer: PlaygroundExplorer) -> str:
    """The explorer in its present state, as a line of code: what differs from the defaults."""
    values = _differing(explorer, SETTINGS + LOOKS)
    trial = explorer.experiment
    more = {"epochs": trial.epochs, "changes": trial.changes, "theme": explorer.theme}
    plain = {"epochs": 0, "changes": [], "theme": "light"}
    values |= {name: value for name, value in more.items() if value != plain[name]}
    return f"PlaygroundExplorer({', '.join(f'{name}={value!r}' for name, value in values.items())})\n"


def _network(explorer: PlaygroundExplorer) -> str:
    """The network that the run began with."""
    began, signed = explorer.began_with, _signed(explorer)
    more = "".join(f", {name}={began[name]!r}" for name in ("l1", "l2", "dropout") if began[name])
    output = ', output="tanh"' if signed else ""
    return (
        f"start = Network.initial(\n"
        f"    {list(explorer.start.sizes)}, activation={explorer.activation.value!r}{output}, "
        f"loss={explorer.loss.value!r},\n"
        f"    initializer={explorer.initializer.value!r}, seed={explorer.seed.value}{more},\n"
        f")\n"
    )


def _points(explorer: PlaygroundExplorer) -> str:
    more = ", validation=True" if explorer.patience.value else ""
    return (
        f"points = playground_points(\n"
        f"    {explorer.data.value!r}, {explorer.n.value}, noise={explorer.noise.value!r}, "
        f"share={explorer.share.value!r}, seed={explorer.seed.value}{more},\n"
        f")\n"
        f"inputs = {explorer.chosen_inputs()!r}\n"
    )


def _signed(explorer: PlaygroundExplorer) -> bool:
    return explorer.start.activations[-1] == "tanh"


def _pair(explorer: PlaygroundExplorer, part: str) -> str:
    """Examples and truths of a part: classes are -1 and 1 where the output is a tanh."""
    truth = f"2 * points.{part}[1] - 1" if _signed(explorer) else f"points.{part}[1]"
    return f"features(points.{part}[0], inputs), {truth}"


def numpy_cell(explorer: PlaygroundExplorer) -> str:
    """The cell that trains the same network in NumPy, and draws the same picture."""
    experiment, scene = explorer.experiment, explorer._scene()
    rule = type(experiment.training._optimizer).__name__
    more = ""
    if explorer.patience.value:
        more += f"    validation=({_pair(explorer, 'validation')}), patience={explorer.patience.value},\n"
    if experiment.changes:
        more += f"    changes={experiment.changes!r},\n"
    return (
        "from bigmodel_nb.data.playground import playground_points\n"
        "from bigmodel_nb.figures.playground import PlaygroundFigure\n"
        "from bigmodel_nb.maths.experiment import Experiment\n"
        "from bigmodel_nb.maths.features import features\n"
        "from bigmodel_nb.maths.neurons import Network\n"
        f"from bigmodel_nb.maths.optimizers import {rule}\n\n"
        f"{_points(explorer)}{_network(explorer)}"
        "trial = Experiment(\n"
        f"    start,\n    ({_pair(explorer, 'train')}),\n    ({_pair(explorer, 'test')}),\n"
        f"    batch_size={explorer.batch_size.value}, optimizer={rule}({explorer.began_with['rate']!r}), "
        f"seed={explorer.seed.value},\n{more})\n"
        f"trial.run({experiment.epochs})\n"
        "PlaygroundFigure(\n"
        f"    trial, inputs, points.train, points.test, unit={scene['unit']!r}, weight={scene['weight']!r},\n"
        f"    discretize={scene['discretize']}, show_test={scene['show_test']}, theme={explorer.theme!r},\n"
        ")\n"
    )


def keras_cell(explorer: PlaygroundExplorer) -> str:
    """The cell that trains the same network with Keras, from the same first weights."""
    began, names = explorer.began_with, explorer.start.activations
    penalty = ""
    if began["l1"] or began["l2"]:
        penalty = f", kernel_regularizer=keras.regularizers.L1L2({began['l1']!r}, {began['l2']!r})"
    layers = f"    keras.Input(({explorer.start.sizes[0]},)),\n"
    for units, name in zip(explorer.start.sizes[1:], names, strict=True):
        bend = "" if name == "linear" else f", activation={name.replace(' ', '_')!r}"
        layers += f"    keras.layers.Dense({units}{bend}{penalty}),\n"
        if began["dropout"] and not layers.count("Dense(") == len(names):
            layers += f"    keras.layers.Dropout({began['dropout']!r}),\n"
    rule = KERAS_OPTIMIZERS[explorer.optimizer.value]
    stop, held = "", "test"
    if explorer.patience.value:
        held = "validation"
        stop = (
            f"    callbacks=[keras.callbacks.EarlyStopping(patience={explorer.patience.value}, "
            "restore_best_weights=True)],\n"
        )
    note = ""
    if explorer.experiment.changes:
        note = "# " + _("What was changed on the way is left out here.") + "\n"
    return (
        "import keras\n\n"
        "from bigmodel_nb.data.playground import playground_points\n"
        "from bigmodel_nb.maths.features import features\n"
        "from bigmodel_nb.maths.neurons import Network\n\n"
        f"{note}{_points(explorer)}{_network(explorer)}"
        f"model = keras.Sequential([\n{layers}])\n"
        "model.set_weights(start.parameters)\n"
        f"optimizer = keras.optimizers.{rule.format(rate=began['rate'])}\n"
        f"model.compile(optimizer=optimizer, loss=keras.losses.{KERAS_LOSSES[explorer.loss.value]})\n"
        "story = model.fit(\n"
        f"    {_pair(explorer, 'train')}, batch_size={explorer.batch_size.value}, "
        f"epochs={explorer.experiment.epochs},\n"
        f"    validation_data=({_pair(explorer, held)}), verbose=0,\n{stop})\n"
        f"model.evaluate({_pair(explorer, 'test')}, verbose=0)\n"
    )
