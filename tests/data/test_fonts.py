import itertools
import pathlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.data import fonts
from bigmodel_nb.data.fonts import CHARACTERS, FAMILIES, LOOK_ALIKES, glyphs
from bigmodel_nb.data.parts import PARTS


@pytest.fixture
def drawn(monkeypatch):
    """The fonts that were drawn from, in turn, one set for each part."""
    used = []

    def watched(n, characters, chosen, strength, random):
        used.append(set())
        monkeypatch.setattr(fonts, "_master", lambda font, letter: used[-1].add(font) or kept(font, letter))
        return draw(n, characters, chosen, strength, random)

    kept, draw = fonts._master, fonts._drawn
    monkeypatch.setattr(fonts, "_drawn", watched)
    return used


@pytest.mark.parametrize("family", FAMILIES)
def test_no_family_is_on_both_sides(drawn, family):
    fonts._made.__wrapped__(600, CHARACTERS, family, 1.0, 0.2, 0.3, 0)
    train, validation, test = drawn
    assert test == set(FAMILIES[family]), "not all of the family, or others"
    assert not (train | validation) & test
    assert train == {font for name, group in FAMILIES.items() if name != family for font in group}


def test_families_are_what_the_files_say():
    """A family is a maker's name in the files themselves, and no font is in two families."""
    first = {"DejaVu": "DejaVu", "STIX": "STIX", "Computer Modern": "cm"}
    for family, group in FAMILIES.items():
        for font in group:
            assert fonts._font(font).getname()[0].startswith(first[family])
    everything = list(itertools.chain(*FAMILIES.values()))
    assert len(everything) == len(set(everything)) == 20
    assert all(pathlib.Path(font).suffix == ".ttf" for font in everything)


class TestPictures:
    def test_shapes_shares_and_classes(self):
        data = glyphs(1000, validation=0.1, test=0.2)
        assert [len(getattr(data, name)) for name in PARTS] == [700, 100, 200]
        assert data.input_shape == (28, 28, 1) and data.target_names == tuple(CHARACTERS)
        for name in PARTS:
            x, y = getattr(data, name)
            assert x.min() == 0 and 0.9 < x.max() <= 1
            assert np.ptp(np.bincount(y, minlength=len(CHARACTERS))) <= 1

    def test_every_one_has_ink_and_none_is_cut(self):
        x = glyphs(1000).train.x[..., 0]
        assert (x.sum(axis=(1, 2)) > 8).all()
        edge = np.concatenate([x[:, 0], x[:, -1], x[:, :, 0], x[:, :, -1]], axis=1).max(axis=1)
        assert (edge > 0.1).mean() < 0.02

    @pytest.mark.parametrize("distortion", [0.1, 1.0])
    def test_none_is_in_two_parts(self, distortion):
        data = glyphs(3000, distortion=distortion, characters="0123456789")
        pictures = [picture.tobytes() for name in PARTS for picture in getattr(data, name).x]
        assert len(set(pictures)) == 3000

    def test_parts_of_equal_size_are_not_the_same(self):
        data = glyphs(100, validation=0.4, test=0.2)
        assert len(data.train) == len(data.validation) == 40
        assert not {a.tobytes() for a in data.train.x} & {a.tobytes() for a in data.validation.x}

    def test_the_same_seed_gives_the_same_pictures(self):
        again = fonts._made.__wrapped__(90, CHARACTERS, "STIX", 1.0, 0.15, 0.15, 5)
        data, other = glyphs(90, seed=5), glyphs(90, seed=6)
        for name in PARTS:
            np.testing.assert_array_equal(getattr(again, name).x, getattr(data, name).x)
            np.testing.assert_array_equal(getattr(again, name).y, getattr(data, name).y)
        assert not np.array_equal(data.train.x, other.train.x)
        assert glyphs(90, seed=5) is data

    def test_they_are_varied_by_as_much_as_was_asked_for(self):
        """The same character in the same font: the more distortion, the further apart."""

        def spread(strength):
            x, _ = fonts._drawn(200, "AB", ["cmr10.ttf"], strength, np.random.default_rng(0))
            return x.std(axis=0).mean()

        assert spread(0.1) < 0.75 * spread(0.5) < 0.75 * spread(1.0)

    def test_a_label_is_that_of_its_picture(self):
        """Each undistorted drawing resembles the pictures of its own class most."""
        x, y = fonts._drawn(400, "AHLT47", ["DejaVuSans.ttf"], 0.1, np.random.default_rng(0))
        means = np.stack([x[y == label].mean(axis=0).ravel() for label in range(6)])
        for label, character in enumerate("AHLT47"):
            half = fonts.MASTER * 5 // 12
            plain = fonts._master("DejaVuSans.ttf", character).resize((half, half))
            middle = (half - fonts.SIZE) // 2
            ours = np.asarray(plain)[middle : middle + 28, middle : middle + 28].ravel() / 255
            assert ((means - ours) ** 2).sum(axis=1).argmin() == label

    def test_a_turn_is_a_turn_about_the_middle(self):
        maps = fonts._affine_maps(500, 1.0, np.random.default_rng(0))
        middle = maps.reshape(-1, 2, 3) @ [28.0, 28.0, 1.0]
        far = np.abs(middle - fonts.MASTER / 2).max()
        assert 3 < far < 8, "the middle moves by up to two pixels of the picture"


