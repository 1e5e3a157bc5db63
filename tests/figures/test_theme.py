"""Text can be read, and lines can be told apart, also by readers who see colors differently."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from bigmodel_nb.figures.theme import DARK, LIGHT, THEMES, stroke, theme_named

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)

# G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, 2009, "A physiologically-based model for simulation of
# color vision deficiency": severity 1, for linear RGB.
VISION = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(color: str) -> np.ndarray:
    """A color as linear RGB (IEC 61966-2-1)."""
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21."""
    light, dark = sorted(
        (float(linear(color) @ [0.2126, 0.7152, 0.0722]) for color in (one, other)), reverse=True
    )
    return (light + 0.05) / (dark + 0.05)


def lab(color: str, vision: str) -> np.ndarray:
    """What is seen of a color, in CIE L*a*b* (D65)."""
    seen = np.clip(np.array(VISION[vision]) @ linear(color), 0, 1)
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    ratio = np.array(to_xyz) @ seen / [0.95047, 1.0, 1.08883]
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def difference(one: str, other: str, vision: str) -> float:
    """Delta E of 1976; about 2.3 is just noticeable side by side."""
    return float(np.linalg.norm(lab(one, vision) - lab(other, vision)))


def test_the_measures_are_right():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    np.testing.assert_allclose(lab("#ffffff", "usual"), [100, 0, 0], atol=0.02)
    np.testing.assert_allclose(lab("#ff0000", "usual"), [53.24, 80.09, 67.20], atol=0.02)
    assert difference("#d00000", "#707000", "deuteranopia") < difference("#d00000", "#707000", "usual") / 2


@BOTH
def test_text_has_a_contrast_of_4_5_on_every_ground(theme):
    for text, ground in itertools.product((theme.ink, theme.muted), (theme.card, theme.panel)):
        assert contrast(text, ground) >= 4.5, (text, ground)
    for ground in (theme.low, theme.high):  # the counter and the names of arrows stand on the map
        assert contrast(theme.ink, ground) >= 4.5, ground


@BOTH
def test_the_map_stays_behind_what_is_drawn_on_it(theme):
    assert contrast(theme.low, theme.high) < 2.6
    assert contrast(theme.low, theme.contour_line) < contrast(theme.low, theme.ink)


def test_lines_on_the_dark_card_have_a_contrast_of_4_5():
    for index in range(7):
        for ground in (DARK.card, DARK.panel):
            assert contrast(stroke(index, DARK).color, ground) >= 4.5, stroke(index, DARK)


def test_lines_on_the_light_card_are_not_washed_out():
    """Sky blue and orange of Okabe and Ito are light; dash and marker carry them."""
    for index in range(7):
        assert contrast(stroke(index, LIGHT).color, LIGHT.card) >= 2.0, stroke(index, LIGHT)


@BOTH
def test_seven_lines_differ_in_marker_and_a_color_comes_back_after_seven(theme):
    looks = [stroke(index, theme) for index in range(7)]
    assert len({look.marker for look in looks}) == len({look.color for look in looks}) == 7
    assert stroke(7, theme) == looks[0] and looks[0].color == theme.ink


@BOTH
@pytest.mark.parametrize("vision", VISION)
def test_any_two_lines_can_be_told_apart(theme, vision):
    """By color as it is seen, or else by dash and by marker."""
    for first, second in itertools.combinations(range(7), 2):
        one, other = stroke(first, theme), stroke(second, theme)
        apart = difference(one.color, other.color, vision)
        assert apart >= 15 or (one.dash != other.dash and one.marker != other.marker), (first, second, apart)


@BOTH
@pytest.mark.parametrize("vision", VISION)
def test_lines_of_one_dash_differ_clearly_in_color(theme, vision):
    for first, second in itertools.combinations(range(7), 2):
        one, other = stroke(first, theme), stroke(second, theme)
        if one.dash == other.dash:
            assert difference(one.color, other.color, vision) >= 25, (first, second)


@pytest.mark.parametrize(
    "wrong, kind", [("blue", ValueError), (None, TypeError), (3, TypeError), (["dark"], TypeError)]
)
def test_there_are_two_themes(wrong, kind):
    assert theme_named("light") is LIGHT and theme_named("dark") is DARK
    with pytest.raises(kind, match="theme must be one of 'light', 'dark'; received: "):
        theme_named(wrong)
