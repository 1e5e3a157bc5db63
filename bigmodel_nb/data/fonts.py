"""Pictures of characters, drawn from matplotlib's fonts: as many as wanted, without a network.

    data = glyphs(10_000)                                  # 41 characters, 28 by 28 pixels
    data = glyphs(10_000, characters="0123456789", held_out="Computer Modern", distortion=0.5)

The test part is drawn from a family of fonts that training has never seen, so the test asks for the character
and not for the font. Characters that look alike in one font or another are left out. No two machines need
agree on every pixel: the version of FreeType inside Pillow decides about the shades at the edges.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from bigmodel_nb.arguments import between, one_of, whole, wrong_type, wrong_value
from bigmodel_nb.data.installed import installed_file
from bigmodel_nb.data.parts import Part, SplitDataset
from bigmodel_nb.data.splitting import checked_shares, counts
from bigmodel_nb.language import gettext as _

if TYPE_CHECKING:
    from PIL import Image

# Those that every version of matplotlib from 3.10 on has, so that the pictures are the same with each.
FAMILIES: dict[str, tuple[str, ...]] = {
    "DejaVu": tuple(
        f"DejaVu{kind}{style}.ttf"
        for kind, slant in (("Sans", "Oblique"), ("SansMono", "Oblique"), ("Serif", "Italic"))
        for style in ("", "-Bold", f"-{slant}", f"-Bold{slant}")
    ),
    "STIX": ("STIXGeneral.ttf", "STIXGeneralBol.ttf", "STIXGeneralItalic.ttf", "STIXGeneralBolIta.ttf"),
    "Computer Modern": ("cmr10.ttf", "cmb10.ttf", "cmss10.ttf", "cmtt10.ttf"),
}
# Of each group one character can be told from all others; two cannot, once size and slant vary.
LOOK_ALIKES = (
    "0Oo", "1Iil|", "2Zz", "5Ss", "9gq", "Cc", "Jj", "Kk", "Mm", "Pp", "Uu", "Vv", "Ww", "Xx", "Yy",
)  # fmt: skip
CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUVWXYabdefhnrt"
SIZE = 28  # of a picture, in pixels
FINE = 2  # each pixel is the mean of 2 by 2 finer ones
MASTER = 96  # of the drawing that is turned, sheared, sized and shifted
FONT_SIZE = 48  # in the drawing; on average 20 in the picture
MOST = 200_000


def glyphs(
    n: int = 10_000,
    *,
    characters: str = CHARACTERS,
    held_out: str = "STIX",
    distortion: float = 1.0,
    validation: float = 0.15,
    test: float = 0.15,
    seed: int = 0,
) -> SplitDataset:
    """n pictures of `characters`: x (n, 28, 28, 1) from 0 (paper) to 1 (ink), y where they stand in it.

    Each is drawn from a random font and turned (up to 15 degrees), sheared (0.2), sized (0.8 to 1.15) and
    shifted (2 pixels) at random; `distortion` (0.1 to 1) multiplies all of these. Classes are equally
    frequent. The test part comes from the family `held_out`, one of `FAMILIES`; training and validation
    share the other fonts, so validation is easier than the test. `characters` may not hold two that look
    alike (`LOOK_ALIKES`). The same seed gives the same pictures.
    """
    count = whole("n", n, 3, MOST)
    known = _checked_characters(characters)
    family = one_of("held_out", held_out, FAMILIES)
    strength = between("distortion", distortion, 0.1, 1)
    return _made(count, known, family, strength, *checked_shares(validation, test), whole("seed", seed, 0))


@functools.lru_cache(maxsize=4)
def _made(
    n: int, characters: str, held_out: str, strength: float, validation: float, test: float, seed: int
) -> SplitDataset:
    training_fonts = [font for family, fonts in FAMILIES.items() if family != held_out for font in fonts]
    sources = (training_fonts, training_fonts, list(FAMILIES[held_out]))
    train, validate, last = (
        Part(*_drawn(count, characters, fonts, strength, np.random.default_rng((seed, part))))
        for part, (count, fonts) in enumerate(zip(counts(n, (validation, test)), sources, strict=True))
    )
    return SplitDataset(
        train=train,
        validation=validate,
        test=last,
        name="glyphs",
        task="classification",
        feature_names=("ink",),
        target_names=tuple(characters),
        source="drawn from the fonts that come with matplotlib",
        license="the pictures: CC0; the fonts: those of Bitstream Vera and DejaVu, of STIX and of BaKoMa "
        "(Computer Modern)",
        citation="DejaVu Fonts; STI Pub Companies, STIX Fonts; D. E. Knuth, 1986, Computer Modern Typefaces",
        notes=(
            _("the test part is drawn from fonts of the family {family}, the others are not").format(
                family=held_out
            ),
            _("training and validation share their fonts: validation is easier than the test"),
        ),
    )


def _checked_characters(characters: Any) -> str:
    if not isinstance(characters, str):
        raise wrong_type("characters", _("text"), characters)
    allowed = "".join(chr(code) for code in range(33, 127))
    if len(characters) < 2 or len(set(characters)) < len(characters) or set(characters) - set(allowed):
        expected = _("two or more different letters, digits or signs of ASCII")
        raise wrong_value("characters", expected, characters)
    for group in LOOK_ALIKES:
        alike = [character for character in characters if character in group]
        if len(alike) > 1:
            expected = _("characters that can be told apart ({characters} look alike)").format(
                characters=", ".join(alike)
            )
            raise wrong_value("characters", expected, characters)
    return str(characters)


def _drawn(
    n: int, characters: str, fonts: list[str], strength: float, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """n pictures (n, 28, 28, 1) and their classes (n,), in random order."""
    from PIL import Image

    classes = random.permutation(np.arange(n) % len(characters))
    chosen = random.integers(len(fonts), size=n)
    maps = _affine_maps(n, strength, random)
    pictures = np.empty((n, SIZE, SIZE, 1), np.float32)
    side = (SIZE * FINE, SIZE * FINE)
    for i in range(n):
        master = _master(fonts[chosen[i]], characters[classes[i]])
        fine = np.asarray(
            master.transform(side, Image.Transform.AFFINE, tuple(maps[i]), Image.Resampling.BILINEAR)
        )
        pictures[i, :, :, 0] = fine.reshape(SIZE, FINE, SIZE, FINE).mean(axis=(1, 3), dtype=np.float32)
    pictures /= 255
    pictures.flags.writeable = False
    return pictures, classes


def _affine_maps(n: int, strength: float, random: np.random.Generator) -> np.ndarray:
    """For each of n pictures the six numbers (n, 6) that map its fine pixels to those of the drawing."""
    turn, shear, grow, right, down = strength * random.uniform(-1, 1, (5, n))
    turn, shear, size = np.deg2rad(15) * turn, 0.2 * shear, np.exp(0.18 * grow - 0.04)
    cosine, sine = np.cos(turn), np.sin(turn)
    forward = np.empty((n, 2, 2))
    forward[:, 0, 0], forward[:, 0, 1] = cosine, cosine * shear - sine
    forward[:, 1, 0], forward[:, 1, 1] = sine, sine * shear + cosine
    fine_pixels = 20 / FONT_SIZE * FINE  # for one pixel of the drawing
    back = np.linalg.inv(forward * (size * fine_pixels)[:, None, None])
    middle = SIZE * FINE / 2 + 2 * FINE * np.stack([right, down], axis=1)
    offset = MASTER / 2 - np.einsum("nij,nj->ni", back, middle)
    return np.concatenate([back, offset[:, :, None]], axis=2).reshape(n, 6)


@functools.cache
def _master(font: str, character: str) -> Image.Image:
    """A large drawing of the character in the middle of its paper."""
    from PIL import Image, ImageDraw

    paper = Image.new("L", (MASTER, MASTER))
    left, top, right, bottom = _font(font).getbbox(character)
    place = (MASTER / 2 - (left + right) / 2, MASTER / 2 - (top + bottom) / 2)
    ImageDraw.Draw(paper).text(place, character, font=_font(font), fill=255)
    return paper


@functools.cache
def _font(font: str) -> Any:
    from PIL import ImageFont

    path = installed_file("matplotlib", "mpl-data/fonts/ttf", font)
    return ImageFont.truetype(str(path), FONT_SIZE, layout_engine=ImageFont.Layout.BASIC)
