"""What is special about exercises of chapter 2; `test_chapters.py` has what holds for all."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.exercises import networks


def run(code: str) -> dict:
    """What a notebook cell holding `code` defines."""
    defined = {"np": np, "networks": networks}
    exec(compile(code, "<cell>", "exec"), defined)
    return defined


def asked_for(exercise, code: str):
    """The answer that `code` defines, under the name that the exercise asks for."""
    return run(code)[exercise.signature.partition("(")[0]]


@pytest.mark.parametrize("name", ["dense", "softmax", "cross_entropy", "back_propagation", "gradient_check"])
def test_what_was_tried_can_be_pasted_and_shows_the_fault(name):
    """The code in the message, run as it stands, gives what the message says came back."""
    exercise = getattr(networks, name)
    for case in exercise.wrong_answers:
        result = exercise.check(case.answer)
        defined = {"np": np, "networks": networks, getattr(case.answer, "__name__", ""): case.answer}
        if not result.given or "in place" in result.message:
            continue
        with np.errstate(all="ignore"):
            came = eval(result.given, defined)
        assert "raised" not in result.message
        if name in ("dense", "cross_entropy") and result.received != "None":
            assert np.allclose(came, eval(result.received, {"inf": np.inf}), rtol=1e-3)


def test_repairing_back_propagation_one_fault_at_a_time_names_the_next():
    """The listing has three faults. Repaired in the order in which they are named, each is named once."""
    exercise, named = networks.back_propagation, []
    code = exercise.template.replace("n, hidden): slope", "n, hidden): the slope").replace(
        "rate * error\n", "rate * error + 0\n"
    )
    back = (
        "    back = error @ W2.T                               # (n, hidden): the slope for each unit's sum\n"
    )
    repairs = {
        "b2 is not summed": ("rate * error + 0", "rate * error.sum(axis=0)"),
        "slope of tanh is missing": ("back = error @ W2.T ", "back = error @ W2.T * (1 - h**2) "),
        "W2 has moved already": ("    W2 = W2 -", "    old = W2\n    W2 = W2 -"),
    }
    assert back in code
    result = exercise.check(asked_for(exercise, code))
    while not result.passed:
        [(phrase, repair)] = [item for item in repairs.items() if item[0] in result.message]
        named.append(phrase)
        code = code.replace(*repair)
        if phrase.startswith("W2"):
            code = code.replace("error @ W2.T", "error @ old.T")
        result = exercise.check(asked_for(exercise, code))
    assert named == list(repairs)


def test_counting_does_not_give_the_answer_away():
    result = networks.count_parameters.check([2368, 1, 1])
    assert "2410" not in repr(result) and "2,410" not in repr(result)


def test_solutions_agree_with_the_course_own_mathematics():
    from bigmodel_nb.maths import losses, neurons

    rng = np.random.default_rng(0)
    x, labels, y = rng.normal(size=(6, 4)), rng.integers(3, size=6), rng.normal(size=(6, 1))
    scores = neurons.Network.initial([4, 3], seed=1)
    W, b = scores.parameters
    dense = asked_for(networks.dense, networks.dense.ours)
    assert np.allclose(dense(x, W, b), scores.forward(x))

    softmax = asked_for(networks.softmax, networks.softmax.ours)
    assert np.allclose(softmax(500 * x), losses.softmax(500 * x))

    cross_entropy = asked_for(networks.cross_entropy, networks.cross_entropy.ours)
    assert cross_entropy(losses.softmax(x), labels % 4) == pytest.approx(losses.cross_entropy(x, labels % 4))

    network = neurons.Network.initial([4, 5, 1], activation="tanh", loss="squared error", seed=2)
    step = asked_for(networks.back_propagation, networks.back_propagation.ours)
    moved = step(x, y, *network.parameters, 0.1)
    for old, new, slope in zip(network.parameters, moved, network.gradients(x, y), strict=True):
        assert np.allclose(new, old - 0.1 * slope)


def test_the_measured_gradient_is_that_of_the_practice_loss():
    measured = asked_for(networks.gradient_check, networks.gradient_check.ours)
    for seed in range(5):
        f, w = networks.practice_loss(seed)
        assert w.dtype == np.float32 and np.allclose(measured(f, w), f.slopes(w), rtol=0, atol=1e-7)
    with pytest.raises(ValueError, match="w must be an array of shape"):
        f(np.zeros(2))


def test_the_practice_digits_come_in_turn_and_as_they_were_scanned():
    """So a label that slips by a row makes each digit its neighbor, which the check can see."""
    x, y = networks.practice_digits(3)
    assert x.shape == (1400, 64) and x.max() == 16
    assert np.array_equal(y, np.arange(1400) % 10)
    assert not np.array_equal(x, networks.practice_digits(4)[0])


@pytest.mark.tensorflow
def test_the_dead_network_is_dead_and_ours_reads(keras):
    from bigmodel_nb.training import fit

    defined = run(networks.revive.template) | {"keras": keras, "fit": fit}
    x, y = networks.practice_digits(0)
    exec(networks.revive.template, defined)
    model = defined["revive"](x, y)
    assert np.ptp(np.asarray(model(x[:50])), axis=0).max() == 0
    exec(networks.revive.ours, defined)
    assert networks.revive.check(defined["revive"]).passed


def test_the_overview_follows_progress():
    before = repr(networks.overview())
    assert "0 of 8 exercises passed" in before and before.count("not tried") == 8
    networks.dense.check(networks.dense.right_answers[0].answer)
    networks.softmax.check(networks.softmax.wrong_answers[0].answer)
    after = networks.overview()
    assert after.passed == 1 and "✓ passed" in repr(after) and "✗ not yet" in repr(after)
