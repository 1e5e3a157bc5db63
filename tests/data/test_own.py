"""The reader's own arrays, images and columns: parts that share nothing, errors that name what is wrong."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PIL import Image

from bigmodel_nb.data import imagefiles
from bigmodel_nb.data.csvfiles import series_from_csv
from bigmodel_nb.data.imagefiles import images_from
from bigmodel_nb.data.own import from_arrays
from bigmodel_nb.data.parts import SplitDataset


@pytest.fixture
def random():
    return np.random.default_rng(0)


def parts(data: SplitDataset):
    return data.train, data.validation, data.test


def rows(part) -> set[bytes]:
    return {row.tobytes() for row in part.x}


class TestArrays:
    def test_classes_by_name(self, random):
        y = random.choice(["dog", "cat", "ant"], 100)
        data = from_arrays(random.normal(size=(100, 4)), y, feature_names=["a", "b", "c", "d"])
        assert data.task == "classification" and data.target_names == ("ant", "cat", "dog")
        assert data.feature_names == ("a", "b", "c", "d") and data.num_classes == 3
        assert [len(part) for part in parts(data)] == [70, 15, 15]

    @pytest.mark.parametrize(
        "y", [[5, 7] * 50, [True, False] * 50, np.array([[1], [-1]] * 50), list("ab") * 50]
    )
    def test_classes_are_numbered_from_zero(self, random, y):
        data = from_arrays(random.normal(size=(100, 2)), y)
        assert set(data.train.y) == {0, 1} and len(data.target_names) == 2 and data.task == "classification"

    def test_each_row_keeps_its_target(self, random):
        x = random.normal(size=(60, 2, 3)).astype(np.float32)
        y = random.permutation(60) / 7
        known = {row.tobytes(): np.float32(value) for row, value in zip(x, y, strict=True)}
        data = from_arrays(x, y, scale=None)
        assert data.task == "regression" and data.input_shape == (2, 3)
        for part in parts(data):
            assert [known[row.tobytes()] for row in part.x] == part.y.tolist()
        assert sum(map(len, parts(data))) == len(set.union(*map(rows, parts(data)))) == 60

    @pytest.mark.parametrize("shape", [(50,), (50, 3), (50, 4, 3), (50, 4, 5, 3)])
    @pytest.mark.parametrize("scale", ["standardize", "minmax"])
    def test_scaling_sees_the_training_part_only(self, random, shape, scale):
        data = from_arrays(random.normal(5, 3, size=shape), random.normal(size=50), scale=scale)
        axes = tuple(range(data.train.x.ndim - 1))
        low, high = data.train.x.min(axes), data.train.x.max(axes)
        if scale == "minmax":
            np.testing.assert_allclose(low, 0, atol=1e-6)
            np.testing.assert_allclose(high, 1, atol=1e-6)
        else:
            np.testing.assert_allclose(data.train.x.mean(axes), 0, atol=1e-5)
            assert np.abs(data.test.x.mean(axes)).max() > 1e-4
        assert data.scaling is not None

    def test_equal_examples_are_in_one_part(self, random):
        x = random.integers(0, 2, size=(200, 2, 2))
        data = from_arrays(x, random.integers(0, 2, 200), scale=None)
        train, validation, test = map(rows, parts(data))
        assert not train & validation and not train & test and not validation & test

    def test_names_of_classes(self, random):
        x, y = random.normal(size=(20, 2)), [0, 1] * 10
        assert from_arrays(x, y, target_names=["no", "yes"]).target_names == ("no", "yes")
        with pytest.raises(ValueError, match=r"^target_names must be one name for each of the 2 classes"):
            from_arrays(x, y, target_names=["no"])

    @pytest.mark.parametrize(
        "y", [None, [1] * 9, [[1, 2]] * 10, [{}] * 10, [1, {}] * 5, [0.5] * 9 + [np.nan], [1j] * 10, 5]
    )
    def test_targets(self, random, y):
        with pytest.raises((TypeError, ValueError), match=r"^(y must be|target)"):
            from_arrays(random.normal(size=(10, 2)), y)

    def test_too_many_classes_are_quantities(self, random):
        with pytest.raises(ValueError, match=r"^y must be classes, at most 1000 .*quantities must be floats"):
            from_arrays(random.normal(size=(2000, 1)), np.arange(2000))

    @pytest.mark.parametrize("x", [None, "text", [], [[1, 2], [3]], [[np.nan]], 5, [["a"]]])
    def test_examples(self, x):
        with pytest.raises((TypeError, ValueError), match=r"^x must be an array of finite numbers"):
            from_arrays(x, [0, 1])

    @pytest.mark.parametrize("wrong", [{"scale": "loud"}, {"seed": -1}, {"validation": 0}, {"test": 2}])
    @pytest.mark.parametrize("shape", [(10, 2), (10, 2, 2)])
    def test_options(self, random, wrong, shape):
        with pytest.raises((TypeError, ValueError), match=f"^{next(iter(wrong))} must be"):
            from_arrays(random.normal(size=shape), [0, 1] * 5, **wrong)


@pytest.fixture
def folder(tmp_path, random):
    """Ten images of cats and ten of dogs, of several sizes and formats."""
    for name, shade in (("cat", 60), ("dog", 190)):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for i in range(10):
            pixels = random.integers(shade - 50, shade + 50, (40 + i, 30 + 5 * i, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{i}.{('png', 'jpg', 'BMP')[i % 3]}")
    return tmp_path / "pets"


class TestImages:
    @pytest.mark.parametrize("color, channels", [(False, 1), (True, 3)])
    @pytest.mark.parametrize("size, shape", [(8, (8, 8)), ((6, 10), (6, 10))])
    def test_parts(self, folder, color, channels, size, shape):
        data = images_from(folder, size=size, color=color)
        assert data.name == "pets" and data.target_names == ("cat", "dog")
        assert data.task == "classification" and data.input_shape == (*shape, channels)
        assert [len(part) for part in parts(data)] == [14, 3, 3]
        for x, y in parts(data):
            assert x.min() >= 0 and x.max() <= 1
            np.testing.assert_array_equal(x.mean(axis=(1, 2, 3)) > 0.5, y == 1)

    def test_a_pixel_is_what_it_was(self, folder):
        ramp = np.arange(64, dtype=np.uint8).reshape(8, 8)
        for name in ("cat", "dog"):
            Image.fromarray(ramp + (name == "dog")).save(folder / name / "ramp.png")
        data = images_from(folder, size=8)
        found = [x for part in parts(data) for x in part.x if np.allclose(x[..., 0] * 255, ramp)]
        assert len(found) == 1

    @pytest.mark.parametrize("mode", ["1", "P", "LA", "RGBA", "CMYK", "I;16", "F"])
    def test_modes(self, folder, mode):
        white = Image.new("L", (9, 9), 255)
        image = Image.new("I;16", (9, 9), 65535) if mode == "I;16" else white.convert(mode)
        image.save(
            folder / "cat" / "odd.tiff" if mode in ("CMYK", "I;16", "F") else folder / "cat" / "odd.png"
        )
        data = images_from(folder, size=4)
        assert sum((x == 1).all() for part in parts(data) for x in part.x) == 1

    def test_what_is_transparent_is_white(self, folder):
        Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(folder / "cat" / "clear.png")
        data = images_from(folder, size=4, color=True)
        assert any((x == 1).all() for part in parts(data) for x in part.x)

    def test_copies_are_in_one_part(self, folder):
        for i in range(10):
            content = (folder / "cat" / "0.png").read_bytes()
            (folder / "cat" / f"copy {i}.png").write_bytes(content)
        for seed in range(5):
            train, validation, test = map(rows, parts(images_from(folder, size=8, seed=seed)))
            assert not train & validation and not train & test and not validation & test

    def test_a_picture_stands_as_its_camera_was_held(self, folder):
        image = Image.new("L", (8, 8), 0)
        image.paste(255, (0, 0, 8, 4))  # bright above
        turned = image.getexif()
        turned[0x0112] = 3  # upside down
        image.save(folder / "cat" / "turned.png", exif=turned)
        data = images_from(folder, size=8)
        assert any((x[:4] == 0).all() and (x[4:] == 1).all() for part in parts(data) for x in part.x)

    def test_other_and_hidden_files_are_ignored(self, folder):
        (folder / "cat" / "notes.txt").write_text("no image")
        (folder / "cat" / "._0.png").write_text("no image either")
        (folder / ".thumbnails").mkdir()
        (folder / "empty").mkdir()
        assert sum(map(len, parts(images_from(folder, size=4)))) == 20

    @pytest.fixture
    def broken(self, folder):
        whole = (folder / "dog" / "0.png").read_bytes()
        (folder / "dog" / "half.png").write_bytes(whole[: len(whole) // 2])
        (folder / "cat" / "page.jpg").write_text("<html>")
        (folder / "cat" / "nothing.gif").write_bytes(b"")
        return folder

    def test_broken_files_are_named(self, broken):
        with pytest.raises(ValueError, match=r"^3 images cannot be read: ") as caught:
            images_from(broken)
        message = str(caught.value).replace("\\", "/")
        assert all(name in message for name in ("dog/half.png", "cat/page.jpg", "cat/nothing.gif"))
        assert "skip_broken=True" in message

    def test_broken_files_can_be_left_out(self, broken):
        data = images_from(broken, size=4, skip_broken=True)
        assert sum(map(len, parts(data))) == 20
        assert any(note.startswith("3 images cannot be read: ") for note in data.notes)

    def test_a_picture_that_unpacks_to_far_too_much(self, folder, monkeypatch):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
        with pytest.raises(ValueError, match=r"images cannot be read: .*exceeds limit"):
            images_from(folder)

    def test_too_many_numbers(self, folder, monkeypatch):
        monkeypatch.setattr(imagefiles, "MOST", 20 * 8 * 8 - 1)
        with pytest.raises(ValueError, match=r"^size must be smaller, or the images fewer: 20 of them"):
            images_from(folder, size=8)

    @pytest.mark.parametrize("wrong", [0, -1, 1.5, "big", (1, 2, 3), (0, 5), None, 10**6])
    def test_size(self, folder, wrong):
        with pytest.raises((TypeError, ValueError), match=r"^size must be"):
            images_from(folder, size=wrong)

    def test_folders(self, tmp_path, folder):
        with pytest.raises(FileNotFoundError, match="there is no folder"):
            images_from(tmp_path / "nothing")
        with pytest.raises(
            ValueError, match=r"^folder must be a folder with one subfolder of images for each"
        ):
            images_from(folder / "cat")
        with pytest.raises(TypeError, match=r"^folder must be the path of a folder"):
            images_from(None)


class TestCsv:
    VALUES = np.round(np.sin(np.arange(200) / 5) * 10, 3)

    def write(self, path, delimiter=",", decimal=".", head=("day", "temperature"), encoding="utf-8"):
        with path.open("w", newline="", encoding=encoding) as file:
            writer = csv.writer(file, delimiter=delimiter)
            if head:
                writer.writerow(head)
            for day, value in enumerate(self.VALUES):
                writer.writerow([f"2026-01-{day}", str(value).replace(".", decimal)])
        return path

    def check(self, data):
        assert data.task == "forecast" and data.input_shape == (8, 1)
        first = data.target_scaling.undo(data.train.x[0])[:, 0]
        np.testing.assert_allclose(first, self.VALUES[:8], atol=1e-4)
        last = data.target_scaling.undo(data.test.y)[-1]
        np.testing.assert_allclose(last, self.VALUES[-1:], atol=1e-4)

    @pytest.mark.parametrize(
        "delimiter, decimal", [(",", "."), (";", ","), (";", "."), ("\t", ","), ("|", ".")]
    )
    @pytest.mark.parametrize("column", [None, "temperature", 1])
    def test_a_column(self, tmp_path, delimiter, decimal, column):
        path = self.write(tmp_path / "weather.csv", delimiter, decimal)
        data = series_from_csv(str(path), column, context_length=8)
        self.check(data)
        assert data.name == "weather: temperature" and data.feature_names == ("temperature",)

    def test_other_encodings_quotes_and_empty_lines(self, tmp_path):
        path = self.write(tmp_path / "w.csv", head=("日期 的", "温度, 在这里"), encoding="utf-16")
        path.write_bytes((path.read_text("utf-16") + "\n\n,\n").encode("utf-16"))
        self.check(series_from_csv(path, "温度, 在这里", context_length=8))

    def test_without_names(self, tmp_path):
        path = tmp_path / "values.csv"
        path.write_text("\n".join(map(str, self.VALUES)))
        self.check(series_from_csv(path, context_length=8))
        self.check(series_from_csv(path, 0, context_length=8))

    @pytest.mark.parametrize("cell", ["", "n/a", "nan", "inf", "1_000", "1,2,3"])
    def test_a_cell_that_is_no_number_is_named_by_its_line(self, tmp_path, cell):
        path = tmp_path / "v.csv"
        path.write_text("day;value\n1;5\n\n2;" + cell + "\n" + "3;4\n" * 100)
        with pytest.raises(
            ValueError, match=r"v\.csv, line 4: column 'value' holds '.*', which is no number"
        ):
            series_from_csv(path, "value")

    def test_a_comma_is_no_decimal_point_where_it_separates(self, tmp_path):
        path = tmp_path / "v.csv"
        path.write_text('day,value\n1,5\n2,"1,5"\n')
        with pytest.raises(ValueError, match="line 3: column 'value' holds '1,5'"):
            series_from_csv(path, "value")

    def test_a_row_that_is_too_short(self, tmp_path):
        path = tmp_path / "v.csv"
        path.write_text("day,value\n1,5\n2\n")
        with pytest.raises(ValueError, match="line 3: column 'value' holds ''"):
            series_from_csv(path, "value")

    @pytest.mark.parametrize("column", ["pressure", 2, -1, None, 1.5, []])
    def test_columns(self, tmp_path, column):
        path = tmp_path / "v.csv"
        path.write_text("day,value\n" + "1,5\n" * 100)
        with pytest.raises((TypeError, ValueError), match=r"^column must be"):
            series_from_csv(path, column)

    @pytest.mark.parametrize(
        "content, words", [("", "has no rows"), ("\n,,\n", "has no rows"), ("a,b\n", "below")]
    )
    def test_nothing_in_it(self, tmp_path, content, words):
        path = tmp_path / "v.csv"
        path.write_text(content)
        with pytest.raises(ValueError, match=words):
            series_from_csv(path)

    def test_files(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="there is no file"):
            series_from_csv(tmp_path / "nothing.csv")
        with pytest.raises(ValueError, match=r"^path must be a file, and this is a folder"):
            series_from_csv(tmp_path)
        with pytest.raises(TypeError, match=r"^path must be the path of a CSV file"):
            series_from_csv(5)
        path = tmp_path / "v.csv"
        path.write_text("value\n" + "1\n" * 20)
        with pytest.raises(ValueError, match=r"^values must be enough for windows of 33 values"):
            series_from_csv(path)
        with pytest.raises(ValueError, match=r"^delimiter must be one character"):
            series_from_csv(path, delimiter=", ")

    def test_a_cell_as_long_as_a_novel(self, tmp_path):
        path = tmp_path / "v.csv"
        path.write_text('value\n1\n"' + "x" * 200_000 + '"\n')
        with pytest.raises(ValueError, match=r"v\.csv, line \d: field larger than"):
            series_from_csv(path)
