"""Chapter 4 says what is so: its exercises and questions are those of the package, and what its prose claims
of sizes, faults and trained networks holds."""

from __future__ import annotations

import contextlib
import io
import re

import numpy as np
import pytest

from bigmodel_nb.exercises.convolutions import predictions
from bigmodel_nb.maths.convolution import receptive_field

CHAPTER = "04-convolutional-networks"


@pytest.fixture(scope="module")
def cells(listed):
    return {cell["id"]: cell for cell in listed}


def printed(cells, *names, **defined):
    """What these cells print, run one after another; `defined` is there before."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        for name in names:
            exec(compile(cells[name]["source"], name, "exec"), defined)
    return out.getvalue()


def test_both_faults_show_what_is_said_of_them(cells):
    assert "rows for the dense layer: 64" in printed(cells, "break-view", np=np)
    assert predictions.hundred_pictures["truth"] == "64"
    from bigmodel_nb.data import digits

    out = printed(cells, "break-order-run", np=np, rng=np.random.default_rng(0), data=digits(images=True))
    right, wrong = (int(share) for share in re.findall(r"recognized (\d+)%", out))
    assert right == 100 and wrong < 60


def test_turning_the_kernel_turns_the_sign_of_an_edge(cells):
    out = printed(cells, "setup", "flip-run")
    assert "[4. 4. 4. 4.]" in out and "[-4. -4. -4. -4.]" in out


def test_fields_are_as_large_as_is_said(cells):
    assert receptive_field([(5, 1), (2, 2), (5, 1)]) == 14
    assert "see 14 of the 28 pixels" in cells["receptive-explorer-after"]["source"]
    out = printed(cells, "further-dilation")
    assert [int(n) for n in re.findall(r"sees (\d+) pixels", out)] == [5, 7, 11]


@pytest.mark.tensorflow
def test_both_listings_of_LeNet_have_the_same_parameters(cells, keras):
    assert set(re.findall(r"[\d,]{6}", printed(cells, "further-keras-lenet", keras=keras))) == {"61,706"}


@pytest.mark.tensorflow
def test_what_is_claimed_of_the_trained_networks_holds(cells, keras):
    """LeNet reads 98 % of new letters in fonts that it knows and fewer in a new family; the residual network
    98.5 % of held-out digits; permuted pixels cost LeNet far more than the dense network."""
    defined: dict = {"rng": np.random.default_rng(0)}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        for name in ("setup", "keras-import", "real-train", "real-test", "digits-train", "permuted-run"):
            exec(compile(cells[name]["source"], name, "exec"), defined)
    found = out.getvalue()
    known, new = (float(n) for n in re.findall(r"(?:knows|family) +([\d.]+)%", found))
    assert known >= 98 and 80 <= new <= 97 and predictions.new_family["truth"] == "80 to 97 %"
    held = [float(n) for n in re.findall(r"(?:validation|test) ([\d.]+)%", found)]
    assert len(held) == 6 and np.mean(held) >= 98.5 and min(held) >= 97
    dense, lenet, dense_permuted, lenet_permuted = (
        float(n) for n in re.findall(r"(?:in order|permuted): \w+ +([\d.]+)%", found)
    )
    assert lenet > dense + 8 and lenet - lenet_permuted > 15 and abs(dense - dense_permuted) < 4
