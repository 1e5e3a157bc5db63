"""Makes the opening images of the chapters: `python notebooks/images/make.py`, from anywhere.

Outputs of cells are not committed, so these pictures are what a reader sees before running anything.
"""

from __future__ import annotations

from pathlib import Path

from bigmodel_nb.figures.descent import DescentFigure
from bigmodel_nb.maths import surfaces
from bigmodel_nb.maths.descent import Adam, GradientDescent, Momentum, descend

HERE = Path(__file__).parent


def gradient_descent() -> DescentFigure:
    """Three ways down one loss: chapter 1."""
    beale = surfaces.beale()
    racers = [GradientDescent(0.01), Momentum(0.003), Adam(0.15)]
    return DescentFigure(beale, [descend(beale, racer, steps=150) for racer in racers])


if __name__ == "__main__":
    gradient_descent().save(HERE / "01-gradient-descent.png")
