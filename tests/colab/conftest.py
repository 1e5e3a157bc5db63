"""Tests for the environment that has what Colab has. `make test` passes over them; `make test-colab`
runs them, with the wheel installed and not the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

if not os.environ.get("BIGMODEL_COLAB"):
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """The folder of the screenshots, for people to look at."""
    folder = Path(__file__).parents[2] / "test-artifacts"
    folder.mkdir(exist_ok=True)
    return folder
