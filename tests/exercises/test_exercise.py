"""A check survives whatever a reader gives it, and says in plain words what it made of that."""

from __future__ import annotations

import asyncio
import json
import linecache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bigmodel_nb import progress
from bigmodel_nb.exercises import Exercise, descent

SOLVED = {exercise.key: exercise.right_answers[0].answer for exercise in descent.EXERCISES}
STUMBLED = "cannot make sense"  # the check's own last resort: no listed answer may lead there


def step(w, gradient, rate):
    return w - rate * gradient


class Hostile:
    """Raises wherever it is touched."""

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __repr__(self):
        raise RuntimeError("repr")

    __array__ = __iter__ = __len__ = __eq__ = __bool__ = __float__ = __call__ = __repr__

    __hash__ = None


class HostileError(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def raiser(error):
    def function(*_arguments, **_named):
        raise error

    return function


def returner(value):
    return lambda *_arguments, **_named: value


hostile_values = st.sampled_from(
    [
        None, ..., True, "w", b"w", "", 0, -1, 10**400, 1j, float("nan"), float("inf"), [], (), {}, {1: ...},
        set(), object(), Hostile(), [Hostile()], np.array([]), np.array(["a"]), np.array([None, 1]),
        np.zeros((2, 0)), np.zeros((3, 3, 3)), np.ma.masked, np.float32(1), np.datetime64("2026-01-01"),
        [[1, 2], [3]], [None, None], (1, 2), (None, None, None), ("Adam", {}), ("Adam", None), range(5),
        [(1, 2)], [("a", "b")], [(np.zeros((2, 2)), np.zeros(2))], [(np.full((2, 2), np.nan), np.zeros(2))],
        [([[1e300, 1e300]], [0])], np.full(2, 1e308), {"w": 1}, type, int, Exception("returned"), lambda: 1,
    ]
)  # fmt: skip
hostile_errors = st.sampled_from(
    [ValueError("x" * 5000), HostileError(), SystemExit(1), GeneratorExit(), RecursionError(),
     StopIteration(), MemoryError(), AssertionError(), Warning("w"), BaseException(),
     ExceptionGroup("g", [ValueError()])]
)  # fmt: skip


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    exercise=st.sampled_from(descent.EXERCISES),
    answer=hostile_values | hostile_values.map(returner) | hostile_errors.map(raiser),
)
def test_nothing_a_reader_gives_makes_a_check_raise_or_pass(exercise, answer):
    result = exercise.check(answer)
    assert not result.passed
    assert result.message and len(result.message) < 600
    str(result).encode()
    result._repr_html_().encode()


numbers = st.none() | st.integers() | st.floats() | st.text(max_size=3)
shapes = st.recursive(
    numbers, lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner), max_leaves=8
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(exercise=st.sampled_from(descent.EXERCISES), value=shapes)
def test_whatever_a_function_returns_gets_a_sentence(exercise, value):
    result = exercise.check(returner(value))
    assert not result.passed and STUMBLED not in result.message, result


@pytest.mark.parametrize("answer", [None, ..., [..., 1, 2], [..., ..., ...]])
def test_what_nobody_has_filled_in_is_not_an_attempt(answer, progress_file):
    for exercise in descent.EXERCISES:
        result = exercise.check(answer)
        assert not result.attempted and "Replace the ..." in result.message
    assert not progress_file.exists()


def not_begun(w, gradient, rate):
    """Says what it will do."""


def with_dots(w, gradient, rate): ...


def with_pass(w, gradient, rate):
    pass


def half_done(w, gradient, rate):
    change = rate * ...
    return w - change


def promised(w, gradient, rate):
    raise NotImplementedError


def dots_in_a_list(w, gradient, rate):
    return [w - rate * gradient, ...]


def dots_and_no_return(w, gradient, rate):
    change = ...
    print(change)


@pytest.mark.parametrize(
    "template", [not_begun, with_dots, with_pass, half_done, promised, dots_in_a_list, dots_and_no_return]
)
def test_templates_in_any_state_are_not_attempts(template):
    result = descent.update_step.check(template)
    assert not result.attempted and "Replace the ..." in result.message


