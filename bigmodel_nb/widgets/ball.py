"""One ball, one rule, one slider: the first screen of the course."""

from __future__ import annotations

from bigmodel_nb import arguments
from bigmodel_nb.figures.ball import BallFigure, fate
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.ball import Roll, roll
from bigmodel_nb.widgets.explorer import Explorer, all_or_nothing
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.prediction import Prediction

ASKED = 1.1  # the rate that the reader is asked about
TELLING = 1.0  # rates above this one would tell the answer


class BallExplorer(Explorer):
    """A ball that rolls down f = w^2 by one rule: w <- w - rate * slope.

    `rate` is the learning rate, the one control. `prediction` is asked first: a `Prediction`, or True for
    "At rate 1.1, will it arrive sooner, later or never?"; rates above 1 are hidden until it is answered,
    and then that rate is shown. `theme` is "light" or "dark".

    Results: `run`, a `maths.ball.Roll`, and `summary_text`.
    """

    figure: BallFigure

    @all_or_nothing
    def __init__(
        self, rate: float = 0.1, *, prediction: Prediction | bool | None = None, theme: str = "light"
    ):
        super().__init__()
        self.theme = theme
        self._asks_ours = prediction is True
        if isinstance(prediction, bool):
            prediction = _sooner_later_never() if prediction else None
        self.ask(prediction)
        self.rate = Knob(
            "rate",
            rate,
            0.01,
            1.2,
            step=0.01,
            check=arguments.positive,
            help=_("how far to step for a slope"),
        )
        self.figure = BallFigure(theme=theme)
        self.rate.observe(self.changed, "value")
        self.assemble([self.rate])

    @property
    def hidden(self) -> bool:
        """Whether the present rate would tell the answer."""
        return not self.revealed and self.rate.value > TELLING

    def compute(self) -> None:
        self.run: Roll = roll(self.rate.value)

    def draw(self, rescale: bool) -> None:
        self.figure.update(None if self.hidden else self.run)

    def describe(self) -> str:
        if self.hidden:
            return _("Rates above 1 are hidden. Predict, and they are shown.")
        return _("At rate {rate} the ball {fate}. Each step multiplies w by {factor}.").format(
            rate=f"{self.rate.value:.4g}", fate=fate(self.run), factor=f"{self.run.factor:.4g}"
        )

    def code(self) -> str:
        run = "None" if self.hidden else f"roll({self.rate.value!r})"
        return (
            "from bigmodel_nb.figures.ball import BallFigure\n"
            "from bigmodel_nb.maths.ball import roll\n\n"
            f"BallFigure({run}, theme={self.theme!r})\n"
        )

    def _on_reveal(self) -> None:
        if self._asks_ours:
            with self.silently():
                self.rate.value = ASKED
        self.refresh()


def _sooner_later_never() -> Prediction:
    sooner, later, never = _("sooner"), _("later"), _("never")

    def truth(_explorer: BallExplorer) -> str:
        arrived, before = roll(ASKED).arrived_at, roll(0.1).arrived_at
        return never if arrived is None else sooner if before is None or arrived < before else later

    return Prediction(
        "00/rate-above-one",
        _("At rate 0.1 the ball arrives after 26 steps. At rate 1.1, will it arrive sooner, later or never?"),
        [sooner, later, never],
        truth=truth,
        explanation=_("Each step leaps across and ends 1.2 times as far out as it began."),
    )
