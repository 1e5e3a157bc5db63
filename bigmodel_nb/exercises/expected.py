"""Cells that fail on purpose.

    with expect_error(ValueError):
        np.ones(3) + np.ones(4)

shows the error in a box, without a traceback, and the notebook goes on.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from bigmodel_nb import arguments
from bigmodel_nb.exercises import display
from bigmodel_nb.language import gettext as _


class expect_error:  # lower case: it is written like a function
    """Catch an error that the cell shows on purpose: one of `kinds`, or any `Exception` without them.

    Other errors pass through. Where none comes, AssertionError says so. `error` is the one that came.
    """

    def __init__(self, *kinds: type[BaseException]) -> None:
        expected = _("an exception class such as ValueError")
        for kind in kinds:
            if not (isinstance(kind, type) and issubclass(kind, BaseException)):
                raise arguments.wrong_type("kinds", expected, kind)
        self.kinds = kinds or (Exception,)
        self.error: BaseException | None = None

    def __enter__(self) -> expect_error:
        self.error = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            names = _(" or ").join(_with_article(kind.__name__) for kind in self.kinds)
            raise AssertionError(_("Expected {names}, but the cell ran through.").format(names=names))
        if not isinstance(error, self.kinds):
            return False
        self.error = error.with_traceback(None)  # its frames would keep the cell's arrays alive
        _show(
            display.Box(
                display.BLUE,
                "!",
                _("The error this cell is about"),
                type(error).__name__,
                sentences=(_words(error),),
            )
        )
        return True


def _with_article(name: str) -> str:
    if name == "Exception":
        return _("an error")
    return (_("an {name}") if name[0] in "AEIOU" else _("a {name}")).format(name=name)


def _words(error: BaseException) -> str:
    try:
        return str(error)[:2000]
    except Exception:
        return ""


def _show(box: Any) -> None:
    """Display in a notebook, print elsewhere; without loading IPython for it."""
    shell = sys.modules.get("IPython")
    if shell is not None and shell.get_ipython() is not None:
        from IPython.display import display as show

        show(box)
    else:
        print(box)
