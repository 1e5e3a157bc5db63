"""Makes the opening images of the chapters: `python notebooks/images/make.py`, from anywhere.

Outputs of cells are not committed, so these pictures are what a reader sees before running anything.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from bigmodel_nb.data.bundled import load_digits
from bigmodel_nb.data.pictures import gray_picture
from bigmodel_nb.data.playground import playground_points
from bigmodel_nb.data.pretrained import read, shipped_gpt
from bigmodel_nb.figures.attention import AttentionFigure
from bigmodel_nb.figures.convolution import ConvolutionFigure
from bigmodel_nb.figures.descent import DescentFigure
from bigmodel_nb.figures.fits import FitFigure
from bigmodel_nb.figures.learning import Curve, LearningFigure
from bigmodel_nb.figures.playground import PlaygroundFigure
from bigmodel_nb.figures.recurrence import StateFigure
from bigmodel_nb.maths import surfaces
from bigmodel_nb.maths.attention_view import view_of
from bigmodel_nb.maths.descent import Adam, GradientDescent, Momentum, descend
from bigmodel_nb.maths.experiment import Experiment
from bigmodel_nb.maths.features import features
from bigmodel_nb.maths.filtering import apply_kernel
from bigmodel_nb.maths.kernels import KERNELS
from bigmodel_nb.maths.neurons import Epoch, Network, train
from bigmodel_nb.maths.noisy_fits import errors_by_complexity, fit_to, sample
from bigmodel_nb.maths.through_time import trace
from bigmodel_nb.maths.transformer import forward
from bigmodel_nb.widgets.token_words import labels

HERE = Path(__file__).parent


def start_here() -> LearningFigure:
    """A network that learns to read, and what it still gets wrong after three of twenty epochs: chapter 0."""
    digits = load_digits()
    pixels, truth = digits.x / 16, digits.y
    order = np.random.default_rng(0).permutation(len(digits))
    held, learn = order[:360], order[360:]
    curve, answers = Curve("NumPy"), {}

    def watch(epoch: Epoch) -> None:
        answers[epoch.number] = epoch.network.classify(pixels[held])
        right = answers[epoch.number] == truth[held]
        curve.add(epoch.network.loss_of(pixels[held], truth[held]), np.mean(right))

    network = Network.initial([64, 32, 10], seed=0)
    watch(Epoch(0, network.loss_of(pixels[learn], truth[learn]), network))
    train(network, pixels[learn], truth[learn], epochs=3, optimizer=GradientDescent(0.1), watch=watch)
    wrong = pixels[held][answers[3] != truth[held]]
    return LearningFigure(20, [curve], wrong=wrong.reshape(-1, 8, 8))


def gradient_descent() -> DescentFigure:
    """Three ways down one loss: chapter 1."""
    beale = surfaces.beale()
    racers = [GradientDescent(0.01), Momentum(0.003), Adam(0.15)]
    return DescentFigure(beale, [descend(beale, racer, steps=150) for racer in racers])


def neural_networks() -> PlaygroundFigure:
    """A small network of tanh units that has parted two spirals: chapter 2."""
    inputs = ["x1", "x2", "sin x1", "sin x2"]
    points = playground_points("spiral", 500, noise=0.02, share=0.5, seed=0)
    train_on, test_on = ((features(x, inputs), y) for x, y in (points.train, points.test))
    start = Network.initial([4, 6, 4, 1], activation="tanh", loss="binary cross-entropy", seed=0)
    experiment = Experiment(start, train_on, test_on, batch_size=10, optimizer=Adam(0.01))
    experiment.run(150)
    return PlaygroundFigure(experiment, inputs, points.train, points.test)


def convolutional_networks() -> ConvolutionFigure:
    """A kernel that answers edges, on its way over a flower: chapter 4."""
    found = apply_kernel(gray_picture("flower"), KERNELS["edges"])
    return ConvolutionFigure(found, position=(47, 40), filled=48 * found.output.shape[1])


def regularization() -> FitFigure:
    """A polynomial that fits ten samples perfectly, and nothing else: chapter 3."""
    ten = sample(10)
    return FitFigure(ten, fit_to(ten, "polynomial", 9), errors_by_complexity(ten, "polynomial"))


def recurrent_networks() -> StateFigure:
    """The network that comes with the package reads a line of the manual, 24 of its units: chapter 5."""
    shipped, line = read("recurrent"), "The value of the name is looked up in the module."
    layer = [
        shipped.weights[f"recurrent1/gru_cell/{name}"] for name in ("kernel", "recurrent_kernel", "bias")
    ]
    table = shipped.weights["embedding/embeddings"]
    run = trace("gru", table[shipped.tokenizer.encode(line)][None], layer)
    slow = np.argsort(run.gates["update"].mean(axis=(0, 1)))[-24:]  # those that keep the longest
    gates = {name: values[..., slow] for name, values in run.gates.items()}
    return StateFigure(replace(run, states=run.states[..., slow], gates=gates), list(line), unit=20)


def transformers() -> AttentionFigure:
    """Where the GPT that comes with the package looks, in a head that found out about spaces: chapter 6."""
    model = shipped_gpt()
    tokens = model.tokenizer.encode("The class of the object")
    passed = forward(model.weights, tokens, num_heads=model.num_heads)
    names = labels(model.tokenizer)
    return AttentionFigure(view_of(passed, [names[token] for token in tokens], names, layer=1, head=0))


IMAGES = {
    "00-start-here": start_here,
    "01-gradient-descent": gradient_descent,
    "03-regularization": regularization,
    "02-neural-networks": neural_networks,
    "04-convolutional-networks": convolutional_networks,
    "06-transformers": transformers,
    "05-recurrent-networks": recurrent_networks,
}

if __name__ == "__main__":
    for name, make in IMAGES.items():
        make().save(HERE / f"{name}.png")
