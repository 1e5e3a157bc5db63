"""Chapter 6: layer norm, token by token."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs, values
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.attention import layer_norm

EPSILON = 0.1  # so large that its place shows


def _try_norm(normalize_tokens: ReaderFunction, rng: np.random.Generator) -> str:
    # Axes of the same length first: a forgotten keepdims raises nothing there.
    for shape in ((3, 3, 3), (2, 3, 4)):
        with np.errstate(all="ignore"):  # what a misconception divides by may be zero
            case = telling(partial(_case, rng, shape))
        normalize_tokens.try_case(case)
    call = normalize_tokens(**_flat(rng))
    got = values.as_numbers(call.value)
    wanted = np.broadcast_to(call.inputs["beta"], call.inputs["x"].shape)
    if got is not None and got.shape == wanted.shape and not np.isfinite(got).all():
        raise call.fault(
            _("A token of equal numbers has variance 0, and 0 / 0 is nan: that is what epsilon is for."),
            expected=values.text(wanted),
            received=values.text(got),
        )
    call.must_equal(wanted)
    return _(
        "No token knows of another here: neither those of the batch nor those before and after it. So it "
        "is the same in training and in use, and for a text of any length."
    )


def _case(rng: np.random.Generator, shape: tuple[int, int, int]) -> Case:
    x = inputs.numbers(rng, *shape)
    gamma, beta = np.abs(inputs.numbers(rng, shape[-1])) + 0.5, inputs.numbers(rng, shape[-1])
    right = layer_norm(x, gamma, beta, EPSILON)

    def normed(axis: int | tuple[int, ...], keep: bool = True) -> np.ndarray:
        mean, variance = x.mean(axis=axis, keepdims=keep), x.var(axis=axis, keepdims=keep)
        return (x - mean) / np.sqrt(variance + EPSILON) * gamma + beta

    centered, variance = x - x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    deviation = np.sqrt(variance)
    whole = _("mean and variance are those of each token alone, over its own numbers: axis=-1.")
    suspects = [
        Suspect(normed(0), _("You average over the batch, as batch norm does: {rest}").format(rest=whole)),
        Suspect(
            normed(1),
            _("You average over time, so each token is told of those after it: {rest}").format(rest=whole),
        ),
        Suspect(
            normed((1, 2)),
            _("You average over time, too, so each token is told of those after it: {rest}").format(
                rest=whole
            ),
        ),
        Suspect(
            normed((0, 1)),
            _("You average over batch and time, as batch norm does: {rest}").format(rest=whole),
        ),
        Suspect(normed((0, 1, 2)), _("You average over all numbers at once: {rest}").format(rest=whole)),
        Suspect(
            centered / (variance + EPSILON) * gamma + beta,
            _("You divide by the variance. Divide by its root, the standard deviation."),
        ),
        Suspect(
            centered / (deviation + EPSILON) * gamma + beta,
            _(
                "epsilon is added to the standard deviation. Its place is inside of the root, with the "
                "variance."
            ),
        ),
        Suspect(
            centered / (np.sqrt(variance) + 1e-300) * gamma + beta,
            _("epsilon is missing: it is added to the variance, inside of the root."),
        ),
        Suspect(
            centered / np.sqrt(x.var(axis=-1, ddof=1, keepdims=True) + EPSILON) * gamma + beta,
            _("You divide the sum of squares by width - 1. Here it is divided by width."),
        ),
        Suspect(
            x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + EPSILON) * gamma + beta,
            _("The mean is not taken off. (Norms without it exist: RMS norm. This one centers.)"),
        ),
        Suspect(
            x / np.sqrt(variance + EPSILON) * gamma + beta,
            _("The mean is not taken off: each token is centered first."),
        ),
        Suspect(centered / np.sqrt(variance + EPSILON), _("gamma and beta are missing: they are learned.")),
        Suspect(
            centered / np.sqrt(variance + EPSILON) * gamma, _("beta is missing: it is added at the end.")
        ),
        Suspect(
            centered / np.sqrt(variance + EPSILON) + beta, _("gamma is missing: it multiplies before beta.")
        ),
        Suspect(
            (centered / np.sqrt(variance + EPSILON) + beta) * gamma,
            _("gamma multiplies first, then beta is added."),
        ),
    ]
    if shape[0] == shape[1] == shape[2]:
        keep = _("The averages meet other tokens than their own. Keep the axis: keepdims=True.")
        suspects.append(Suspect(normed(-1, keep=False), keep))
    return Case({"x": x, "gamma": gamma, "beta": beta, "epsilon": EPSILON}, right, suspects)


def _flat(rng: np.random.Generator) -> dict:
    """Tokens of equal numbers."""
    # Halves, whose mean is exact: 0.1 * 3 / 3 is not 0.1, and the rest would pass for a variance.
    x = np.repeat(rng.integers(1, 7, (1, 2, 1)) / 2, 3, axis=-1)
    return {"x": x, "gamma": inputs.numbers(rng, 3), "beta": inputs.numbers(rng, 3), "epsilon": 0.01}


normalize_tokens = Exercise(
    key="06/normalize-tokens",
    handle="attention.normalize_tokens",
    title=_("Layer norm"),
    kind=_("write"),
    words=_(
        "`x` has shape (n, T, width): n texts of T tokens. Give each token mean 0 and variance about 1: "
        "take the mean of its own `width` numbers off, and divide by the root of (their variance + "
        "`epsilon`). Then multiply by `gamma` and add `beta`, both of shape (width,). The variance divides "
        "by `width`, as `np.var` does."
    ),
    signature="normalize_tokens(x, gamma, beta, epsilon)",
    template='''
def normalize_tokens(x, gamma, beta, epsilon):
    """Layer norm: x (n, T, width), gamma and beta (width,) -> (n, T, width)."""
    mean = ...
    variance = ...
    return ...
''',
    hints=(
        _("Whose numbers may the mean of a token know of, and along which axis do they lie?"),
        _(
            "The last axis, -1. With `keepdims=True` the means have shape (n, T, 1), so that each meets "
            "its own token. epsilon goes to the variance, under the root."
        ),
        _(
            "`mean = x.mean(axis=-1, keepdims=True)`, `variance` likewise, and `(x - mean) / "
            "np.sqrt(variance + epsilon) * ...`"
        ),
    ),
    ours='''
def normalize_tokens(x, gamma, beta, epsilon):
    """Layer norm: x (n, T, width), gamma and beta (width,) -> (n, T, width)."""
    mean = x.mean(axis=-1, keepdims=True)
    variance = x.var(axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta
''',
    trial=_try_norm,
    answers="bigmodel_nb.exercises.attention.answers.token_norm:normalize_tokens",
)
