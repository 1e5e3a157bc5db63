"""What holds for the exercises of every chapter: right answers pass, wrong ones never do, and the fault is
named. What is special about an exercise is tested beside this, in a file for each chapter."""

from __future__ import annotations

import importlib
import pkgutil

import numpy as np
import pytest

from bigmodel_nb import exercises

CHAPTERS = {
    found.name: importlib.import_module(f"bigmodel_nb.exercises.{found.name}")
    for found in pkgutil.iter_modules(exercises.__path__)
    if found.ispkg
}
EXERCISES = [exercise for chapter in CHAPTERS.values() for exercise in chapter.EXERCISES]
SEEDS = range(10)  # hundreds were tried once; these keep the run short

# Training a Keras model takes a moment, and TensorFlow is imported on one worker only.
TRAINED = {"02/revive": 2, "04/small-reader": 1}  # key -> how many seeds


def seeds(exercise):
    return range(TRAINED.get(exercise.key, len(SEEDS)))


def marks(exercise):
    return [pytest.mark.tensorflow] if exercise.key in TRAINED else []


def each(kind: str):
    """Every answer of a kind, to each of the exercises."""
    return pytest.mark.parametrize(
        ("exercise", "case"),
        [
            pytest.param(exercise, case, id=f"{exercise.key}: {case.name}", marks=marks(exercise))
            for exercise in EXERCISES
            for case in getattr(exercise, kind)
        ],
    )


every = pytest.mark.parametrize(
    "exercise", [pytest.param(one, id=one.key, marks=marks(one)) for one in EXERCISES]
)
right_ones = each("right_answers")
wrong_ones = each("wrong_answers")


def run(code: str, trains: bool = False) -> dict:
    """What a notebook cell holding `code` defines."""
    defined = {"np": np, **CHAPTERS}
    if trains:
        import keras

        from bigmodel_nb.training import fit

        defined |= {"keras": keras, "fit": fit}
    exec(compile(code, "<cell>", "exec"), defined)
    return defined


def asked_for(exercise, code: str):
    """The answer that `code` defines, under the name that the exercise asks for."""
    return run(code, exercise.key in TRAINED)[exercise.signature.partition("(")[0]]


@right_ones
def test_right_answers_pass_on_every_input(exercise, case):
    for seed in seeds(exercise):
        result = exercise.check(case.answer, seed=seed)
        assert result.passed and result.attempted, result


@wrong_ones
def test_wrong_answers_never_pass_and_their_fault_is_named(exercise, case):
    for seed in seeds(exercise):
        result = exercise.check(case.answer, seed=seed)
        assert result.attempted and not result.passed, result
        assert case.phrase in result.message, result
        if "raised" in result.message:
            assert result.line and result.given
        elif "return missing" in result.message or "never calls" in result.message:
            assert result.given
        else:
            assert result.expected and result.received, result
            assert result.expected != result.received
        assert result.seed == seed and result.next_step.endswith(f"{exercise.handle}.hint()")


@every
def test_each_has_enough_wrong_and_right_answers_of_different_names(exercise):
    names = [case.name for case in exercise.wrong_answers + exercise.right_answers]
    assert len(exercise.wrong_answers) >= 4 and len(exercise.right_answers) >= 2
    assert len(set(names)) == len(names)


@every
def test_the_template_is_not_an_attempt_and_is_not_recorded(exercise, progress_file):
    result = exercise.check(asked_for(exercise, exercise.template))
    assert not result.attempted and not result.passed and "Not attempted yet" in repr(result)
    assert not progress_file.exists()


@every
def test_the_cell_of_the_notebook_runs_as_it_is(exercise):
    run(exercise.cell, exercise.key in TRAINED)
    assert exercise.cell.endswith(exercise.call)
    lines = exercise.template.strip().splitlines()
    assert len(lines) <= 12 and max(map(len, lines)) <= 100


@every
def test_our_solution_passes(exercise):
    result = exercise.check(asked_for(exercise, exercise.ours), seed=0)
    assert result.passed, result
    assert exercise.ours.strip() in exercise.solution()._repr_markdown_()


@every
def test_hints_go_from_a_question_to_nearly_the_line(exercise):
    shown = [repr(exercise.hint()) for _number in range(len(exercise.hints) + 1)]
    assert len(exercise.hints) >= 3
    assert "?" in exercise.hints[0] and "`" not in exercise.hints[0].replace("`step`", "")
    assert "`" in exercise.hints[-1]
    assert shown[0].startswith("**Hint 1 of 3.**") and shown[-1] == shown[-2] and "solution()" in shown[-1]
    assert repr(exercise.hint(1)) == shown[0]


@pytest.mark.parametrize("name", CHAPTERS)
def test_keys_and_handles_are_what_a_reader_types(name):
    chapter = CHAPTERS[name]
    assert len(chapter.EXERCISES) == 8
    assert len({exercise.key for exercise in EXERCISES}) == len(EXERCISES)
    assert len({exercise.key[:3] for exercise in chapter.EXERCISES}) == 1
    for exercise in chapter.EXERCISES:
        assert eval(exercise.handle, {name: chapter}) is exercise
        assert exercise.handle in exercise._repr_markdown_() and exercise.title in repr(exercise)
    assert "0 of 8" in repr(chapter.overview())


def test_what_was_tried_can_be_pasted():
    """The code in the message runs as it stands, and comes back with what was complained about."""
    for exercise in EXERCISES:
        if exercise.key in TRAINED:
            continue
        for case in exercise.wrong_answers:
            result = exercise.check(case.answer)
            defined = {"np": np, **CHAPTERS, getattr(case.answer, "__name__", ""): case.answer}
            if "(" not in exercise.signature or not result.given or "in place" in result.message:
                continue
            try:
                with np.errstate(all="ignore"):
                    exec(result.given, defined)
            except Exception as error:
                assert type(error).__name__ in result.message, (exercise.key, case.name)