def test_a_check_without_an_answer_says_what_to_give():
    assert "descent.update_step.check(step)" in descent.update_step.check().message


@pytest.mark.parametrize("answer", [3, "step", [1, 2], np.zeros(2)])
def test_a_result_in_place_of_the_function_is_named(answer):
    result = descent.update_step.check(answer)
    assert "give it the function itself: check(step)" in result.message and result.attempted
    assert result.expected == "a function step(w, gradient, rate)"


def test_the_number_of_arguments_is_named():
    result = descent.update_step.check(lambda w, gradient, rate, momentum: w)
    assert "3 arguments" in result.message and "momentum" in result.received
    assert descent.update_step.check(lambda w, gradient, rate, momentum=0: w - rate * gradient).passed
    assert descent.update_step.check(lambda *all: all[0] - all[2] * all[1]).passed


def test_other_names_for_the_arguments_are_shown_by_position():
    result = descent.update_step.check(lambda a, b, c: a)
    assert result.given.startswith("step(\n    np.array([") and "# gradient" in result.given


def test_an_error_is_shown_with_its_line_and_the_input():
    code = "def step(w, gradient, rate):\n    wide = gradient[:, None]\n    return w @ (w - wide @ w)\n"
    linecache.cache["<cell 7>"] = (len(code), None, code.splitlines(True), "<cell 7>")
    defined = {}
    exec(compile(code, "<cell 7>", "exec"), defined)
    result = descent.update_step.check(defined["step"])
    assert result.message.startswith("Your function raised ValueError: matmul")
    assert result.line == "3: return w @ (w - wide @ w)" and "gradient=np.array([" in result.given
    assert "3: return w @" in result._repr_html_()


def test_an_interrupt_passes_through():
    with pytest.raises(KeyboardInterrupt):
        descent.update_step.check(raiser(KeyboardInterrupt()))


def test_a_function_that_never_ends_yielding_is_stopped():
    def forever(X, y, size, rng):
        while True:
            yield X[:size], y[:size]

    assert "times in one epoch" in descent.mini_batches.check(forever).message


def test_async_and_yield_are_named():
    async def waiting(w, gradient, rate):
        await asyncio.sleep(0)

    def yielding(w, gradient, rate):
        yield w - rate * gradient

    assert "async" in descent.update_step.check(waiting).message
    assert "not made of numbers" in descent.update_step.check(yielding).message


@pytest.mark.parametrize(
    ("answer", "phrase"),
    [
        (lambda w, gradient, rate: (w - rate * gradient)[:, None], "has shape (2, 1); (2,) is expected"),
        (lambda w, gradient, rate: -(w - rate * gradient), "opposite sign"),
        (lambda w, gradient, rate: 3 * (w - rate * gradient), "is 3 times what is expected"),
        (lambda w, gradient, rate: w - rate * gradient + [0.5, 0], "differs from what is expected in 1 of 2"),
        (lambda w, gradient, rate: w * np.nan, "not finite"),
        (lambda w, gradient, rate: "downhill", "not made of numbers"),
    ],
)
def test_faults_that_nobody_listed_are_described(answer, phrase):
    assert phrase in descent.update_step.check(answer).message


def test_a_small_difference_is_shown_with_the_digits_it_takes():
    for seed in range(20):
        nearly = descent.update_step.check(
            lambda w, gradient, rate: w - rate * gradient + [2e-4, 0], seed=seed
        )
        assert nearly.attempted and nearly.expected != nearly.received


def test_printing_and_warnings_of_the_readers_function_do_no_harm():
    def noisy(w, gradient, rate):
        np.array([1.0]) / np.array([0.0])
        np.exp(np.array([1e9]))
        return w - rate * gradient

    assert descent.update_step.check(noisy).passed


@pytest.mark.parametrize("exercise", descent.EXERCISES, ids=lambda exercise: exercise.key)
def test_inputs_are_fresh_each_time_and_come_back_with_the_seed(exercise):
    answer = exercise.wrong_answers[0].answer
    if callable(answer):
        assert len({exercise.check(answer).seed for _time in range(5)}) == 5
        assert len({repr(exercise.check(answer)) for _time in range(8)}) > 1
    first = exercise.check(answer)
    assert repr(exercise.check(answer, seed=first.seed)) == repr(first)


