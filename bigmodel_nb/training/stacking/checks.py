"""Which losses, metrics and optimizers can be computed for many members at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.later import keras
from bigmodel_nb.training.sharing import known
from bigmodel_nb.training.stacking.program import CannotStack

# Keras's optimizers that treat each weight alone; others look at whole matrices, or at several at a time.
OPTIMIZERS = ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Lion")
PLAIN_SETTINGS = {
    "clipnorm": None, "clipvalue": None, "use_ema": False, "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}  # fmt: skip


def check_update(optimizer: Any, settings: Mapping[str, Any]) -> None:
    """Raises CannotStack for an optimizer, or settings of one, that are none of those known here."""
    if type(optimizer).__name__ not in OPTIMIZERS or type(optimizer).__module__.split(".")[0] != "keras":
        raise CannotStack(_("the optimizer {name}").format(name=type(optimizer).__name__))
    for name, usual in PLAIN_SETTINGS.items():
        if settings.get(name) != usual:
            raise CannotStack(_("an optimizer with {name}").format(name=name))
    if not isinstance(settings.get("learning_rate"), float) or getattr(
        optimizer, "_exclude_from_weight_decay_pattern", None
    ):
        raise CannotStack(_("an optimizer with a schedule, or with weights that do not decay"))


def check_objective(model: Any) -> None:
    """Raises CannotStack where a compiled model's loss or metrics are none of those known here."""
    loss = loss_of(model)
    ours = isinstance(loss, keras.losses.Loss) and known(loss)
    if not ours or not hasattr(loss, "_fn_kwargs") or loss.reduction not in ("sum_over_batch_size", "mean"):
        raise CannotStack(_("a loss that is no mean over examples"))
    if model._compile_loss is None or model._compile_loss._user_loss_weights is not None:
        raise CannotStack(_("losses with weights"))
    if model._compile_metrics is not None:
        if model._compile_metrics._user_weighted_metrics:
            raise CannotStack(_("weighted metrics"))
        for metric in model._compile_metrics.metrics:
            if not isinstance(metric, keras.metrics.MeanMetricWrapper) or not known(metric):
                raise CannotStack(_("the metric {name}").format(name=metric.name))


def loss_of(model: Any) -> Any:
    """The loss of a compiled model as an object."""
    return keras.losses.get(model.loss) if isinstance(model.loss, str) else model.loss


def objective_of(model: Any) -> str:
    """What two compiled models share where loss and metrics of one serve for both. The configuration of a
    loss does not tell all: that of Huber says nothing of its delta."""
    metrics = model._compile_metrics.metrics if model._compile_metrics is not None else []
    parts = [(type(one).__name__, one.get_config(), one._fn_kwargs) for one in (loss_of(model), *metrics)]
    return repr(parts)
