"""Keras, imported once for the whole run and only where a test asks for it."""

import os

import pytest


@pytest.fixture(scope="session")
def keras():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    return keras
