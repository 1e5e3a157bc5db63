"""Keras, imported when something of it is first asked for.

`from bigmodel_nb.training import fit` then costs nothing, and a chapter can say first that the slow import
comes now.
"""

from __future__ import annotations

from typing import Any


class _Later:
    def __getattr__(self, name: str) -> Any:
        import keras

        return getattr(keras, name)


keras: Any = _Later()