class TestLookAlikes:
    def test_none_are_among_the_usual_ones(self):
        for group in LOOK_ALIKES:
            assert len(set(group) & set(CHARACTERS)) <= 1, group

    @pytest.mark.parametrize("pair", ["0O", "1l", "1I", "Il", "9g", "5S", "2Z", "cC", "O0", "xX"])
    def test_they_are_refused(self, pair):
        with pytest.raises(ValueError, match=r"^characters must be .* look alike\); received: "):
            glyphs(30, characters="A" + pair)

    def test_the_usual_ones_can_be_told_apart(self):
        """In every font, drawn alike, no two of them are nearly the same picture."""
        for font in itertools.chain(*FAMILIES.values()):
            ink = np.stack([np.asarray(fonts._master(font, c), np.float32).ravel() for c in CHARACTERS])
            ink /= np.linalg.norm(ink, axis=1, keepdims=True)
            alike = ink @ ink.T - np.eye(len(ink))
            assert alike.max() < 0.95, (font, [CHARACTERS[i] for i in divmod(alike.argmax(), len(ink))])


@pytest.mark.parametrize(("name", "wrong"), [
    ("n", 2), ("n", 10**9), ("n", None), ("n", 9.5), ("characters", ""), ("characters", "A"),
    ("characters", "AA"), ("characters", "Aé"), ("characters", "A B"), ("characters", None),
    ("characters", ["A", "B"]), ("held_out", "Arial"), ("held_out", None), ("distortion", 0),
    ("distortion", 1.5), ("distortion", "a"), ("seed", -1), ("seed", []), ("validation", 0), ("test", 1.0),
])  # fmt: skip
def test_arguments_are_checked(name, wrong):
    with pytest.raises((TypeError, ValueError), match=rf"^{name} must be .*; received: "):
        glyphs(**{"n": 30, name: wrong})


@given(st.text(max_size=6))
def test_any_text_is_drawn_or_refused(text):
    try:
        data = glyphs(12, characters=text)
    except ValueError as error:
        assert str(error).startswith("characters must be")
    else:
        assert data.target_names == tuple(text)


def test_every_ascii_sign_that_is_allowed_has_a_drawing():
    for font in itertools.chain(*FAMILIES.values()):
        for code in range(33, 127):
            assert fonts._master(font, chr(code)).getbbox() is not None, (font, chr(code))


def test_without_matplotlib_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(
        ModuleNotFoundError, match=r"^cmr10.ttf comes with matplotlib.*pip install matplotlib$"
    ):
        fonts._font.__wrapped__("cmr10.ttf")
