"""A loss that only rounding moves is drawn level: at the edge of stability nothing falls."""

from bigmodel_nb.figures.descent import DescentFigure
from bigmodel_nb.maths.descent import GradientDescent, descend
from bigmodel_nb.maths.surfaces import bowl


def test_rounding_is_not_drawn_as_a_slope():
    surface = bowl(1)
    path = descend(surface, GradientDescent(1.9999999999), start=(-4, 3), steps=40)
    assert 0 < path.values.max() - path.values.min() < 1e-6
    low, high = DescentFigure(surface, [path]).upper.get_ylim()
    assert high - low > 0.5 * path.values[0]
