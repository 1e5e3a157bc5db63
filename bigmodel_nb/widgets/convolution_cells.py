"""Show code for a `ConvolutionExplorer`: the cell that makes its picture without the explorer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.kernel_grid import OWN
from bigmodel_nb.widgets.reader import name_of

if TYPE_CHECKING:
    from bigmodel_nb.widgets.convolution import ConvolutionExplorer


def convolution_cell(explorer: ConvolutionExplorer) -> str:
    """The cell for the present state."""
    settings = "".join(f"    {name}={value!r},\n" for name, value in explorer.settings().items())
    name = explorer.kernel.name
    kernel = f"KERNELS[{name!r}]" if name != OWN else repr([list(row) for row in explorer.kernel.value])
    more = "" if explorer.revealed else ", hidden=True"
    if explorer.filled() is not None:
        more += f", filled={explorer.filled()}"
    return (
        "from bigmodel_nb.data.pictures import gray_picture\n"
        "from bigmodel_nb.figures.convolution import ConvolutionFigure\n"
        "from bigmodel_nb.maths.filtering import apply_kernel\n"
        + ("from bigmodel_nb.maths.kernels import KERNELS\n" if name != OWN else "")
        + f"\npicture = {_picture(explorer)}\n"
        f"filtered = apply_kernel(\n    picture,\n    {kernel},\n{settings})\n"
        f"ConvolutionFigure(filtered, position={explorer.position}{more}, theme={explorer.theme!r})\n"
    )


def _picture(explorer: ConvolutionExplorer) -> str:
    source = explorer.source()
    options = f"pixels={explorer.pixels.value}"
    if source == "digit" if isinstance(source, str) else False:
        options = f"number={explorer.number.value}"
    if isinstance(source, (str, os.PathLike)):
        return f"gray_picture({os.fspath(source)!r}, {options})"
    yours = _("put the image here that you gave to the explorer")
    name = name_of(source)
    return f"gray_picture({name}, {options})" if name else f"gray_picture('flower', {options})  # {yours}"
