"""What one example costs: scores under sliders, their probabilities, the loss, and its slope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets
import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.figures.losses import LossFigure
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.knobs import truth
from bigmodel_nb.maths.loss_view import CLASSES, PROBABILITY, VIEWS, LossView, loss_view
from bigmodel_nb.widgets.controls import choice, switch
from bigmodel_nb.widgets.explorer import Explorer, all_or_nothing
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.lesson import checked_show
from bigmodel_nb.widgets.options import offer
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.words import amount

YES_OR_NO = ("binary cross-entropy", PROBABILITY)
QUANTITY = tuple(kind for kind in VIEWS if kind not in (*YES_OR_NO, "cross-entropy"))
FARTHEST = 1e6  # a score may be


class LossExplorer(Explorer):
    """One example under a loss: its scores (logits), the probabilities made of them, the loss, and the slope
    of the loss for every score, which for the cross-entropies is p - y.

    Arguments, each also a control: `loss`, one of `maths.loss_view.VIEWS` ("cross-entropy" of three
    classes, "binary cross-entropy", "squared error of a probability", "squared error", "absolute error",
    "Huber"); `logits`, three numbers, of which all but "cross-entropy" take the first; `label`, the right
    class from 0 to 2, or 0 and 1 for a yes-or-no question; `target`, the right quantity; `twice`, whether
    the probabilities are squeezed a second time, a common slip.

    `show`, `prediction` and `theme` as in `DescentExplorer`. Controls: `loss`, `logits` (a list of `Knob`),
    `label`, `target`, `twice`. Results: `view`, a `maths.loss_view.LossView`; `summary_text`.
    """

    figure: LossFigure
    CONTROLS = ("loss", "logits", "label", "target", "twice")

    @all_or_nothing
    def __init__(
        self,
        loss: str = "cross-entropy",
        logits: Sequence[float] = (2.0, 1.0, -1.0),
        *,
        label: int = 0,
        target: float = 1.0,
        twice: bool = False,
        show: Sequence[str] | None = None,
        prediction: Prediction | None = None,
        theme: str = "light",
    ):
        arguments.one_of("loss", loss, VIEWS)
        scores = _three("logits", logits)
        shown = checked_show(show, self.CONTROLS)
        label = arguments.whole("label", label, 0, 1 if loss in YES_OR_NO else CLASSES - 1)
        twice = truth("twice", twice)
        super().__init__()
        self.ask(prediction)
        titles = {
            "cross-entropy": _("cross-entropy (which of three classes)"),
            "binary cross-entropy": _("binary cross-entropy (yes or no)"),
            PROBABILITY: _("squared error of a probability (yes or no)"),
        }
        self.loss = choice(_("loss"), [(titles.get(kind, _(kind)), kind) for kind in VIEWS], loss)
        self.logits = [
            Knob(
                "logits", score, -6, 6, step=0.1, label=_("score of class {n}").format(n=place + 1),
                check=_score, help=_("what the network puts out, before it is squeezed"),
            )
            for place, score in enumerate(scores)
        ]  # fmt: skip
        self.keep(*self.logits)
        self.label = choice(_("right is"), self._labels(loss), str(label), _("the truth of this example"))
        self.target = Knob("target", target, -6, 6, step=0.1, check=_score, help=_("the right quantity"))
        self.twice = switch(_("squeeze twice"), twice, _("a softmax (or sigmoid) of a softmax: a slip"))
        self.theme = theme
        self.compute()
        self.figure = LossFigure(self.view, self.place(), theme=theme)
        self.loss.observe(self._loss_changed, "value")
        for part in (*self.logits, self.label, self.target, self.twice):
            part.observe(self.changed, "value")
        # controls of one kind share their layouts; what is hidden needs one of its own
        self._boxes = {name: ipywidgets.VBox([getattr(self, name)]) for name in ("label", "target", "twice")}
        self.keep(self.loss, *self._boxes.values())
        names = self.CONTROLS if shown is None else shown
        self.assemble([one for name in names for one in self._parts(name)])
        self._fit()

    def _parts(self, name: str) -> list[ipywidgets.Widget]:
        return list(self.logits) if name == "logits" else [self._boxes.get(name, self.loss)]

    def _labels(self, loss: str) -> list[tuple[str, str]]:
        if loss in YES_OR_NO:
            return [(_("no (0)"), "0"), (_("yes (1)"), "1")]
        return [(_("class {n}").format(n=place + 1), str(place)) for place in range(CLASSES)]

    def _loss_changed(self, change) -> None:
        with self.silently():
            offer(self.label, self._labels(change["new"]))
        self._fit()
        self.changed(change)

    def _fit(self) -> None:
        """Only what the loss uses is in sight."""
        kind = self.loss.value
        used = {"label": kind not in QUANTITY, "target": kind in QUANTITY, "twice": kind not in QUANTITY}
        for name, wanted in used.items():
            self._boxes[name].layout.display = None if wanted else "none"
        for knob in self.logits[1:]:
            knob.layout.display = None if kind == "cross-entropy" else "none"

    # -- what an explorer says --------------------------------------------------------------

    def _truth(self) -> float:
        return self.target.value if self.loss.value in QUANTITY else int(self.label.value)

    def _scores(self) -> list[float]:
        return [knob.value for knob in self.logits[: CLASSES if self.loss.value == "cross-entropy" else 1]]

    def place(self) -> int:
        """The score that the curve runs over: that of the right class."""
        return int(self.label.value) if self.loss.value == "cross-entropy" else 0

    def compute(self) -> None:
        self.view: LossView = loss_view(
            self.loss.value, self._scores(), self._truth(), twice=self.twice.value
        )

    def draw(self, rescale: bool) -> None:
        self.figure.update(self.view, self.place(), answers=self.revealed, rescale=rescale)

    def describe(self) -> str:
        view = self.view
        if not self.revealed:
            return _("The scores are {scores}. Predict, and more is said.").format(scores=_row(view.scores))
        words = self._first_words(view)
        if view.second is not None:
            second = view.second
            assert second.probabilities is not None
            words += " " + _(
                "Squeezed twice, the probabilities are {p}, the loss {loss} and the slopes {slopes}: the "
                "loss stays above {floor} whatever the scores, and the slopes are small."
            ).format(
                p=_row(second.probabilities), loss=amount(second.loss), slopes=_row(second.slopes),
                floor=amount(second.floor),
            )  # fmt: skip
        return words

    def _first_words(self, view: LossView) -> str:
        place = self.place()
        if view.kind == "cross-entropy":
            assert view.probabilities is not None
            return _(
                "Softmax makes the probabilities {p} of the scores {z}. The right class has {right}, so the "
                "loss is -ln {right} = {loss}. The slopes p - y are {slopes}: a step against them raises the "
                "score of class {n} and lowers the others."
            ).format(
                p=_row(view.probabilities), z=_row(view.scores), right=amount(view.probabilities[place]),
                loss=amount(view.loss), slopes=_row(view.slopes), n=place + 1,
            )  # fmt: skip
        if view.probabilities is not None:
            return _(
                "The sigmoid makes of the score {z} the probability {p} of yes. The truth is {y}, the loss "
                "{loss}, and its slope {slope}{note}."
            ).format(
                z=amount(view.scores[0]), p=amount(view.probabilities[0]), y=int(view.target[0]),
                loss=amount(view.loss), slope=amount(view.slopes[0]),
                note=_(", which is p - y") if view.kind != PROBABILITY
                else _(": (p - y) times 2 p (1 - p), next to nothing where the sigmoid is flat"),
            )  # fmt: skip
        return _(
            "The output is {z} and the target {y}: off by {error}. The loss ({loss}) is {value}, its slope "
            "{slope}."
        ).format(
            z=amount(view.scores[0]), y=amount(view.target[0]), error=amount(view.errors[0]),
            loss=_(view.kind), value=amount(view.loss), slope=amount(view.slopes[0]),
        )  # fmt: skip

    def longest(self) -> str:
        return self.describe() + " 0.0001" * (4 + 4 * self.twice.value)

    def code(self) -> str:
        with self._lock:
            return (
                "from bigmodel_nb.figures.losses import LossFigure\n"
                "from bigmodel_nb.maths.loss_view import loss_view\n\n"
                f"view = loss_view({self.loss.value!r}, {self._scores()!r}, {self._truth()!r}, "
                f"twice={self.twice.value})\n"
                "print(view.probabilities, view.loss, view.slopes)\n"
                f"LossFigure(view, {self.place()}, theme={self.theme!r})\n"
            )


def _row(values: np.ndarray) -> str:
    return ", ".join(amount(float(value)) for value in values)


def _score(name: str, value: Any) -> float:
    return arguments.between(name, value, -FARTHEST, FARTHEST)


def _three(name: str, value: Any) -> list[float]:
    expected = _("three numbers, such as (2.0, 1.0, -1.0)")
    if isinstance(value, (str, dict)):
        raise arguments.wrong_type(name, expected, value)
    try:
        scores = list(value)
    except TypeError:
        raise arguments.wrong_type(name, expected, value) from None
    if len(scores) != CLASSES:
        raise arguments.wrong_value(name, expected, value)
    return [_score(name, score) for score in scores]
