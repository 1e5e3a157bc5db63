"""Gradients by differences, to hold ours against."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def numeric_gradient():
    """Central differences of a function of (..., m), entry by entry, with a step that fits the point."""

    def gradient(function, w):
        w = np.asarray(w, dtype=np.float64)
        slopes = np.empty_like(w)
        for place in range(w.shape[-1]):
            step = 1e-5 * np.maximum(1.0, np.abs(w[..., place]))
            up, down = w.copy(), w.copy()
            up[..., place] += step
            down[..., place] -= step
            slopes[..., place] = (function(up) - function(down)) / (up[..., place] - down[..., place])
        return slopes

    return gradient
