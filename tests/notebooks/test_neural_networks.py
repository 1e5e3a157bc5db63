"""Chapter 2 says what is so: its questions have the answers it gives, its prose what its cells print."""

from __future__ import annotations

import re

import numpy as np
import pytest

from bigmodel_nb.exercises.networks import predictions

from .chapter import Chapter

CHAPTER = "02-neural-networks"
NEEDS_KERAS = "keras-import"
WITHOUT_KERAS = ("break-shop-run", "further-depth", "further-universal-run", "further-dead-run")


@pytest.fixture(scope="module")
def chapter(listed):
    """Run up to Keras, and from there what does without it."""
    chapter = Chapter(listed)
    chapter.run(*chapter.before(NEEDS_KERAS), *WITHOUT_KERAS)
    yield chapter
    chapter.close()


@pytest.fixture(scope="module")
def trained(listed, keras):
    """Run whole, in order."""
    chapter = Chapter(listed)
    chapter.run(*chapter.names)
    yield chapter
    chapter.close()


# -- the questions ----------------------------------------------------------------------------------


def test_one_unit_gets_about_half_of_xor_right_and_a_hidden_layer_nearly_all(chapter):
    explorer = chapter.shown["first-explorer"]
    explorer.prediction.reveal(None)
    explorer.run(400)
    assert 0.4 < explorer.experiment.right()[1] < 0.7
    explorer.depth.value = 1
    explorer.widths[0].value = 4
    explorer.run(400)
    assert explorer.experiment.right()[1] > 0.9


def test_from_zeros_nothing_is_learned_and_from_random_weights_it_is(chapter):
    explorer = chapter.shown["explorer-zero"]
    explorer.prediction.reveal(None)
    explorer.run(200)
    *weights, bias = np.concatenate([part.ravel() for part in explorer.experiment.network.parameters])
    assert not np.any(weights) and abs(bias) < 0.05, "only the last bias could move"
    explorer.initializer.value = "glorot uniform"
    explorer.run(300)
    assert explorer.experiment.right()[1] > 0.9


def test_of_six_deep_layers_those_of_sigmoids_stall(chapter):
    explorer = chapter.shown["explorer-deep"]
    explorer.prediction.reveal(None)
    right = {}
    for activation in ("sigmoid", "tanh", "relu"):
        explorer.activation.value = activation
        explorer.run(200)
        right[activation] = explorer.experiment.right()[1]
    assert right["sigmoid"] < 0.6 and min(right["tanh"], right["relu"]) > 0.9


def test_where_two_paths_meet_their_slopes_add(chapter):
    explorer = chapter.shown["backprop-explorer"]
    passes = explorer.passes
    meeting = [name for name in passes.slopes if sum(edge.source == name for edge in passes.edges) == 2]
    assert meeting
    for name in meeting:
        assert passes.slopes[name] == pytest.approx(
            sum(edge.back for edge in passes.edges if edge.source == name)
        )


def test_what_wrong_labels_cost(chapter):
    clean, tenth, fifth, most = (np.mean(row[1:]) for row in chapter.shares("labels-run"))
    assert "a point or two" in chapter.prose["labels-read"] and 0.005 < clean - tenth < 0.03
    assert "four in ten about five" in chapter.prose["labels-read"] and 0.03 < clean - most < 0.08
    assert predictions.wrong_labels["truth"] == "about 90 %" and 0.86 < most < 0.94 < fifth


# -- the numbers in the prose -----------------------------------------------------------------------


def test_the_table_of_wines_is_cleaned(chapter):
    assert "1,233 %" in chapter.prose["data-look-read"] and "1233.00" in chapter.printed["data-look"]
    assert "0.66" in chapter.prose["data-look-read"] and "1,680" in chapter.prose["data-look-read"]
    assert "198 rows as they came; 118 to learn from, 59 held out" in chapter.printed["data-clean"]
    x, scaled, learn, test = (chapter.defined[name] for name in ("x", "scaled", "learn", "test"))
    assert len(np.unique(x, axis=0)) == len(x) == 177 and not set(learn) & set(test)
    np.testing.assert_allclose(scaled[learn].mean(axis=0), 0, atol=1e-12)
    assert np.abs(scaled[test].mean(axis=0)).max() > 0.05, "its mean is not its own"