@pytest.mark.parametrize("seed", [-1, 1.5, "x", None])
def test_a_seed_that_is_none_is_refused_by_name(seed):
    if seed is None:
        assert descent.update_step.check(step, seed=None).passed
    else:
        with pytest.raises((ValueError, TypeError), match="seed must be a whole number"):
            descent.update_step.check(step, seed=seed)


def test_results_are_kept_with_the_message(progress_file):
    descent.update_step.check(lambda w, gradient, rate: w + rate * gradient)
    assert "uphill" in json.loads(progress_file.read_text())["results"]["01/update-step"]["detail"]
    descent.update_step.check(step)
    [entry] = progress.results("01")
    assert entry["passed"] and entry["attempts"] == 2


def test_a_result_says_its_state_in_words_and_escapes_what_it_shows():
    wrong = descent.update_step.check(raiser(ValueError("<script>alert(1)</script>")))
    right = descent.update_step.check(step)
    open_ = descent.update_step.check(...)
    assert "<script" not in wrong._repr_html_() and "&lt;script&gt;" in wrong._repr_html_()
    text = descent.update_step.check(returner("<i>w</i>"))
    assert "<i>" not in text._repr_html_() and "&lt;i&gt;w" in text._repr_html_()
    for result, word in ((wrong, "Not yet"), (right, "Right"), (open_, "Not attempted yet")):
        assert (
            word in result._repr_html_() and word in repr(result) and 'role="status"' in result._repr_html_()
        )
        assert "http" not in result._repr_html_()
        assert "<dl" not in result._repr_html_()  # JupyterLab squeezes its labels into a narrow column


@pytest.mark.parametrize("number", [0, 4, 1.5, "one", True])
def test_an_impossible_hint_is_refused_by_name(number):
    with pytest.raises((ValueError, TypeError), match=r"number must be a whole number from 1 to 3"):
        descent.update_step.hint(number)


def test_a_check_that_stumbles_says_so():
    def broken(_answer, _rng):
        raise ZeroDivisionError

    exercise = Exercise("01/x", "X", "write", "x", "", "x", "", ("?", "`", "`"), "", broken, "")
    result = exercise.check(1)
    assert STUMBLED in result.message and not result.passed and result.attempted


def test_checks_in_threads_do_not_meet(progress_file):
    import threading

    passed = []
    threads = [
        threading.Thread(
            target=lambda: passed.extend(descent.update_step.check(step).passed for _n in range(5))
        )
        for _thread in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert passed == [True] * 30 and progress.results()[0]["attempts"] == 30


@pytest.mark.tensorflow
def test_answers_of_keras_and_tensorflow_are_answers():
    import keras
    import tensorflow as tf

    def with_keras(w, gradient, rate):
        return keras.ops.subtract(w, keras.ops.multiply(rate, gradient))

    def with_tensorflow(w, v, gradient, rate, m):
        w, v, gradient = (tf.constant(array, tf.float32) for array in (w, v, gradient))
        v = m * v - rate * gradient
        return tf.stack([w + v, v])

    def with_a_variable(X, y, w):
        weights = tf.Variable(w)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((tf.linalg.matvec(tf.constant(X), weights) - y) ** 2)
        return tape.gradient(loss, weights)

    for seed in range(5):
        assert descent.update_step.check(with_keras, seed=seed).passed
        assert descent.momentum.check(with_tensorflow, seed=seed).passed
        assert descent.squared_error_gradient.check(with_a_variable, seed=seed).passed


def test_importing_the_exercises_loads_nothing_heavy():
    import subprocess
    import sys

    code = (
        "import sys; from bigmodel_nb.exercises import descent, expect_error\n"
        "[e.check(c.answer) for e in descent.EXERCISES for c in e.right_answers]; print(*sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"tensorflow", "keras", "matplotlib", "ipywidgets", "IPython", "sklearn"} & set(
        run.stdout.split()
    )
