"""Exercises note results in the progress file: each test has a file of its own."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def progress_file(tmp_path, monkeypatch):
    where = tmp_path / "progress.json"
    monkeypatch.setenv("BIGMODEL_PROGRESS", str(where))
    return where
