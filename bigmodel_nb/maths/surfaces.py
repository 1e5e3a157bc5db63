"""Loss surfaces over two weights, small enough to see: where a descent can be watched.

    surface = himmelblau()
    surface.value((3.0, 2.0))          # 0.0
    surface.gradient([[0.0, 0.0]])     # array([[-14., -22.]])

Each is a `Surface`: the loss, its gradient, the part worth drawing, a start and the known minima.
`SURFACES` holds the factories by name; `from_data` makes one from a real data set.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bigmodel_nb.arguments import between
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.data_surfaces import from_data
from bigmodel_nb.maths.landscape import Surface, on_points

__all__ = [
    "SURFACES",
    "Surface",
    "beale",
    "bowl",
    "from_data",
    "himmelblau",
    "plateau",
    "rastrigin",
    "rosenbrock",
    "saddle",
]


def bowl(condition: float = 10.0) -> Surface:
    """The quadratic bowl, f = (w1^2 + condition * w2^2) / 2.

    Its curvatures are 1 along w1 and `condition` along w2, so `condition` (from 1 to 1,000,000) is its
    condition number. Gradient descent is stable below a rate of 2 / condition, and then needs a number of
    steps in proportion to the condition number to get down the gentle direction.
    """
    condition = between("condition", condition, 1.0, 1e6)
    value, gradient = on_points(
        lambda x, y: 0.5 * (x * x + condition * (y * y)),
        lambda x, y: (x, condition * y),
    )
    return Surface(
        name="bowl",
        title=_("Quadratic bowl, condition number {condition:g}").format(condition=condition),
        formula=r"$f = \frac{1}{2}(w_1^2 + \kappa\, w_2^2)$",
        value=value,
        gradient=gradient,
        limits=(-5.0, 5.0, -5.0, 5.0),
        start=(-4.0, 3.0),
        minima=((0.0, 0.0),),
        rate=1.5 / (1.0 + condition),
    )


def rosenbrock() -> Surface:
    """Rosenbrock's valley, f = (1 - w1)^2 + 100 (w2 - w1^2)^2.

    The valley is found at once and followed slowly: it bends, and its walls are a thousand times steeper
    than its floor. H. H. Rosenbrock, 1960, "An automatic method for finding the greatest or least value of
    a function".
    """
    value, gradient = on_points(
        lambda x, y: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
        lambda x, y: (-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)),
    )
    return Surface(
        name="rosenbrock",
        title=_("Rosenbrock's valley"),
        formula=r"$f = (1 - w_1)^2 + 100\,(w_2 - w_1^2)^2$",
        value=value,
        gradient=gradient,
        limits=(-2.0, 2.0, -1.0, 3.0),
        start=(-1.2, 1.0),
        minima=((1.0, 1.0),),
        rate=0.001,
    )


def himmelblau() -> Surface:
    """Himmelblau's function, f = (w1^2 + w2 - 11)^2 + (w1 + w2^2 - 7)^2.

    Four minima, all of loss 0: which one is reached depends on the start and on the optimizer.
    D. M. Himmelblau, 1972, "Applied Nonlinear Programming".
    """

    def slopes(x, y):
        first, second = x * x + y - 11, x + y * y - 7
        return 4 * x * first + 2 * second, 2 * first + 4 * y * second

    value, gradient = on_points(lambda x, y: (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2, slopes)
    return Surface(
        name="himmelblau",
        title=_("Himmelblau's four valleys"),
        formula=r"$f = (w_1^2 + w_2 - 11)^2 + (w_1 + w_2^2 - 7)^2$",
        value=value,
        gradient=gradient,
        limits=(-5.0, 5.0, -5.0, 5.0),
        start=(-0.5, -1.0),
        minima=(
            (3.0, 2.0),
            (-2.805118086952745, 3.131312518250573),
            (-3.7793102533777469, -3.2831859912861694),
            (3.5844283403304917, -1.8481265269644036),
        ),
        rate=0.01,
    )


def beale() -> Surface:
    """Beale's function, the sum of (c - w1 + w1 w2^k)^2 for k = 1, 2, 3 and c = 1.5, 2.25, 2.625.

    A narrow flat floor below steep walls: gradients differ a thousandfold between neighboring places.
    E. M. L. Beale, 1958, "On an iterative method for finding a local minimum of a function of more than one
    variable".
    """

    def parts(x, y):
        return 1.5 - x + x * y, 2.25 - x + x * y * y, 2.625 - x + x * y * y * y

    def value_of(x, y):
        first, second, third = parts(x, y)
        return first * first + second * second + third * third

    def slopes(x, y):
        first, second, third = parts(x, y)
        return (
            2 * (first * (y - 1) + second * (y * y - 1) + third * (y * y * y - 1)),
            2 * x * (first + 2 * second * y + 3 * third * y * y),
        )

    value, gradient = on_points(value_of, slopes)
    return Surface(
        name="beale",
        title=_("Beale's steep walls"),
        formula=(
            r"$f = (1.5 - w_1 + w_1 w_2)^2 + (2.25 - w_1 + w_1 w_2^2)^2"
            r" + (2.625 - w_1 + w_1 w_2^3)^2$"
        ),
        value=value,
        gradient=gradient,
        limits=(-1.0, 4.5, -2.0, 2.0),
        start=(1.0, 1.5),
        minima=((3.0, 0.5),),
        rate=0.01,
    )


def saddle() -> Surface:
    """A saddle between two valleys, f = w1^2 / 2 + (w2^2 - 1)^2 / 4.

    At (0, 0) the gradient is zero, yet the loss is lowest along w1 and highest along w2. The start lies
    so near the ridge that plain gradient descent first runs into the saddle and rests there for a while.
    """
    value, gradient = on_points(
        lambda x, y: 0.5 * (x * x) + 0.25 * (y * y - 1) ** 2,
        lambda x, y: (x, y * (y * y - 1)),
    )
    return Surface(
        name="saddle",
        title=_("Saddle between two valleys"),
        formula=r"$f = \frac{1}{2} w_1^2 + \frac{1}{4}(w_2^2 - 1)^2$",
        value=value,
        gradient=gradient,
        limits=(-2.0, 2.0, -2.0, 2.0),
        start=(-1.8, 0.01),
        minima=((0.0, 1.0), (0.0, -1.0)),
        rate=0.1,
    )


def plateau() -> Surface:
    """A hole in a wide plateau, f = r^2 / (1 + r^2) with r^2 = w1^2 + w2^2.

    Far from the hole the loss is nearly 1 and nearly flat: the gradient fades as 2 / r^3, as it does behind
    a saturated unit, and steps in proportion to it become tiny.
    """

    def value_of(x, y):
        # Written as 1 - 1 / (1 + r^2) it would lose its digits near the minimum.
        squared = np.minimum(x * x + y * y, np.finfo(x.dtype).max)
        return squared / (1 + squared)

    def slopes(x, y):
        flattening = (1 + x * x + y * y) ** 2
        return 2 * x / flattening, 2 * y / flattening

    value, gradient = on_points(value_of, slopes)
    return Surface(
        name="plateau",
        title=_("Hole in a plateau"),
        formula=r"$f = \frac{r^2}{1 + r^2}, \quad r^2 = w_1^2 + w_2^2$",
        value=value,
        gradient=gradient,
        limits=(-4.0, 4.0, -4.0, 4.0),
        start=(-3.0, 2.0),
        minima=((0.0, 0.0),),
        rate=0.5,
    )


def rastrigin() -> Surface:
    """Rastrigin's function, f = 20 + the sum of w^2 - 10 cos(2 pi w) over both weights.

    A bowl covered with dents, one near every whole number: a descent stays in the first it meets, unless
    momentum or noise carries it on. L. A. Rastrigin, 1974, "Systems of extremal control" (in Russian).
    """
    turn = 2 * np.pi
    value, gradient = on_points(
        # 1 - cos(2 pi w) = 2 sin(pi w)^2, which keeps its digits near the minimum
        lambda x, y: x * x + y * y + 20 * (np.sin(np.pi * x) ** 2 + np.sin(np.pi * y) ** 2),
        lambda x, y: (2 * x + 10 * turn * np.sin(turn * x), 2 * y + 10 * turn * np.sin(turn * y)),
    )
    return Surface(
        name="rastrigin",
        title=_("Rastrigin's many minima"),
        formula=r"$f = 20 + \sum_i \left(w_i^2 - 10 \cos 2\pi w_i\right)$",
        value=value,
        gradient=gradient,
        limits=(-5.12, 5.12, -5.12, 5.12),
        start=(-3.4, 2.6),
        minima=((0.0, 0.0),),
        rate=0.002,
    )


SURFACES: dict[str, Callable[[], Surface]] = {
    factory.__name__: factory for factory in (bowl, rosenbrock, himmelblau, beale, saddle, plateau, rastrigin)
}
