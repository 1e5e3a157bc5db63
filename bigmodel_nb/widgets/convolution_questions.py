"""What the reader is asked before a `ConvolutionExplorer` shows its output."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.filtering import Filtered
from bigmodel_nb.maths.kernels import response_of_flat
from bigmodel_nb.widgets.prediction import Prediction

QUESTIONS = ("size", "flip", "flat")


def question(name: str, result: Filtered) -> Prediction:
    """The question called `name`, one of `QUESTIONS`, about this image and kernel."""
    return {"size": _size, "flip": _flip, "flat": _flat}[name](result)


def _size(result: Filtered) -> Prediction:
    height, width = result.image.shape
    rows, columns = result.kernel.shape
    truth = _by(*result.output.shape)
    wrong = (
        (-(-height // result.stride), -(-width // result.stride)),  # the kernel forgotten
        (height - rows + 1, width - columns + 1),  # the stride forgotten
        ((height - rows) // result.stride, (width - columns) // result.stride),  # no + 1
        (-(-(height - rows) // result.stride) + 1, -(-(width - columns) // result.stride) + 1),  # rounded up
    )
    options = dict.fromkeys([truth, *(_by(*size) for size in wrong if min(size) > 0)])
    zeros = {"valid": _("no padding"), "same": _("padding “same”")}.get(
        str(result.padding), _("{count} zeros on each side").format(count=result.padding)
    )
    return Prediction(
        "04/output-size",
        _(
            "The image is {image} and the kernel {kernel}, stride {stride}, dilation {dilation}, {zeros}. "
            "How large is the output?"
        ).format(
            image=_by(height, width),
            kernel=_by(rows, columns),
            stride=result.stride,
            dilation=result.dilation,
            zeros=zeros,
        ),
        sorted(list(options)[:4], key=lambda text: int(text.split()[0])),
        truth=truth,
        explanation=_(
            "A place counts where the whole kernel fits; what is left over at the end is not seen."
        ),
    )


def _flip(result: Filtered) -> Prediction:
    same, signs, other = _("it stays the same"), _("its signs turn"), _("it changes otherwise")
    turned = result.kernel[::-1, ::-1]
    truth = other
    if np.array_equal(turned, result.kernel):
        truth = same
    elif np.array_equal(turned, -result.kernel):
        truth = signs
    return Prediction(
        "04/flip",
        _(
            "True convolution turns the kernel by half a turn before it multiplies. What happens to the "
            "output when this kernel is turned?"
        ),
        [same, signs, other],
        truth=truth,
        explanation=_("Compare the kernel with itself upside down and mirrored."),
    )


def _flat(result: Filtered) -> Prediction:
    zero, same, other = _("0"), _("the same brightness"), _("something else")
    total = response_of_flat(result.kernel)
    truth = zero if abs(total) < 1e-9 else same if abs(total - 1) < 1e-9 else other
    return Prediction(
        "04/flat-region",
        _("What does this kernel make of a region in which all pixels are equally bright?"),
        [zero, same, other],
        truth=truth,
        explanation=_("There every output is the brightness times the sum of the kernel, here {sum}.").format(
            sum=f"{total:.4g}"
        ),
    )


def _by(height: int, width: int) -> str:
    return f"{height} × {width}"
