"""What is special about exercises of chapter 1; `test_chapters.py` has what holds for all."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.exercises import descent
from bigmodel_nb.exercises.descent.stable_rate import BOWLS


def run(code: str) -> dict:
    """What a notebook cell holding `code` defines."""
    defined = {"np": np, "descent": descent}
    exec(compile(code, "<cell>", "exec"), defined)
    return defined


def asked_for(exercise, code: str):
    """The answer that `code` defines, under the name that the exercise asks for."""
    return run(code)[exercise.signature.partition("(")[0]]


@pytest.mark.parametrize(
    "name", ["update_step", "squared_error_gradient", "mini_batches", "momentum", "adam"]
)
def test_what_was_tried_can_be_pasted_and_shows_the_fault(name):
    """The code in the message, run as it stands, gives what the message says came back."""
    exercise = getattr(descent, name)
    for case in exercise.wrong_answers:
        result = exercise.check(case.answer)
        defined = {"np": np, getattr(case.answer, "__name__", ""): case.answer}
        if not result.given or "in place" in result.message:
            continue
        try:
            exec(result.given, defined)
        except Exception as error:
            assert type(error).__name__ in result.message
            continue
        assert "raised" not in result.message
        if name == "update_step" and result.received != "None":
            came = eval(result.given, defined)
            assert np.allclose(came, eval(result.received), rtol=1e-3)


def test_a_race_can_be_held_again_as_pasted():
    case = next(case for case in descent.fair_race.wrong_answers if case.name == "largest loss wins")
    result = descent.fair_race.check(case.answer)
    winner, _table = eval(result.given, {"descent": descent, "largest_loss_wins": case.answer})
    assert repr(winner) == result.received


def test_repairing_adam_one_fault_at_a_time_names_the_next():
    """The listing has three faults. Repaired in the order in which they are named, each is named once."""
    adam, code, named = descent.adam, descent.adam.template, []
    repairs = {
        "square of the gradient": ("(1 - beta_2) * gradient", "(1 - beta_2) * gradient**2"),
        "counted from 0": ("t = step", "t = step + 1"),
        "epsilon stands under the root": ("np.sqrt(v_hat + epsilon)", "(np.sqrt(v_hat) + epsilon)"),
    }
    changed = asked_for(adam, code.replace("t = step", "t = step + 0"))  # an attempt that repairs nothing
    result = adam.check(changed)
    while not result.passed:
        [(phrase, repair)] = [item for item in repairs.items() if item[0] in result.message]
        named.append(phrase)
        code = code.replace(*repair)
        result = adam.check(asked_for(adam, code))
    assert named == list(repairs)


def test_predictions_do_not_give_the_answer_away():
    result = descent.largest_stable_rate.check([0.2, 1.0, 1.0])
    assert "0.25" not in repr(result) and "4" not in result.expected and "loss is" in result.received


def test_solutions_agree_with_the_course_own_mathematics():
    from bigmodel_nb.maths import optimizers, schedules

    rng = np.random.default_rng(0)
    w, gradient, v = rng.normal(size=(3, 4))
    step = asked_for(descent.update_step, descent.update_step.ours)
    assert np.allclose(
        step(w, gradient, 0.1), optimizers.GradientDescent().update(w, gradient, (), 0, 0.1)[0]
    )

    momentum_step = asked_for(descent.momentum, descent.momentum.ours)
    theirs, (velocity, *_) = optimizers.Momentum(momentum=0.8).update(w, gradient, (v,), 3, 0.1)
    assert np.allclose(momentum_step(w, v, gradient, 0.1, 0.8), [theirs, velocity])

    adam_step = asked_for(descent.adam, descent.adam.ours)
    rule, mine = optimizers.Adam(epsilon=1e-12), (w, np.zeros(4), np.zeros(4))
    theirs, state = w, rule.initial_state(w)
    for count in range(5):
        gradient = rng.normal(size=4)
        theirs, state = rule.update(theirs, gradient, state, count, 0.1)
        mine = adam_step(*mine, gradient, count, 0.1, epsilon=1e-12)
    assert np.allclose(mine[0], theirs)

    rate_at = asked_for(descent.warmup_cosine, descent.warmup_cosine.ours)
    schedule = schedules.WarmupCosine(warmup=15, steps=50, final=0.1)
    assert np.allclose(
        [rate_at(n, 0.3, 3, 10, 5, 0.1) for n in range(51)], [schedule.rate(n, 0.3) for n in range(51)]
    )


def test_the_gradient_that_is_expected_is_the_slope_of_the_loss():
    rng = np.random.default_rng(1)
    X, y, w = rng.normal(size=(6, 3)), rng.normal(size=6), rng.normal(size=3)
    mse_gradient = asked_for(descent.squared_error_gradient, descent.squared_error_gradient.ours)

    def loss(weights):
        return np.mean((X @ weights - y) ** 2)

    slopes = [(loss(w + h) - loss(w - h)) / 2e-5 for h in 1e-5 * np.eye(3)]
    assert np.allclose(mse_gradient(X, y, w), slopes, rtol=1e-6)


@pytest.mark.parametrize("bowl", range(len(BOWLS)))
def test_the_rates_that_are_expected_are_the_edge_of_stability(bowl):
    """Descent itself decides: just below the rate it arrives, just above it flies off."""
    edge = asked_for(descent.largest_stable_rate, descent.largest_stable_rate.ours)[bowl]
    ends = []
    for rate in (0.97 * edge, 1.03 * edge):
        w = np.array([1.0, 0.7])
        for _step in range(400):
            w = w - rate * BOWLS[bowl] @ w
        ends.append(float(w @ BOWLS[bowl] @ w))
    assert ends[0] < 0.1 and ends[1] > 10


def test_the_practice_race_tells_fair_from_unfair():
    """Every unfair way to pick gives another table than the fair one, whatever the number of the race."""
    for number in range(50):
        held = descent.practice_race(number)
        tables = {}
        for pool in (np.median, np.min, np.mean, lambda losses: losses[0]):
            table = {}
            for name in held.contestants:
                pooled = {
                    rate: pool([held.run.losses[name, rate, seed] for seed in held.seeds])
                    for rate in held.rates
                }
                best = min(pooled, key=pooled.get)
                table[name] = (best, round(float(pooled[best]), 6))
            tables[pool] = table
        fair = tables.pop(np.median)
        assert all(table[name] != fair[name] for table in tables.values() for name in fair)
        assert len({rate for rate, _loss in fair.values()}) == 3
        assert min(fair, key=lambda name: fair[name][1]) != min(
            tables[np.min], key=lambda n: tables[np.min][n][1]
        )
        assert all(held.budget % size == 0 for size in held.contestants.values())


def test_the_overview_follows_progress():
    before = repr(descent.overview())
    assert "0 of 8 exercises passed" in before and before.count("not tried") == 8
    descent.update_step.check(descent.update_step.right_answers[0].answer)
    descent.momentum.check(descent.momentum.wrong_answers[0].answer)
    after = descent.overview()
    assert after.passed == 1 and "✓ passed" in repr(after) and "✗ not yet" in repr(after)
    assert after._repr_html_().count("<tr>") == 9 and "1 of 8" in after._repr_html_()
