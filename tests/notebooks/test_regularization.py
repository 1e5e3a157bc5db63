"""Chapter 3 says what is so: its questions have the answers it gives, its prose the numbers its cells print.

Most of what needs Keras is left to `tests/test_notebooks.py`, which runs the whole chapter.
"""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest

from bigmodel_nb.exercises.regularization import predictions

from .chapter import Chapter

CHAPTER = "03-regularization"
NEEDS_KERAS = "keras-import"


@pytest.fixture(scope="module")
def chapter(listed):
    """Run up to Keras, and from there what does without it."""
    chapter = Chapter(listed)
    chapter.run(*chapter.before(NEEDS_KERAS))
    exec("from bigmodel_nb.data.bundled import load_digits\ndigits = load_digits()", chapter.defined)
    chapter.run("break-select", "further-decay-run", "further-double-run", "friend-picture", "friend-drawn")
    return chapter


# -- the questions ----------------------------------------------------------------------------------


def test_ten_points_are_met_and_the_wave_is_not(chapter):
    explorer = chapter.shown["first-explorer"]
    assert explorer.fit.train_error < 1e-20
    assert explorer.fit.validation_error > 1000 * explorer.data.noise**2
    assert "more than a thousand times the noise" in predictions.ten_points["explanation"]
    errors = explorer.errors
    assert np.all(np.diff(errors.train) < 1e-9) and errors.complexities[0] < errors.best < 9


def test_l1_reaches_zero_and_l2_does_not(chapter):
    explorer = chapter.shown["explorer-prices"]
    explorer.l1.value = 0.01
    assert explorer.fit.linear.zeros >= 8
    explorer.l1.value = 0
    sizes = []
    for price in (1e-4, 1e-2, 1):
        explorer.l2.value = price
        assert explorer.fit.linear.zeros == 0
        sizes.append(np.abs(explorer.fit.linear.weights).max())
    assert sizes == sorted(sizes, reverse=True)
    assert explorer.fit.validation_error > 0.2, "far enough raised, it underfits"


def test_with_ten_times_the_data_training_error_rises_and_validation_error_falls(chapter):
    explorer = chapter.shown["explorer-data"]
    before = explorer.fit
    explorer.points.value = 100
    assert explorer.fit.train_error > before.train_error
    assert explorer.fit.validation_error < before.validation_error
    assert abs(explorer.fit.train_error - 0.09) < 0.03 > abs(explorer.fit.validation_error - 0.09)


def test_a_little_bias_buys_off_a_lot_of_variance(chapter):
    explorer = chapter.shown["explorer-spread"]
    free = explorer.redrawn
    explorer.l2.value = 0.01
    assert free.variance / 5 > explorer.redrawn.variance
    assert explorer.redrawn.bias + explorer.redrawn.variance < (free.bias + free.variance) / 3
    explorer.l2.value = 0
    explorer.degree.value = 1
    assert explorer.redrawn.bias > 5 * explorer.redrawn.variance


# -- the numbers in the prose -----------------------------------------------------------------------


def test_by_hand_it_is_the_same_fit(chapter):
    rows = np.reshape(chapter.numbers("by-hand-errors"), (4, 4))
    explorer = chapter.shown["first-explorer"]
    for degree, train, valid, _largest in rows:
        place = int(degree) - 1
        assert train == pytest.approx(explorer.errors.train[place], abs=1e-4)
        assert valid == pytest.approx(explorer.errors.validation[place], rel=1e-2)
    assert rows[-1, 3] > 1000 and np.all(np.diff(rows[:, 3]) > 0), "huge weights"


def test_columns_of_noise_chosen_by_all_patients_diagnose_well_and_chosen_in_the_loop_do_not(chapter):
    assert chapter.numbers("break-select")[0] >= 90
    repaired = chapter.sources["break-select"].replace(
        "chosen, right = measures[:, promising(measures, ill)], []", "right = []"
    )
    repaired = repaired.replace(
        "    centers =",
        "    chosen = measures[:, promising(measures[learn], ill[learn])]\n    centers =",
    )
    shares = []
    for seed in range(8):
        out: dict = {"np": np}
        with contextlib.redirect_stdout(io.StringIO()):
            exec(repaired.replace("default_rng(SEED)", f"default_rng({seed})"), out)
        shares.append(np.concatenate(out["right"]).mean())
    assert 0.35 < np.mean(shares) < 0.65


def test_the_error_descends_twice(chapter):
    curve = chapter.defined["descent_curve"]
    few, peak, many = np.mean([list(curve([20, 200, 3000], seed)) for seed in range(2)], axis=0)
    assert "where units and examples are equally many" in chapter.prose["further-double-read"]
    assert peak > 20 * few
    assert "below its first valley" in chapter.prose["further-double-read"] and many < few


def test_the_published_drop_is_the_decay_of_a_large_beginning(chapter):
    assert chapter.printed["further-decay-run"].splitlines() == [
        "lambda 0: norm 20.2 before, 19.19 after",
        "lambda 3: norm 20.2 before, 0.52 after",
    ]
    assert "approx 0.03" in chapter.prose["further-decay-read"] and round((1 - 0.009) ** 400, 2) == 0.03
    assert "norm of 0.14" in chapter.prose["further-decay-read"] and round((200 * 0.01**2) ** 0.5, 2) == 0.14


def test_the_mean_of_ten_is_closer_than_most_of_them(chapter):
    many, truth = chapter.defined["many"], np.sin(np.pi * np.linspace(-1, 1, 201))
    alone = np.median(np.mean((many.curves - truth) ** 2, axis=1))
    assert many.bias < alone


def test_more_data_beats_dropout_beats_nothing(chapter, keras):
    """The head of the table, with two of its five seeds."""
    chapter.run("keras-import", "real-data", "table-shift", "table-remedies", "table-measure")
    treat = chapter.defined["treat"]
    shares = {
        name: np.mean([treat(name, seed) for seed in range(2)])
        for name in ("nothing", "dropout 0.5", "4 times the data")
    }
    assert shares["nothing"] + 0.03 < shares["dropout 0.5"] < shares["4 times the data"] - 0.02
    assert chapter.defined["network"]().count_params() == 50_826
    assert "50,826 parameters" in chapter.prose["keras-read"]


def test_a_callback_of_one_training_is_not_used_in_another(chapter, keras):
    """In Keras 3.13 an EarlyStopping that is used twice compares with the best of the first training."""
    chapter.run("keras-import", "real-data", "table-shift", "table-remedies", "table-measure")
    first, second = (chapter.defined["best_epoch"]()[0] for _time in range(2))
    assert first is not second
    assert all("callbacks" not in training for _model, training in chapter.defined["remedies"].values())
    shares = [chapter.defined["treat"]("early stopping", seed) for seed in (0, 1)]
    assert min(shares) > 0.75
