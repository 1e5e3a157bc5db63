"""Keras, imported once for the whole run, quietly, and only where a test asks for it."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session")
def keras():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    return keras
