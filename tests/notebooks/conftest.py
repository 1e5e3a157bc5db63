"""The cells of the chapter that a file of tests is about: it names it, as `CHAPTER`."""

from __future__ import annotations

import pytest

from .chapter import read


@pytest.fixture(scope="module")
def listed(root, request):
    return read(root, request.module.CHAPTER)
