"""Keras, imported once for the whole run, quietly, and only where a test asks for it."""

from __future__ import annotations

import os
import random

import pytest


@pytest.fixture(autouse=True)
def the_same_weights():
    """Keras draws the seeds of first weights from Python's generator: the same ones in each run of a test."""
    random.seed(20)


@pytest.fixture(scope="session")
def keras():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    return keras