def test_what_unscaled_inputs_cost(chapter):
    raw, scaled, adam_raw, adam_scaled = chapter.shares("data-cost-run")
    assert "learns nothing" in chapter.prose["data-cost-read"] and raw == [0.31, 0.31]
    assert "with one seed much less" in chapter.prose["data-cost-read"] and adam_raw[1] - adam_raw[0] > 0.2
    assert scaled[0] >= 0.9 and adam_scaled[0] >= 0.9 and adam_raw[1] < 0.9


def test_two_layers_without_a_bend_are_one(chapter):
    assert float(chapter.printed["activation-none"].split(":")[1]) < 1e-10


def test_what_the_loss_explorer_is_said_to_show(chapter):
    from bigmodel_nb.maths.loss_view import loss_view

    wrong = loss_view("cross-entropy", [-6.0, 6.0, 0.0], 0)
    assert np.abs(wrong.slopes).max() == pytest.approx(1, abs=0.01)
    twice = loss_view("cross-entropy", [20.0, 0.0, 0.0], 0, twice=True).second
    assert twice.loss > 0.5 and np.log(9 + np.e) - 1 == pytest.approx(1.461, abs=1e-3)
    flat = loss_view("squared error of a probability", [-6.0], 1)
    assert np.abs(flat.slopes).max() < 0.02
    assert chapter.shown["losses-explorer"].view.loss == pytest.approx(0.349, abs=1e-3)


def test_back_propagation_by_hand_reads_digits(chapter):
    *_early, [last] = chapter.shares("backprop-train-run")
    assert last > 0.94
    from bigmodel_nb.maths.neurons import Network

    weights = chapter.defined["weights"]
    network = Network(weights, ["relu", "linear"])
    ours = chapter.defined["backward"](chapter.defined["pixels"], chapter.defined["labels"], *weights)
    theirs = network.gradients(chapter.defined["pixels"], chapter.defined["labels"])
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


def test_the_shop_names_one_grower_and_scaling_mends_it(chapter):
    named, true, sure = chapter.printed["break-shop-run"].splitlines()
    assert sorted(re.findall(r"\d+", named))[:2] == ["0", "0"] and "0 " not in true.split("[")[1]
    assert float(sure.split()[-1]) > 0.99
    grower, scaled, y, test = (chapter.defined[name] for name in ("grower", "scaled", "y", "test"))
    assert np.mean(grower.classify(scaled[test]) == y[test]) > 0.9


def test_what_further_says(chapter):
    rows = [line.split() for line in chapter.printed["further-depth"].splitlines()[1:]]
    last = {row[0]: float(row[-1]) for row in rows}
    assert last["0.01"] < 1e-20 and last["Glorot"] < 0.01 and 0.3 < last["He"] < 3 and last["1"] > 1e10
    errors = [float(line.split()[-1]) for line in chapter.printed["further-universal-run"].splitlines()]
    assert errors == sorted(errors, reverse=True) and errors[-1] < 1e-5
    dead = [int(line.split()[2]) for line in chapter.printed["further-dead-run"].splitlines()]
    assert dead[0] == 0 and 8 <= dead[2] <= 14 and dead[3] >= 28
    assert (
        "a third" in chapter.prose["further-dead-read"] and "nearly all" in chapter.prose["further-dead-read"]
    )


# -- with Keras -------------------------------------------------------------------------------------


