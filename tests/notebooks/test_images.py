"""Each chapter opens with a picture that the package makes, and the committed file is that picture."""

from __future__ import annotations

import importlib.util
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
CHAPTERS = [path.stem for path in sorted(NOTEBOOKS.glob("*.ipynb"))]
# Mean difference, of 255, after shrinking to a tenth. Another version of matplotlib sets letters
# differently (3.10 against 3.11: up to 1.4); another rate of one racer of three changes 2.4.
LIKENESS = 1.8


@pytest.fixture(scope="module")
def makers() -> dict:
    spec = importlib.util.spec_from_file_location("images", NOTEBOOKS / "images" / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.IMAGES


def difference(one: Image.Image, other: Image.Image) -> float:
    small = [
        np.asarray(image.resize((one.width // 10, one.height // 10), Image.Resampling.BOX), dtype=float)
        for image in (one, other)
    ]
    return float(np.abs(small[0] - small[1]).mean())


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_opening_picture_is_what_the_package_makes_now(makers, chapter):
    """Where it is not, run `python notebooks/images/make.py` and look at the result."""
    cells = json.loads((NOTEBOOKS / f"{chapter}.ipynb").read_text(encoding="utf-8"))["cells"]
    assert any(f"images/{chapter}.png" in "".join(cell["source"]) for cell in cells[:8])
    committed = Image.open(NOTEBOOKS / "images" / f"{chapter}.png").convert("RGB")
    made = Image.open(io.BytesIO(makers[chapter]().encode()[1])).convert("RGB")
    assert committed.size == made.size
    assert difference(committed, made) < LIKENESS


def test_another_picture_is_noticed(makers):
    from bigmodel_nb.figures.descent import DescentFigure
    from bigmodel_nb.maths import surfaces
    from bigmodel_nb.maths.descent import Adam, GradientDescent, Momentum, descend

    beale = surfaces.beale()
    racers = [GradientDescent(0.01), Momentum(0.003), Adam(0.05)]  # Adam's rate is another
    other = DescentFigure(beale, [descend(beale, racer, steps=150) for racer in racers])
    made = Image.open(io.BytesIO(other.encode()[1])).convert("RGB")
    committed = Image.open(NOTEBOOKS / "images" / "01-gradient-descent.png").convert("RGB")
    assert difference(committed, made) > LIKENESS
