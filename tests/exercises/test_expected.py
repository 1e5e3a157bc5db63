"""Cells that fail on purpose show their error and let the notebook go on."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from bigmodel_nb.exercises import expect_error


def test_the_error_on_show_is_shown_without_a_traceback(capsys):
    with expect_error(ValueError) as shown:
        np.ones(3) + np.ones(4)
    out = capsys.readouterr().out
    assert "The error this cell is about: ValueError" in out and "shapes (3,) (4,)" in out
    assert "Traceback" not in out
    assert isinstance(shown.error, ValueError) and shown.error.__traceback__ is None


def test_any_exception_without_a_kind_and_one_of_several(capsys):
    with expect_error():
        raise KeyError("weights")
    with expect_error(TypeError, ZeroDivisionError):
        print(1 / 0)
    assert capsys.readouterr().out.count("The error this cell is about") == 2


def test_no_error_is_an_error_that_tests_see(capsys):
    with pytest.raises(AssertionError, match="Expected a ValueError, but the cell ran through"):
        with expect_error(ValueError):
            pass
    with pytest.raises(AssertionError, match="Expected an IndexError or a KeyError"):
        with expect_error(IndexError, KeyError):
            pass
    with pytest.raises(AssertionError, match="Expected an error, but"):
        with expect_error():
            pass
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("error", [TypeError("other"), KeyboardInterrupt(), SystemExit()])
def test_other_errors_pass_through(error):
    with pytest.raises(type(error)):
        with expect_error(ValueError):
            raise error
    if not isinstance(error, Exception):
        with pytest.raises(type(error)):
            with expect_error():
                raise error


@pytest.mark.parametrize("kind", ["ValueError", int, None, ValueError("an instance")])
def test_what_is_not_an_exception_class_is_refused_by_name(kind):
    with pytest.raises(TypeError, match="kinds must be an exception class"):
        expect_error(kind)


def test_the_same_guard_can_be_used_again(capsys):
    guard = expect_error(ValueError)
    for word in ("first", "second"):
        with guard:
            raise ValueError(word)
    assert str(guard.error) == "second"


def test_nothing_of_the_cell_is_kept_alive():
    class Big:
        pass

    def cell():
        big = Big()
        seen.append(weakref.ref(big))
        raise ValueError("too big")

    seen = []
    with expect_error(ValueError) as shown:
        cell()
    gc.collect()
    assert seen[0]() is None and str(shown.error) == "too big"


def test_an_error_without_words_is_shown(capsys):
    class Silent(Exception):
        def __str__(self):
            raise RuntimeError

    with expect_error():
        raise Silent
    assert "Silent" in capsys.readouterr().out


def test_in_a_notebook_it_is_displayed_and_not_printed(monkeypatch):
    import IPython
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython, "get_ipython", lambda: object())
    monkeypatch.setattr(IPython.display, "display", shown.append)
    with expect_error(ValueError):
        raise ValueError("<b>bold</b>")
    [box] = shown
    assert 'role="status"' in box._repr_html_() and "&lt;b&gt;bold" in box._repr_html_()
