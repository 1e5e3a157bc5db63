"""Chapter 1 says what is so: its questions have the answers it gives, its prose the numbers its cells print.

Of what needs Keras, the section on hyperparameters is run here; `tests/test_notebooks.py` runs the whole
chapter.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

from bigmodel_nb.exercises.descent import predictions
from bigmodel_nb.maths.descent import GradientDescent, descend

from .chapter import Chapter

CHAPTER = "01-gradient-descent"
NEEDS_KERAS = "keras-import"


@pytest.fixture(scope="module")
def chapter(listed):
    """Run up to Keras, and from there what does without it."""
    chapter = Chapter(listed)
    chapter.run(*chapter.before(NEEDS_KERAS))
    exec("from bigmodel_nb.maths.descent import GradientDescent, OPTIMIZERS, descend", chapter.defined)
    for name in ("break-sum", "break-raw", "further-schedules-run", "further-schedules-table",
                 "further-choose-run", "further-choose-table"):  # fmt: skip
        chapter.run(name)
    return chapter


# -- the questions ----------------------------------------------------------------------------------


def test_a_rate_above_one_never_arrives_and_a_tenth_does(chapter):
    explorer = chapter.shown["first-explorer"]
    assert explorer.paths[0].diverged_at
    explorer.rate.value = 0.1
    path = explorer.paths[0]
    assert path.final_value < path.surface.value(path.surface.minima[0]) * 1.0001


def test_ten_times_the_rate_leaps_forever(chapter):
    explorer = chapter.shown["explorer-rate"]
    assert np.abs(explorer.paths[0].points[:, 1]).tolist() == pytest.approx([3] * 101)
    explorer.rate.value = 0.02
    slow = explorer.paths[0].final_value
    explorer.rate.value = 0.19
    assert explorer.paths[0].final_value < slow / 1000
    explorer.rate.value = 0.21
    assert explorer.paths[0].final_value > explorer.paths[0].values[0]


def test_on_the_ridge_all_end_on_the_saddle_and_a_hair_or_some_noise_saves_them(chapter):
    explorer = chapter.shown["saddle-explorer"]

    def heights():
        return [abs(path.points[-1, 1]) for path in explorer.paths]

    assert heights() == [0, 0]
    explorer.noise.value = 0.01
    assert min(heights()) > 0.9
    explorer.noise.value = 0
    explorer.start_2.value = 0.02
    assert min(heights()) > 0.9


def test_gradient_descent_suffers_most_and_adam_does_not_notice(chapter):
    explorer = chapter.shown["race"]
    by_name = {path.optimizer.name: path for path in explorer.paths}
    assert max(by_name, key=lambda name: by_name[name].final_value) == "gradient descent"
    explorer.condition.value = 10
    adam = next(path for path in explorer.paths if path.optimizer.name == "Adam")
    np.testing.assert_allclose(adam.points, by_name["Adam"].points, atol=1e-4)


def test_after_one_pass_the_roughest_steps_lead_and_at_five_times_the_rate_mini_batches(chapter):
    explorer = chapter.shown["batches-explorer"]

    def leader():
        return min(explorer.paths, key=lambda path: path.final_loss)

    assert leader().kind == "stochastic"
    assert [path.steps for path in explorer.paths] == [1, 14, 442]
    explorer.rate.value = 0.1
    assert leader().kind == "mini-batch"


def test_at_half_the_rate_the_noise_ball_is_two_thirds_as_wide(chapter):
    explorer = chapter.shown["batches-noise-ball"]
    shares = []
    for seed in range(5):
        explorer.seed.value = seed
        radii = []
        for rate in (0.02, 0.01):
            explorer.rate.value = rate
            radii.append(explorer.radii[1])
        shares.append(radii[1] / radii[0])
    assert 0.6 <= min(shares) and max(shares) <= 0.71


# -- the numbers in the prose -----------------------------------------------------------------------


def test_by_hand(chapter):
    assert re.search(r"rate 0\.9 .*  0\.035\n", chapter.printed["by-hand-rates"])
    assert re.search(r"rate 0\.1 .*  0\.035\n", chapter.printed["by-hand-rates"])
    x, y, w, b = (chapter.defined[name] for name in ("x", "y", "best_w", "best_b"))
    floor = np.mean((w * x + b - y) ** 2)
    assert "near 3,890" in chapter.prose["two-parameters-read"] and round(floor, -1) == 3890
    assert "about 62 points" in chapter.prose["two-parameters-read"] and round(floor**0.5) == 62
    assert "from 25 to 346" in chapter.prose["two-parameters-read"] and (y.min(), y.max()) == (25, 346)
    at_40 = descend(chapter.defined["line_loss"], GradientDescent(0.1), steps=40).points[-1]
    assert "within 0.03" in chapter.prose["two-parameters-read"] and np.abs(at_40 - (w, b)).max() < 0.03
    one_step = descend(chapter.defined["line_loss"], GradientDescent(0.5), steps=1).points[-1]
    assert "0.5 arrived at once" in chapter.prose["two-parameters-read"]
    np.testing.assert_allclose(one_step, (w, b))


def test_the_price_of_the_condition_number(chapter):
    steps = chapter.numbers("condition-steps")[1::2]
    ratios = np.divide(steps[2:], steps[1:-1])
    assert "ten times the steps" in chapter.prose["condition-read"] and np.all(np.abs(ratios - 10) < 0.5)


def test_batches(chapter):
    assert chapter.printed["batches-count"] == "14 batches, the last one of 26\n"
    _sizes, means, spreads = np.reshape(chapter.numbers("batches-noise"), (4, 3)).T
    assert np.all(np.abs(means - means[-1]) < 3 * spreads / 100)
    np.testing.assert_allclose(spreads[:-1] / spreads[1:], 2, atol=0.1)


def test_the_planted_faults_show(chapter):
    losses = chapter.numbers("break-sum")[1::2]
    assert max(losses[:3]) < 5000 and losses[3] > 1e50
    rows = np.reshape(chapter.numbers("break-raw"), (-1, 4))
    assert np.all(np.diff(rows[1:, 1]) < 0) and rows[-1, 1] > 4200
    bmi = chapter.defined["bmi"]
    rows = np.vander(bmi, 2)  # (442, 2): the index and a column of ones
    curvature = np.linalg.eigvalsh(rows.T @ rows / len(rows))
    assert "26,000" in chapter.prose["break-raw-answer"]
    assert round(curvature[1] / curvature[0], -3) == 26_000
    best = np.polyfit(bmi, chapter.defined["y"], 1)
    assert "w = 10.2 and b = −117.8" in chapter.prose["break-raw-answer"]
    assert best.round(1).tolist() == [10.2, -117.8]


def test_decay_does_the_settling(chapter):
    floors = [float(line.split()[-1]) for line in chapter.printed["further-schedules-table"].splitlines()]
    assert "twenty times lower" in chapter.prose["further-schedules-read"]
    assert all(16 <= floors[0] / floor <= 24 for floor in floors[1:])


def test_each_at_its_own_best_rate(chapter):
    table = chapter.printed["further-choose-table"].splitlines()[1:]
    rows = {line[:18].strip(): [float(n) for n in line[18:].replace("to", " ").split()] for line in table}
    assert "within a fifth" in chapter.prose["further-choose-read"]
    lowest, highest = min(row[2] for row in rows.values()), max(row[3] for row in rows.values())
    assert highest / lowest < 1.21
    assert "more than three times" in chapter.prose["further-choose-read"]
    assert rows["AdaGrad"][0] > 3 * rows["RMSProp"][0]
    for one, other in (("momentum", "Nesterov"), ("momentum", "Adam"), ("Nesterov", "Adam")):
        assert rows[one][2] <= rows[other][3] and rows[other][2] <= rows[one][3], "these ranges overlap"


# -- with Keras -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def with_keras(keras, listed):
    """Digits, the softmax regression, the sweep over its rate, and the explorer, in a chapter of its own."""
    chapter = Chapter(listed)
    for name in ("setup", "keras-import", "keras-table", "real-data", "real-model", "real-train",
                 "sweep-table", "sweep-live"):  # fmt: skip
        chapter.run(name)
    yield chapter
    chapter.shown["sweep-live"].close()


def test_digits_read_after_twenty_epochs(with_keras):
    assert with_keras.numbers("real-train")[-2] > 250
    assert "64 × 10 weights and 10 biases" in with_keras.prose["real-predict"]
    assert with_keras.shown["real-model"].parameters == 650


def test_the_table_of_rates(with_keras):
    rows = np.reshape(with_keras.numbers("sweep-table"), (-1, 7))
    losses = {row[0]: row[1:4] for row in rows}
    wrong = {row[0]: 100 - row[4:] for row in rows}
    prose = with_keras.prose["sweep-read"]
    assert "the third gets twice as many wrong" in prose
    assert wrong[10][2] > 2 * max(wrong[10][:2]) > 0 and max(wrong[10][:2]) < 2 * max(wrong[1])
    assert "At 1 all three agree" in prose and np.ptp(wrong[1]) < 2
    assert "about nine in ten" in prose and 5 < wrong[100].min() and wrong[100].max() < 15
    assert "more than ten times" in prose and losses[100].min() > 10 * losses[1].max()


def test_hidden_units_only_guess_from_a_rate_of_about_one_and_a_half(with_keras):
    explorer = with_keras.shown["sweep-live"]
    explorer.settle()
    assert explorer.prediction.key == "01/hidden-units" and explorer.message == ""
    assert {"model", "learning_rate"} <= {name for name in explorer.CONTROLS if getattr(explorer, name)}

    def read(model, rate):
        with explorer.together():
            explorer.model.value, explorer.learning_rate.value, explorer.seeds.value = model, rate, 5
        explorer.settle()
        return [curve.val_accuracy[-1] for curve in (explorer.curve, *explorer.others)]

    assert min(read("softmax regression", 100)) > 0.5
    assert min(read("32 hidden units", 1)) > 0.85
    assert max(read("32 hidden units", 1.5)) < 0.3
    assert max(read("32 hidden units", 2)) < 0.15
    assert predictions.hidden_units["truth"] == "from about 1.5"


def test_the_units_of_a_network_that_only_guesses_are_dead(with_keras, keras):
    from bigmodel_nb.models import build_mlp
    from bigmodel_nb.training import fit

    assert "answer zero to every digit" in with_keras.prose["sweep-live-after"]
    keras.utils.set_random_seed(0)
    model = build_mlp()
    practice, held_out = with_keras.defined["practice"], with_keras.defined["held_out"]
    fit(model, practice, optimizer="sgd", learning_rate=2.0, watch=False)
    answers = keras.Model(model.inputs[0], model.get_layer("bend1").output)(held_out[0])
    assert (np.asarray(answers).max(axis=0) > 0).sum() <= 2
