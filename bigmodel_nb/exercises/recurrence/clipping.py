"""Chapter 5: clipping gradients by their global norm."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs, values
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Suspect
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.values import Shown, same
from bigmodel_nb.language import gettext as _

SHAPES = ((2, 3), (3, 3), (3,))
NAMES = ("W", "U", "b")


def _try_clip(clip_by_norm: ReaderFunction, rng: np.random.Generator) -> str:
    for share in (0.1, 0.4, 3.0):  # of the norm: two are too large, one is small enough
        gradients = [inputs.numbers(rng, *shape) for shape in SHAPES]
        norms = np.array([np.linalg.norm(part) for part in gradients])
        limit = round(share * float(np.sqrt(np.sum(norms**2))), 1)
        shown = Shown(gradients, "[" + ", ".join(map(values.code, gradients)) + "]")
        before = [part.copy() for part in gradients]
        call = clip_by_norm(gradients=shown, limit=limit)
        parts = call.parts(*NAMES)
        if not all(np.array_equal(old, new) for old, new in zip(before, gradients, strict=True)):
            raise call.fault(
                _("Your function changes the arrays of the caller in place. Return new ones."),
                expected=_("gradients as they were"),
                received=_("other numbers in them"),
            )
        right = _clipped(gradients, limit)
        known = [words for value, words in _suspects(gradients, limit) if _all_same(parts, value)]
        for place, (part, wanted) in enumerate(zip(parts, right, strict=True)):
            suspects = [Suspect(part, words) for words in known]
            call.part_must_equal(part, wanted, *suspects, name=NAMES[place])
    return _(
        "One factor for all of them: the step becomes shorter and keeps its direction. It tames explosions. "
        "What has vanished it cannot bring back."
    )


def _all_same(parts: list, wanted: list[np.ndarray]) -> bool:
    return all(same(part, value) for part, value in zip(parts, wanted, strict=True))


def _clipped(gradients: list[np.ndarray], limit: float) -> list[np.ndarray]:
    norm = np.sqrt(sum(np.sum(part**2) for part in gradients))
    return [part * min(1.0, limit / norm) for part in gradients]


def _suspects(gradients: list[np.ndarray], limit: float) -> list:
    norms = [float(np.linalg.norm(part)) for part in gradients]
    norm, count = float(np.linalg.norm(norms)), sum(part.size for part in gradients)

    def scaled(factor: float) -> list[np.ndarray]:
        return [part * factor for part in gradients]

    kept = partial(min, 1.0)
    return [
        (gradients, _("Nothing is clipped here, though the global norm is above the limit.")),
        (
            scaled(limit / norm),
            _("You scale small gradients up to the limit. Below the limit they stay as they are."),
        ),
        (
            [part * min(1.0, limit / own) for part, own in zip(gradients, norms, strict=True)],
            _("You clip each array by its own norm, and that turns the step. One norm for all together."),
        ),
        (
            [part * limit / own for part, own in zip(gradients, norms, strict=True)],
            _("You clip each array by its own norm, and that turns the step. One norm for all together."),
        ),
        (
            [np.clip(part, -limit, limit) for part in gradients],
            _("You clip number by number, and that turns the step. Scale all by one factor."),
        ),
        (
            scaled(kept(limit / sum(norms))),
            _("The global norm is not the sum of the norms: add up squares, then take the root."),
        ),
        (
            scaled(kept(limit / max(norms))),
            _("You take the largest norm of one array. The global norm counts all of them together."),
        ),
        (scaled(kept(limit / norm**2)), _("The root is missing: divide by the norm, not by its square.")),
        (
            scaled(kept(limit / (norm / np.sqrt(count)))),
            _("You take the mean of the squares. A norm is the root of their sum."),
        ),
        (
            scaled(1 / norm),
            _("Your gradients have norm 1. Their norm must be the limit: multiply by limit / norm."),
        ),
        (scaled(norm / limit), _("Upside down: multiply by limit / norm.")),
    ]


clip_by_norm = Exercise(
    key="05/clip-by-norm",
    handle="recurrence.clip_by_norm",
    title=_("Clip by the global norm"),
    kind=_("write"),
    words=_(
        "`gradients` is a list of three arrays, those of W, U and b. Their global norm is the root of the "
        "sum of all squares in all of them. Where it is above `limit`, return them scaled down, all by one "
        "factor, so that it becomes `limit`; else return them as they are. Leave the caller's arrays alone."
    ),
    signature="clip_by_norm(gradients, limit)",
    template='''
def clip_by_norm(gradients, limit):
    """The three gradients, shortened together where their global norm is above limit."""
    norm = ...
    factor = ...
    return [factor * gradient for gradient in gradients]
''',
    hints=(
        _("The gradients of W, U and b are one long arrow. How long is it, and what keeps its direction?"),
        _(
            "Add up the squares of all three arrays, then take one root. The factor is limit / norm, but "
            "never above 1."
        ),
        _("`norm = np.sqrt(sum(np.sum(g ** 2) for g in gradients))`, `factor = min(1, ...)`"),
    ),
    ours='''
def clip_by_norm(gradients, limit):
    """The three gradients, shortened together where their global norm is above limit."""
    norm = np.sqrt(sum(np.sum(gradient**2) for gradient in gradients))
    factor = min(1, limit / norm)
    return [factor * gradient for gradient in gradients]
''',
    trial=_try_clip,
    answers="bigmodel_nb.exercises.recurrence.answers.clipping:clipping",
)