def test_automatic_differentiation_agrees(trained):
    rows = [line.split() for line in trained.printed["keras-agree-run"].splitlines()]
    assert [row[0] for row in rows] == ["W1:", "b1:", "W2:", "b2:"]
    assert all(float(row[-1]) < 1e-6 < 1e-3 < float(row[3].rstrip(",")) for row in rows)
    assert trained.shown["keras-import"].parameters == 2410


def test_a_reader_of_digits_over_five_seeds_and_five_deals(trained):
    [shares] = trained.shares("real-seeds-run")[-1:]
    assert len(shares) == 5 and min(shares) >= 0.97
    together = [row[-1] for row in trained.shares("hyper-test-run")]
    assert "At least 97 %" in trained.prose["hyper-test-read"] and min(together) >= 0.97
    first = trained.shares("hyper-test-run")[0]
    assert "98.5 % on validation, 96.3 % on test" in trained.prose["hyper-test-read"]
    assert first[0] - first[1] > 0.01


def test_a_hidden_layer_halves_what_the_linear_reader_misses(trained):
    from bigmodel_nb.models import build_linear, build_mlp
    from bigmodel_nb.training import sweep

    data, missed = trained.defined["data"], {}
    for name, builder, more in (("linear", build_linear, {}), ("mlp", build_mlp, {"widths": (128,)})):
        result = sweep(
            builder, data, epochs=20, learning_rate=0.005, seed=[0, 1, 2, 3, 4], watch=False, **more
        )
        missed[name] = [round(270 * (1 - one.run.history["val_accuracy"][-1])) for one in result.members]
    assert "9 to 11" in predictions.digits_missed["question"] and 9 <= min(missed["linear"])
    assert max(missed["linear"]) <= 11 and 2 <= min(missed["mlp"]) and max(missed["mlp"]) <= 6


def test_twice_the_width_is_twice_the_parameters(keras):
    from bigmodel_nb.models import build_mlp

    counts = [build_mlp(widths=(width,)).count_params() for width in (128, 256)]
    assert counts == [9610, 19210] and "9,610 become 19,210" in predictions.double_width["explanation"]


def test_the_range_test_and_the_sweep_point_to_the_same_rates(trained):
    found, grid = trained.defined["found"], trained.defined["grid"]
    assert 0.003 < found.valley < 0.06 and 0.003 < found.minimum_tenth < 0.06
    means, deviations, _counts = grid.grid("val_accuracy", x="learning_rate", y="widths")
    assert np.all(np.diff(means[:, :2], axis=0) > 0), "wider is better up to 0.005"
    assert np.all(means[:, 3] < means[:, :3].max(axis=1)), "0.08 costs every width"
    good = means[means > 0.96]
    assert np.ptp(good) < 4 * np.median(deviations[means > 0.96])


def test_shuffled_labels_are_learned_by_heart(trained):
    assert trained.shares("break-shuffled")[0][0] > 0.95
    unseen = np.argmax(trained.defined["model"](trained.defined["unseen"]), axis=1)
    assert np.mean(unseen == trained.defined["truth"]) < 0.2


def test_the_failure_happened(keras, trained):
    """Two softmaxes: Keras mends it where it sees it, and where it does not, only the loss shows it."""
    import warnings

    from bigmodel_nb.training import fit

    ends = []
    for layers in ([], [keras.layers.Reshape((10,))]):
        keras.utils.set_random_seed(0)
        dense = keras.layers.Dense
        model = keras.Sequential([keras.Input((64,)), dense(32, "relu"), dense(10, "softmax"), *layers])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*from_logits=True.*")
            run = fit(
                model, trained.defined["data"], loss=loss, metrics=["accuracy"], epochs=20,
                learning_rate=0.003, watch=False,
            )  # fmt: skip
        ends.append((run.history["val_loss"][-1], run.history["val_accuracy"][-1]))
    assert "98.5 %" in trained.prose["break-failure"] and ends[0][1] == pytest.approx(ends[1][1], abs=0.015)
    assert ends[0][0] < 0.15 and 1.461 < ends[1][0] < 1.55
