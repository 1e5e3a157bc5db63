"""Chapter 4: pixels in another order, which a dense network does not mind and a convolution does."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.values import Shown, as_numbers, same
from bigmodel_nb.language import gettext as _


def _try_permutation(permute: ReaderFunction, rng: np.random.Generator) -> str:
    for height, width in ((8, 8), (5, 6)):
        size = height * width
        # Every pixel has a number of its own, so that it can be told where each went.
        train, test = (
            (first + np.arange(n * size).reshape(n, height, width)).astype(np.float32)
            for n, first in ((6, 0), (4, 1000))
        )
        seed = int(rng.integers(1000))
        shown = [
            Shown(part, f"np.arange({part.size}).reshape{part.shape} + {int(part[0, 0, 0])}")
            for part in (train, test)
        ]
        call = permute(train=shown[0], test=shown[1], seed=seed)
        orders = []
        for name, part, found in zip(
            ("train", "test"), (train, test), call.parts("train", "test"), strict=True
        ):
            orders.append(_order(call, name, part, found))
        if not np.array_equal(orders[0], orders[1]):
            raise call.fault(
                _(
                    "The training pictures and the test pictures have different orders: what was learned "
                    "about a place is worth nothing there. Draw one order, for both."
                ),
                expected=_("one order for all"),
                received=_("two"),
            )
        again = permute(train=shown[0], test=shown[1], seed=seed)
        if not same(again.parts("train", "test")[0], call.parts("train", "test")[0]):
            raise call.fault(
                _("The same seed gave another order. Draw it from `np.random.default_rng(seed)`."),
                expected=_("the same order each time"),
                received=_("another one"),
            )
    return _(
        "For a dense network nothing has happened: it learns as well as before, because no input is "
        "anybody's neighbor. A convolution loses what it was built for. Train both and see."
    )


def _order(call: Call, name: str, before: np.ndarray, found: object) -> np.ndarray:
    """Where each pixel of the pictures `name` came from; a Fault where that is not one order of all "
    "pixels."""
    after = as_numbers(found)
    if after is None or after.shape != before.shape:
        raise call.fault(
            _("{name} must keep its shape.").format(name=name),
            expected=f"{name}.shape = {before.shape}",
            received=f"{name}.shape = {getattr(after, 'shape', None)}",
        )
    flat, moved = before.reshape(len(before), -1), after.reshape(len(after), -1)
    orders = []
    for place, (old, new) in enumerate(zip(flat, moved, strict=True)):
        if not np.array_equal(np.sort(old), np.sort(new)):
            elsewhere = np.isin(new, flat).all() and not np.isin(new, old).all()
            raise call.fault(
                _("Pixels have wandered from one picture to another: permute the pixels, not the pictures.")
                if elsewhere
                else _("Some pixels are lost or changed: each must still be there, once."),
                expected=_("the pixels of picture {place}, in another order").format(place=place),
                received=_("other pixels"),
            )
        orders.append(np.argsort(np.argsort(new)))
    if not all(np.array_equal(orders[0], other) for other in orders):
        raise call.fault(
            _(
                "Each picture has an order of its own: then a place means nothing, and nobody can learn. "
                "Draw one order, outside of the loop."
            ),
            expected=_("one order for all"),
            received=_("one for each picture of {name}").format(name=name),
        )
    order = np.argsort(moved[0] - flat[0].min())
    if np.array_equal(order, np.arange(order.size)):
        raise call.fault(
            _("The pixels of {name} are where they were.").format(name=name),
            expected=_("another order"),
            received=_("the old one"),
        )
    height, width = before.shape[1:]
    where = orders[0].reshape(height, width)
    if (where // width == where[:, :1] // width).all() or (where % width == where[:1] % width).all():
        raise call.fault(
            _(
                "Whole rows or columns have moved: neighbors along them are still neighbors. Flatten each "
                "picture and permute all its pixels."
            ),
            expected=_("an order of all {size} pixels").format(size=height * width),
            received=_("an order of rows or columns"),
        )
    return orders[0]


permute_pixels = Exercise(
    key="04/permute-pixels",
    handle="convolutions.permute_pixels",
    title=_("Take the picture apart"),
    kind=_("write, then explain"),
    words=_(
        "Put the pixels of all pictures into another order: one order, drawn from `seed`, the same for every "
        "picture of `train` (n, height, width) and of `test` (m, height, width). Return both, in their old "
        "shapes. Then train a dense network and a convolutional one on the result: which one minds?"
    ),
    signature="permute_pixels(train, test, seed)",
    template='''
def permute_pixels(train, test, seed):
    """The same pictures with their pixels in another order, one for all."""
    order = ...
    train = ...
    test = ...
    return train, test
''',
    hints=(
        _(
            "How many pixels has one picture, and how many orders are needed for all? NumPy's generators "
            "have a method permutation."
        ),
        _(
            "Flattened, a picture is a row of height * width numbers. One index array reorders all rows at "
            "once."
        ),
        _("`train.reshape(len(train), -1)[:, order].reshape(train.shape)`, and the same for `test`."),
    ),
    ours='''
def permute_pixels(train, test, seed):
    """The same pictures with their pixels in another order, one for all."""
    order = np.random.default_rng(seed).permutation(train[0].size)
    train = train.reshape(len(train), -1)[:, order].reshape(train.shape)
    test = test.reshape(len(test), -1)[:, order].reshape(test.shape)
    return train, test
''',
    trial=_try_permutation,
    answers="bigmodel_nb.exercises.convolutions.answers.permuted_pixels:permute_pixels",
)
