"""Answers to: match output and loss."""

from __future__ import annotations

from typing import Any

from bigmodel_nb.exercises.answers import Answers

choices = Answers()

OURS: dict[str, Any] = {
    "progression": (1, "linear", "mean_squared_error"),
    "tumor": (1, "sigmoid", "binary_crossentropy"),
    "digit": (10, "softmax", "sparse_categorical_crossentropy"),
    "scores": (10, "linear", "sparse_categorical_crossentropy"),
    "toppings": (5, "sigmoid", "binary_crossentropy"),
}

choices.right_value("ours", OURS)
choices.right_value(
    "short names, absolute error, two classes",
    {
        **OURS,
        "progression": [1, None, "mae"],
        "tumor": (2, "softmax", "sparse_categorical_crossentropy"),
        "scores": (10, None, "sparse_categorical_crossentropy"),
    },
)
choices.right_value("mse for short", {**OURS, "progression": (1, "linear", "mse")})

SPARSE, BINARY = "sparse_categorical_crossentropy", "binary_crossentropy"
for name, question, choice, phrase in (
    ("softmax of one unit", "tumor", (1, "softmax", BINARY), "Softmax of one unit"),
    ("softmax twice", "scores", (10, "softmax", SPARSE), "softmax twice"),
    ("one-hot loss", "digit", (10, "softmax", "categorical_crossentropy"), "one-hot rows"),
    ("one-hot loss for toppings", "toppings", (5, "sigmoid", "categorical_crossentropy"), "one right class"),
    ("squared error for classes", "digit", (10, "softmax", "mse"), "sure and wrong"),
    ("squared error for yes or no", "tumor", (1, "sigmoid", "mean_squared_error"), "sure and wrong"),
    ("sigmoid for a quantity", "progression", (1, "sigmoid", "mse"), "never leaves the range"),
    ("relu for a quantity", "progression", (1, "relu", "mse"), "can die"),
    ("cross-entropy for a quantity", "progression", (1, "linear", BINARY), "compares probabilities"),
    ("a unit for each value", "progression", (322, "linear", "mse"), "one unit"),
    ("the digit as a quantity", "digit", (1, "linear", "mse"), "sure and wrong"),
    ("one unit for ten digits", "digit", (1, "sigmoid", SPARSE), "ten units"),
    ("ten questions", "digit", (10, "sigmoid", BINARY), "exactly one class"),
    ("ten sigmoids", "digit", (10, "sigmoid", SPARSE), "do not compete"),
    ("scores as probabilities", "digit", (10, "linear", SPARSE), "no probabilities"),
    ("toppings compete", "toppings", (5, "softmax", BINARY), "compete"),
    ("one topping", "toppings", (5, "softmax", SPARSE), "compete"),
    ("too few toppings", "toppings", (1, "sigmoid", BINARY), "five units"),
    ("toppings as scores", "toppings", (5, "linear", BINARY), "no probabilities"),
    ("yes or no as a score", "tumor", (1, "linear", BINARY), "One sigmoid does it"),
    ("sparse with one sigmoid", "tumor", (1, "sigmoid", SPARSE), "binary_crossentropy"),
    ("two sigmoids", "tumor", (2, "sigmoid", BINARY), "one probability"),
    ("two classes, binary loss", "tumor", (2, "softmax", BINARY), "sparse loss"),
    ("no such loss", "digit", (10, "softmax", "adam"), "not on the list"),
    ("no such activation", "digit", (10, "softmaxx", SPARSE), "not on the list"),
    ("two things", "digit", (10, "softmax"), "three things"),
    ("zero units", "digit", (0, "softmax", SPARSE), "above zero"),
):
    choices.wrong_value(name, {**OURS, question: choice}, phrase)

choices.wrong_value("a list", list(OURS.values()), "Give the check the dict")
choices.wrong_value("a question left out", {"digit": OURS["digit"]}, "five questions")
