"""Chapter 4: a kernel made by hand that answers vertical edges."""

from __future__ import annotations

from typing import Any

import numpy as np

from bigmodel_nb.exercises import values
from bigmodel_nb.exercises.convolutions.cross_correlation import correlate
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.fault import Fault
from bigmodel_nb.language import gettext as _

SMALL = 1e-6  # of the largest entry: float32 kernels are right, too


def _try_kernel(answer: Any, rng: np.random.Generator) -> str:
    kernel = values.as_numbers(answer)
    if kernel is None or kernel.shape != (3, 3) or not np.isfinite(kernel).all():
        raise Fault(
            _("A kernel here is three rows of three numbers."),
            expected=_("an array of shape (3, 3)"),
            received=values.text(answer),
        )
    gray, step = float(rng.integers(2, 6)), float(rng.integers(1, 5))
    places = np.arange(5)
    flat = np.full((5, 5), gray)
    edge = gray + step * (places[None, :] >= 2) + np.zeros((5, 1))  # brighter on the right
    pictures = {
        "flat": flat,
        "vertical": edge,
        "horizontal": edge.T.copy(),
        "falling": np.ascontiguousarray(edge[:, ::-1]),
    }
    small = SMALL * max(np.abs(kernel).max(), 1e-12) * (gray + step) * 9
    answers = {
        name: np.where(np.abs(found := correlate(picture, kernel)) < small, 0.0, found)
        for name, picture in pictures.items()
    }

    def refuse(name: str, message: str, expected: str) -> None:
        raise Fault(
            message,
            given=f"image = {values.code(pictures[name], indent=8)}",
            expected=expected,
            received=values.text(answers[name]),
        )

    if not kernel.any():
        refuse("vertical", _("A kernel of zeros answers nothing."), _("positive numbers at the edge"))
    if answers["flat"].any():
        refuse(
            "flat",
            _(
                "It answers where nothing changes: its entries must add up to 0, and yours add up to "
                "{sum:.4g}."
            ).format(sum=kernel.sum()),
            _("zeros"),
        )
    if answers["horizontal"].any():
        alone = not answers["vertical"].any()
        refuse(
            "horizontal",
            _("That is a kernel for horizontal edges: it compares above with below. Turn it on its side.")
            if alone
            else _("It answers horizontal edges, too: from top to bottom nothing may change its answer."),
            _("zeros: this edge runs from left to right"),
        )
    if answers["vertical"].max() <= 0:
        refuse(
            "vertical",
            _("It answers from bright to dark: turn its signs, so that brighter on the right is positive."),
            _("positive numbers at the edge"),
        )
    if answers["vertical"].min() < 0:
        refuse(
            "vertical",
            _("It answers an edge twice, up and down, and cannot tell which side is brighter."),
            _("no negative numbers where the right side is brighter"),
        )
    return _(
        "It answers vertical edges and nothing else, and its sign says which side is brighter. Nobody gives "
        "such kernels to a network: look at the first layer of a trained one, and you find some."
    )


vertical_edges = Exercise(
    key="04/vertical-edges",
    handle="convolutions.vertical_edges",
    title=_("A kernel for vertical edges"),
    kind=_("write"),
    words=_(
        "Write down a kernel of 3 x 3 numbers that answers vertical edges: 0 on a flat region however bright "
        "it is, 0 at a horizontal edge, and a positive number where it gets brighter from left to right. "
        "Cross-correlation, as in Keras: the kernel is not flipped."
    ),
    signature="kernel",
    template="""
kernel = [
    [..., ..., ...],
    [..., ..., ...],
    [..., ..., ...],
]
""",
    hints=(
        _("The answer shall be large where the right is brighter than the left. Which signs does that take?"),
        _(
            "Negative on the left, positive on the right, and every row the same: rows then make no "
            "difference."
        ),
        _("`[-1, 0, 1]` in every row."),
    ),
    ours="""
kernel = [
    [-1, 0, 1],
    [-1, 0, 1],
    [-1, 0, 1],
]
""",
    trial=_try_kernel,
    answers="bigmodel_nb.exercises.convolutions.answers.edge_kernel:kernel",
)
