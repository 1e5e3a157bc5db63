"""Small images in rows, each with a few words above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.colors import LinearSegmentedColormap

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers

IN_A_ROW = 8
HEIGHT = 92  # of one row, in CSS pixels


class ImagesFigure(Picture):
    """Shows up to `most` images (k, height, width), values from 0 to 1, with a caption above each."""

    def __init__(self, images: Any, captions: Sequence[str], *, most: int = 16, theme: str = "light"):
        expected = _("an array of shape (k, height, width) with values from 0 to 1")
        pixels = array_of_numbers("images", images, expected, empty=True)
        if pixels.ndim != 3:
            raise arguments.wrong_value("images", expected, images)
        captions = [str(caption) for caption in captions]
        if len(captions) != len(pixels):
            wanted = _("a list of {count} texts, one for each image").format(count=len(pixels))
            raise arguments.wrong_value("captions", wanted, captions)
        shown = min(len(pixels), arguments.whole("most", most, 1))
        rows = max(1, -(-shown // IN_A_ROW))
        super().__init__(640, HEIGHT * rows, theme)
        ink = LinearSegmentedColormap.from_list("ink", [self.theme.card, self.theme.ink])
        for place in range(shown):
            row, column = divmod(place, IN_A_ROW)
            axes = self.panel(
                (column + 0.08) / IN_A_ROW,
                (rows - row - 0.96) / rows,
                0.84 / IN_A_ROW,
                0.72 / rows,
                grid=False,
            )
            axes.imshow(pixels[place], cmap=ink, vmin=0, vmax=1)
            axes.set(xticks=[], yticks=[])
            axes.set_title(captions[place], fontsize=FONT_POINTS - 0.5, pad=3, color=self.theme.ink)
