"""The explorer of losses: what it shows is what maths computes, and its cell makes the same picture."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.maths.loss_view import VIEWS, loss_view
from bigmodel_nb.widgets import LossExplorer


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("loss", VIEWS)
def test_any_loss_is_computed_drawn_and_printed(made, run_cell, loss, twice):
    explorer = made(LossExplorer(loss, (1.5, -0.5, 3.0), label=1, target=-2.0, twice=twice, theme="dark"))
    scores = [1.5, -0.5, 3.0] if loss == "cross-entropy" else [1.5]
    truth = 1 if "cross" in loss or "probability" in loss else -2.0
    wanted = loss_view(loss, scores, truth, twice=twice)
    assert explorer.view.loss == wanted.loss and explorer.message == ""
    np.testing.assert_array_equal(explorer.view.slopes, wanted.slopes)
    names, figure = run_cell(explorer.code())
    assert names["view"].loss == wanted.loss
    assert figure.encode()[1] == bytes(explorer.image.value)
