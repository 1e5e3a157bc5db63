"""Answers to: count the parameters."""

from __future__ import annotations

from bigmodel_nb.exercises.answers import Answers

counts = Answers()

counts.right_value("on paper", [896, 51264, 31370])
counts.right_value("as floats", (896.0, 51264.0, 31370.0))

counts.wrong_value("channels forgotten", [320, 1664, 500], "channels are forgotten: each filter has a 3 x 3")
counts.wrong_value(
    "channels and biases forgotten", [288, 1600, 490], "channels are forgotten, and the biases"
)
counts.wrong_value("without biases", [864, 51200, 31360], "kernels without the biases")
counts.wrong_value("a bias for each channel", [960, 53248, 31370], "a filter has one")
counts.wrong_value("one bias a layer", [865, 51201, 31361], "Each filter has one")
counts.wrong_value("biases of channels", [867, 51232, 31370], "not to the channels")
counts.wrong_value("one filter", [28, 801, 31370], "The layer has 32")
counts.wrong_value("second without channels", [896, 1664, 31370], "5 x 5 kernel for every channel")
counts.wrong_value("dense on channels alone", [896, 51264, 650], "7 x 7 x 64 inputs")
counts.wrong_value("dense without channels", [896, 51264, 500], "Flatten gives")
counts.wrong_value("dense without biases", [896, 51264, 31360], "Each unit has one")
counts.wrong_value("every pixel has weights of its own", [224 * 224 * 3 * 32, 51264, 31370], "too many")
counts.wrong_value("negative", [-896, 51264, 31370], "positive whole number")
counts.wrong_value("a single number", 896, "three whole numbers")
counts.wrong_value("in words", "many", "three whole numbers")
