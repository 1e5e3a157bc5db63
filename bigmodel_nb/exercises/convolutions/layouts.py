"""Chapter 4: pictures and kernels of PyTorch, in the order that Keras has them."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises import inputs
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Suspect
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.values import Shown
from bigmodel_nb.language import gettext as _


def _try_layouts(to_keras: ReaderFunction, rng: np.random.Generator) -> str:
    for n, channels, height, width, filters, size in ((2, 3, 2, 3, 2, 2), (2, 3, 4, 5, 6, 3), (3,) * 6):
        images = inputs.numbers(rng, n, channels, height, width)
        kernel = inputs.numbers(rng, filters, channels, size, size)
        call = to_keras(images=_shown(images), kernel=_shown(kernel))
        moved, weights = call.parts("images", "kernel")
        call.part_must_equal(
            moved,
            images.transpose(0, 2, 3, 1),
            Suspect(
                images.reshape(n, height, width, channels),
                _(
                    "`reshape` keeps the numbers in their row and cuts it elsewhere: pixels of one channel "
                    "now stand as channels of one pixel. Axes are moved by `transpose`."
                ),
            ),
            Suspect(
                images.transpose(0, 3, 2, 1),
                _("Height and width have changed places: your pictures lie on their side."),
            ),
            Suspect(
                images.T,
                _("`.T` turns all axes around, the examples too. Name the order of the axes."),
            ),
            Suspect(images, _("The pictures are as they came, channels before pixels.")),
            name="images",
        )
        call.part_must_equal(
            weights,
            kernel.transpose(2, 3, 1, 0),
            Suspect(
                kernel.reshape(size, size, channels, filters),
                _(
                    "`reshape` cuts the kernel's numbers elsewhere; it loads without an error, and the "
                    "network reads nothing. Axes are moved by `transpose`."
                ),
            ),
            Suspect(
                kernel.transpose(3, 2, 1, 0),
                _("Height and width of the kernel have changed places (`.T` turns all axes around)."),
            ),
            Suspect(
                kernel.transpose(0, 2, 3, 1),
                _(
                    "A kernel is not ordered like pictures: in Keras it is (height, width, channels, "
                    "filters)."
                ),
            ),
            Suspect(
                kernel.transpose(2, 3, 0, 1),
                _("Channels and filters have changed places: what it sees stands before what it gives."),
            ),
            Suspect(
                kernel.transpose(2, 3, 1, 0)[::-1, ::-1],
                _("The kernel must not be flipped: both libraries compute the cross-correlation."),
            ),
            Suspect(kernel, _("The kernel is as it came, filters first.")),
            name="kernel",
        )
    return _(
        "With this, weights trained in PyTorch give the same numbers in Keras. A dense layer after `Flatten` "
        "wants more: its rows follow the order of the pixels, and that has changed, too."
    )


def _shown(array: np.ndarray) -> Shown:
    return Shown(array, f"np.random.default_rng(0).normal(size={array.shape})")


to_keras = Exercise(
    key="04/to-keras",
    handle="convolutions.to_keras",
    title=_("From PyTorch's order to Keras's"),
    kind=_("fill in two lines"),
    words=_(
        "PyTorch keeps pictures as (n, channels, height, width) and the kernel of a convolution as (filters, "
        "channels, height, width). Keras wants pictures as (n, height, width, channels) and kernels as "
        "(height, width, channels, filters). Return both in Keras's order."
    ),
    signature="to_keras(images, kernel)",
    template='''
def to_keras(images, kernel):
    """images (n, c, h, w) and kernel (f, c, a, b) -> (n, h, w, c) and (a, b, c, f)."""
    images = ...
    kernel = ...
    return images, kernel
''',
    hints=(
        _("Which axis of the old array becomes the first of the new one, which the second?"),
        _(
            "`np.transpose(array, order)` takes the old numbers of the axes, in the new order; 0 is the "
            "first."
        ),
        _("`images.transpose(0, 2, 3, 1)`; the kernel begins with its axes 2 and 3."),
    ),
    ours='''
def to_keras(images, kernel):
    """images (n, c, h, w) and kernel (f, c, a, b) -> (n, h, w, c) and (a, b, c, f)."""
    images = images.transpose(0, 2, 3, 1)
    kernel = kernel.transpose(2, 3, 1, 0)
    return images, kernel
''',
    trial=_try_layouts,
    answers="bigmodel_nb.exercises.convolutions.answers.layouts:to_keras",
)
