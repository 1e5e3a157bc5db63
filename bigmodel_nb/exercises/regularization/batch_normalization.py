"""Chapter 3: batch normalization in training and at inference."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs, values
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _

EPSILON = 1e-3


def _try_batch_norm(batch_norm: ReaderFunction, rng: np.random.Generator) -> str:
    for training in (True, False, True):
        case = telling(partial(_case, rng, training))
        call = batch_norm(**case.inputs)
        out, mean, variance = call.parts("out", "mean", "variance")
        wanted = case.expected
        n = len(case.inputs["x"])
        outs = [Suspect(s.value[:n], s.message) for s in case.suspects]
        call.part_must_equal(out, wanted[:n], *outs, name="out")
        # The output is right: of the misconceptions, those that leave it so remain.
        left = [s for s in case.suspects if values.same(s.value[:n], wanted[:n])]
        for name, part, row in (("mean", mean, n), ("variance", variance, n + 1)):
            rows = [Suspect(s.value[row], s.message) for s in left]
            call.part_must_equal(part, wanted[row], *rows, name=name)
    return _("The batch in training, what was remembered at inference: so one example alone can be judged.")


def _case(rng: np.random.Generator, training: bool) -> Case:
    x = inputs.numbers(rng, 4, 4) if training else inputs.numbers(rng, 3, 4)
    gamma, beta, mean = inputs.numbers(rng, 4), inputs.numbers(rng, 4), inputs.numbers(rng, 4)
    variance, momentum = np.round(rng.uniform(0.5, 3, 4), 2), inputs.number(rng, 0.7, 0.9)

    def normed(m: np.ndarray, v: np.ndarray, *, scale=gamma, shift=beta, epsilon=EPSILON, root=True):
        return scale * (x - m) / (np.sqrt(v + epsilon) if root else v + epsilon) + shift

    def mixed(share: float, axis: int = 0) -> list[np.ndarray]:
        return [share * mean + (1 - share) * x.mean(axis), share * variance + (1 - share) * x.var(axis)]

    batch, kept = (x.mean(axis=0), x.var(axis=0)), (mean, variance)
    if training:
        new = mixed(momentum)
        right = np.vstack([normed(*batch), *new])
        table = [
            (normed(*kept), new, _(
                "In training the mean and variance are those of the batch, not the running ones."
            )),
            (normed(*batch), mixed(1 - momentum), _(
                "The momentum is reversed: the share `momentum` of the old value is kept, the rest is new.")),
            (normed(*batch), list(kept), _(
                "The running mean and variance never change. Training must update them."
            )),
            (normed(*batch), list(batch), _(
                "The old running values are thrown away: keep the share `momentum`."
            )),
            (normed(*batch, epsilon=0), new, _("epsilon is missing: variance + epsilon, under the root.")),
            (normed(*batch, root=False), new, _("You divide by the variance. Divide by its root.")),
            (gamma * (x - batch[0]) / (np.sqrt(batch[1]) + EPSILON) + beta, new, _(
                "epsilon stands outside of the root. It belongs to the variance, under the root.")),
            (normed(*batch, scale=1.0, shift=0.0), new, _("gamma and beta are left out.")),
            (normed(*batch, scale=beta, shift=gamma), new, _(
                "gamma and beta have changed places: gamma scales."
            )),
            (normed(*new), new, _(
                "You normalize by the running values after their update. Take those of the batch."
            )),
            (normed(x.mean(1)[:, None], x.var(1)[:, None]), mixed(momentum, 1), _(
                "You average over the units of one example: that is layer norm. Average over the "
                "batch, axis 0.")),
        ]  # fmt: skip
    else:
        right = np.vstack([normed(*kept), *kept])
        table = [
            (normed(*batch), list(kept), _(
                "At inference you use the statistics of the batch: then an answer depends on its "
                "neighbors. Use the "
                "running ones.")),
            (normed(*batch), mixed(momentum), _(
                "At inference you use the statistics of the batch: then an answer depends on its "
                "neighbors. Use the "
                "running ones.")),
            (normed(*kept), mixed(momentum), _("At inference the running values must stay as they are.")),
            (normed(*mixed(momentum)), mixed(momentum), _(
                "At inference the running values must stay as they are."
            )),
            (normed(*kept, epsilon=0), list(kept), _(
                "epsilon is missing: variance + epsilon, under the root."
            )),
            (normed(*kept, root=False), list(kept), _("You divide by the variance. Divide by its root.")),
            (x, list(kept), _(
                "At inference x passes as it is. Normalize it, by the running mean and variance."
            )),
        ]  # fmt: skip
    given = {
        "x": x, "gamma": gamma, "beta": beta, "mean": mean, "variance": variance, "training": training,
        "momentum": momentum,
    }  # fmt: skip
    suspects = [Suspect(np.vstack([out, *rest]), words) for out, rest, words in table]
    return Case(given, right, suspects)


batch_norm = Exercise(
    key="03/batch-norm",
    handle="regularization.batch_norm",
    title=_("Batch norm, in training and after it"),
    kind=_("write"),
    words=_(
        "Normalize each unit (column) of `x`, shape (N, d): subtract a mean, divide by the root of a "
        "variance + 0.001, then scale by `gamma` and shift by `beta`, all of shape (d,). In training, mean "
        "and variance are those of the batch, and the running ones keep the share `momentum` of their old "
        "value. At inference use the running ones and leave them alone. Return `out, mean, variance`, the "
        "running ones last."
    ),
    signature="batch_norm(x, gamma, beta, mean, variance, training, momentum)",
    template='''
def batch_norm(x, gamma, beta, mean, variance, training, momentum):
    """The normalized x, and the running mean and variance."""
    m, v = mean, variance
    if training:
        m, v = ...
        mean = ...
        variance = ...
    out = ...
    return out, mean, variance
''',
    hints=(
        _(
            "When a single example is to be judged, what would its batch's mean be, and what would be "
            "left of it?"
        ),
        _(
            "Over axis 0: x.mean and x.var in training. The new running mean is a mix: the share momentum of "
            "the old, the rest of the batch."
        ),
        _("`gamma * (x - m) / np.sqrt(v + 1e-3) + beta`, and `momentum * mean + (1 - momentum) * m`."),
    ),
    ours='''
def batch_norm(x, gamma, beta, mean, variance, training, momentum):
    """The normalized x, and the running mean and variance."""
    m, v = mean, variance
    if training:
        m, v = x.mean(axis=0), x.var(axis=0)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    out = gamma * (x - m) / np.sqrt(v + 1e-3) + beta
    return out, mean, variance
''',
    trial=_try_batch_norm,
    answers="bigmodel_nb.exercises.regularization.answers.batch_normalization:norm",
)
