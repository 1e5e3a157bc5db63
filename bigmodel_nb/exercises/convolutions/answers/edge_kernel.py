"""Answers to: a kernel for vertical edges."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

kernel = Answers()

SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]

kernel.right_value("Prewitt", [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])
kernel.right_value("Sobel", np.array(SOBEL))
kernel.right_value("one row", [[0, 0, 0], [-1, 0, 1], [0, 0, 0]])
kernel.right_value("neighbors", np.array([[-1, 1, 0]] * 3, np.float32) / 3)

kernel.wrong_value("horizontal", np.array(SOBEL).T, "horizontal edges: it compares")
kernel.wrong_value("bright to dark", -np.array(SOBEL), "bright to dark")
kernel.wrong_value("sum not zero", [[-1, 0, 2]] * 3, "add up to 0")
kernel.wrong_value("brightness", np.ones((3, 3)), "add up to 0")
kernel.wrong_value("a line and not an edge", [[-1, 2, -1]] * 3, "an edge twice")
kernel.wrong_value("all edges", [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], "horizontal edges, too")
kernel.wrong_value("diagonal", [[-2, -1, 0], [-1, 0, 1], [0, 1, 2]], "horizontal edges, too")
kernel.wrong_value("zeros", np.zeros((3, 3)), "answers nothing")
kernel.wrong_value("one row alone", [-1, 0, 1], "three rows of three")
kernel.wrong_value("no numbers", "Sobel", "three rows of three")
kernel.wrong_value("not finite", [[-np.inf, 0, np.inf]] * 3, "three rows of three")
