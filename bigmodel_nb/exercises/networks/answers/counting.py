"""Answers to: count the parameters."""

from __future__ import annotations

import itertools
import math

from bigmodel_nb.exercises.answers import Answers

counts = Answers()

counts.right_value("on paper", [2410, 4810, 3466])
counts.right_value("as floats", (2410.0, 4810.0, 3466.0))
counts.right_value("by shapes", [64 * 32 + 32 + 32 * 10 + 10, 64 * 64 + 64 + 64 * 10 + 10, 3466])


@counts.right
def a_function(sizes):
    return sum((inputs + 1) * units for inputs, units in itertools.pairwise(sizes))


@counts.right
def from_the_output_back(sizes):
    total, sizes = 0, list(sizes)
    while len(sizes) > 1:
        units = sizes.pop()
        total += units * sizes[-1] + units
    return total


counts.wrong_value("without biases", [2368, 4736, 3392], "without the biases")
counts.wrong_value("twice the units, twice the number", [2410, 4820, 3466], "too many")
counts.wrong_value("biases for inputs", [2474, 4874, 3530], "only units have biases")
counts.wrong_value("one bias a layer", [2370, 4738, 3395], "One bias for each layer")
counts.wrong_value("units", [42, 74, 74], "how many units")
counts.wrong_value("inputs and units", [106, 138, 138], "inputs and units")
counts.wrong_value("all multiplied", [20480, 40960, 655360], "do not multiply")
counts.wrong_value("first layer", [2080, 4160, 2080], "first layer alone")
counts.wrong_value("last layer", [330, 650, 330], "last layer alone")
counts.wrong_value("each layer sees the inputs", [65 * 42, 65 * 74, 65 * 74], "sees the inputs")
counts.wrong_value("with Adam's means", [3 * 2410, 3 * 4810, 3 * 3466], "not parameters")
counts.wrong_value("the new layer forgotten", [2410, 4810, 2410], "too few")
counts.wrong_value("negative", [-2410, 4810, 3466], "positive whole number")
counts.wrong_value("a single number", 2410, "three whole numbers")
counts.wrong_value("in words", "many", "three whole numbers")


@counts.wrong("without the biases")
def products(sizes):
    return sum(math.prod(pair) for pair in itertools.pairwise(sizes))


@counts.wrong("one bias for each input")
def biases_on_the_wrong_side(sizes):
    return sum(inputs * (units + 1) for inputs, units in itertools.pairwise(sizes))


@counts.wrong("must return one number")
def layer_by_layer(sizes):
    return [(inputs + 1) * units for inputs, units in itertools.pairwise(sizes)]
