"""The run of members that share an architecture, side by side: epochs, early stopping, records, weights."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.loop import EVALUATION_BATCH
from bigmodel_nb.training.recording import fingerprint, settings_of, versions
from bigmodel_nb.training.run import DIVERGED, EARLY, FINISHED, INTERRUPTED, Run
from bigmodel_nb.training.sources import Texts
from bigmodel_nb.training.stacking.checks import loss_of
from bigmodel_nb.training.stacking.engine import StackEngine
from bigmodel_nb.training.stacking.own import costs_of, dropouts_of
from bigmodel_nb.training.stacking.program import Program, read
from bigmodel_nb.training.stacking.weights import Packing
from bigmodel_nb.training.successive import Task, is_enough, patience_lost
from bigmodel_nb.training.sweep_record import Member

SHARE_OF_EVALUATION = 16  # members that are evaluated on whole batches of `EVALUATION_BATCH`; more, on parts


class Group:
    """Trains `members`, whose models have programs of one signature, in one graph.

    template: the compiled model of one of them. Interface as of `Successive`.
    """

    def __init__(self, task: Task, members: Sequence[Member], template: Any):
        self.task, self.members, self.template = task, list(members), template
        self.source, self.held = task.source, task.held
        chosen = task.recipe.all_of(self.members[0].settings)
        self.seeds = [task.recipe.all_of(member.settings).get("seed", 0) for member in self.members]
        different = list(dict.fromkeys(self.seeds))
        # Members of one seed see the same batches: then there is one order for all.
        self._batches = [
            self.source.batches(chosen["batch_size"], seed, True)
            for seed in (different if len(different) == 1 else self.seeds)
        ]
        self.batch_size = self._batches[0].batch_size
        self.steps_per_epoch = self._batches[0].steps_per_pass
        self.engine: StackEngine | None = None
        self._programs: list[Program] = []
        self._orders: list[list[int]] = []  # where each variable of a program stands among its model's
        self._known: dict[str, Program] = {}  # by what the builder is asked for, and the seed
        self._seconds = {"compiling": 0.0, "training": 0.0, "validating": 0.0, "watching": 0.0}
        self._pace: float | None = None
        self.epoch = self.step = 0  # finished epochs; steps of the epoch under way
        self.stopped = False

    @property
    def finished(self) -> bool:
        return self.stopped or all(
            member.run is not None and member.run.ended != "running" for member in self.members
        )

    # -- from start to end ------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """Trains for about so long: builds models, then calls the compiled loop."""
        until = time.perf_counter() + seconds
        while not self.finished:
            if self.engine is None:
                self._build_next()
            else:
                self._call(max(until - time.perf_counter(), 0.001))
            if time.perf_counter() >= until:
                break
        self._record_seconds()

    def stop(self) -> None:
        """Ends all members where they are."""
        self.stopped = True
        for member in self.members:
            if member.run is not None and member.run.ended == "running":
                member.run.ended = INTERRUPTED
                member.run.message = _(
                    "Stopped at step {step}; the model has the weights of that step."
                ).format(step=member.run.steps)
        self._record_seconds()

    def _build_next(self) -> None:
        """One more model, of which the first weights are kept; after the last of them the stack."""
        place = len(self._programs)
        member = self.members[place]
        key = f"{self.seeds[place]} {self.task.recipe.key(member.settings)}"
        if key not in self._known:  # others begin with the same weights
            model = self.task.recipe.model(member.settings)
            program = self._known[key] = read(model)
            numbers = {id(variable): number for number, variable in enumerate(model.variables)}
            states = [
                one for layer in model._flatten_layers() for one in getattr(layer, "_seed_generators", [])
            ]
            program.order = [numbers[id(variable)] for variable in program.variables]
            program.generators = {
                at: states.index(layer.seed_generator) for at, layer in program.dropouts.items()
            }
        self._programs.append(self._known[key])
        self._orders.append(self._known[key].order)
        if len(self._programs) == len(self.members):
            self._stack()

    def _stack(self) -> None:
        programs, recipe = self._programs, self.task.recipe
        self.packing = Packing(programs[0])
        flat, others = self.packing.packed(programs)
        chosen = [recipe.all_of(member.settings) for member in self.members]
        rules = [recipe.update_rule(member.settings)[1] for member in self.members]
        rates = [rule["learning_rate"] for rule in rules]
        decays = [rule.get("weight_decay") or 0.0 for rule in rules]
        clips = [rule.get("global_clipnorm") or np.inf for rule in rules]
        metrics = self.template._compile_metrics.metrics if self.template._compile_metrics is not None else []
        self.metrics = [metric.name for metric in metrics]
        self.engine = StackEngine(
            programs[0],
            self.packing,
            flat,
            others,
            optimizer=recipe.optimizer(self.members[0].settings),
            loss=loss_of(self.template),
            metrics=metrics,
            rates=np.array(rates),
            decays=np.array(decays),
            clips=np.array(clips),
            costs=costs_of(programs, self.packing),
            dropouts=dropouts_of(programs, self.seeds),
        )
        self._good = (flat, others)
        self._best = (flat.copy(), [value.copy() for value in others])
        self._programs, self._known = programs[:1], {}
        base = settings_of(
            self.template, self.task.epochs, None, chosen[0]["batch_size"], None, None, True
        )  # fmt: skip
        facts = {"versions": versions(), "fingerprint": fingerprint(self.source)}
        for place, (member, one) in enumerate(zip(self.members, chosen, strict=True)):
            own = {"learning_rate": rates[place], "weight_decay": decays[place], "clip": one.get("clip")}
            member.run = Run(
                ended="running",
                config={**base, **recipe.asked(member.settings), **own},
                plan={"together": len(self.members)},
                seed=self.seeds[place],
                **facts,  # type: ignore[arg-type]
            )

    # -- an epoch -----------------------------------------------------------------------------

    def _call(self, seconds: float) -> None:
        """One call of the compiled loop, and the end of the epoch where that is reached."""
        assert self.engine is not None
        if self.step == 0:
            self._order = self._order_of(self.epoch)
            self._losses: list[np.ndarray] = []
            self._sums: Any = 0.0
        left = self.steps_per_epoch - self.step
        count = min(left, 1 if self._pace is None else max(1, int(seconds / self._pace)))
        begun = time.perf_counter()
        tensors, order, sizes = self._order
        done = self.epoch * self.steps_per_epoch
        losses, sums = self.engine.train(
            self.source, tensors, order, sizes, self.step, self.step + count, done
        )
        took = time.perf_counter() - begun
        self._seconds["compiling" if self._pace is None else "training"] += took
        self._pace = seconds / 8 if self._pace is None else took / count
        self._losses.append(losses)
        self._sums = self._sums + sums.astype(np.float64)
        self.step += count
        if self.step == self.steps_per_epoch:
            self._close_epoch()

    def _order_of(self, epoch: int) -> tuple[Any, Any, Any]:
        """The examples of an epoch: tensors, numbers (steps, members or 1, batch), and how many count."""
        import tensorflow as tf

        steps, size, n = self.steps_per_epoch, self.batch_size, len(self.source)
        rows = np.zeros((len(self._batches), steps * size), np.int32)
        for place, batches in enumerate(self._batches):
            rows[place, :n] = batches._rows(epoch)
        order = np.ascontiguousarray(rows.reshape(-1, steps, size).swapaxes(0, 1))
        sizes = np.minimum(size, n - np.arange(steps) * size).astype(np.int32)
        tensors, _order = self.source.take(np.zeros((1, 1), np.int32))
        return tensors, tf.constant(order), tf.constant(sizes)

    def _close_epoch(self) -> None:
        """Validates, writes the epoch down for each member that still runs, and ends those that are done."""
        engine, n = self.engine, len(self.source)
        assert engine is not None
        losses = np.concatenate(self._losses)
        sizes = np.asarray(self._order[2])
        logs = {"loss": losses.astype(np.float64).T @ sizes / n}
        logs |= {name: self._sums[place] / n for place, name in enumerate(self.metrics)}
        if self.held is not None:
            logs |= self._validated()
        flat = engine.flat.numpy()
        others = [variable.numpy() for variable in engine.others]
        finite = np.isfinite(flat).all(1)
        self.epoch, self.step = self.epoch + 1, 0
        last = self.epoch == self.task.epochs
        for place, member in enumerate(self.members):
            run = member.run
            assert run is not None
            if run.ended != "running":
                continue
            sound = finite[place] or (not last and np.isfinite(logs.get("val_loss", logs["loss"])[place]))
            good = np.isfinite(losses[:, place])
            if not good.all() or not sound:
                self._diverged(place, run, losses[:, place])
                continue
            run.losses += losses[:, place].tolist()
            run.steps, run.examples, run.epochs = len(run.losses), run.examples + n, self.epoch
            for name, values in logs.items():
                run.history.setdefault(name, []).append(float(values[place]))
            watched = run.history.get("val_loss", run.history["loss"])
            if run.best_epoch is None or watched[-1] < watched[run.best_epoch - 1]:
                if not np.isnan(watched[-1]):
                    run.best_epoch = self.epoch
                    _copy(self._best, place, flat, others)
            if finite[place]:
                _copy(self._good, place, flat, others)
            if is_enough(run, self.task.patience) and not last:
                run.ended, run.message = EARLY, patience_lost(run)
            elif last:
                run.ended = FINISHED
        engine.active.assign([member.run.ended == "running" for member in self.members])  # type: ignore[union-attr]

    def _validated(self) -> dict[str, np.ndarray]:
        assert self.engine is not None
        begun = time.perf_counter()
        tokens = self.held.length if isinstance(self.held, Texts) else 1
        parts = max(1, -(-len(self.members) // SHARE_OF_EVALUATION)) * tokens
        tensors, _order = self.held.take(np.zeros((1, 1), np.int32))
        total, sums = self.engine.evaluate(
            self.held, tensors, max(self.batch_size, EVALUATION_BATCH // parts)
        )
        self._seconds["validating"] += time.perf_counter() - begun
        return {"val_loss": total} | {f"val_{name}": sums[place] for place, name in enumerate(self.metrics)}

    def _diverged(self, place: int, run: Run, losses: np.ndarray) -> None:
        """Ends a member with the weights of its last good epoch."""
        good = np.isfinite(losses)
        steps = len(losses) if good.all() else int(np.argmin(good))
        run.losses += losses[:steps].tolist()
        run.steps = len(run.losses)
        run.examples += min(steps * self.batch_size, len(self.source))
        run.ended = DIVERGED
        what = (
            _("The weights were no longer finite after step {step} (epoch {epoch})")
            if good.all()
            else _("The loss became {value} at step {step} (epoch {epoch})")
        ).format(value=losses[-1 if good.all() else steps], step=run.steps + 1, epoch=self.epoch)
        run.message = _(
            "{what}; the model has its weights of epoch {back} again. Try a learning rate ten times smaller,"
            " or clip=1.0."
        ).format(what=what, back=run.epochs)

    # -- weights ------------------------------------------------------------------------------

    def weights(self, member: Member, best: bool) -> dict[int, np.ndarray]:
        """The weights that a member ended with, or had after its best epoch, by their places among its
        model's variables."""
        assert self.engine is not None and member.run is not None
        place = next(place for place, one in enumerate(self.members) if one is member)
        now = (self.engine.flat.numpy(), [variable.numpy() for variable in self.engine.others])
        flat, others = self._best if best else self._good if member.run.ended == DIVERGED else now
        values = self.packing.unpacked(flat[place], [value[place] for value in others])
        return dict(zip(self._orders[place], values, strict=True))

    def _record_seconds(self) -> None:
        """Writes a member's share of the time down."""
        share = {name: value / len(self.members) for name, value in self._seconds.items()}
        share["total"] = sum(share.values())
        for member in self.members:
            if member.run is not None:
                member.run.seconds = dict(share)


def _copy(into: tuple[Any, list[Any]], place: int, flat: np.ndarray, others: Sequence[np.ndarray]) -> None:
    into[0][place] = flat[place]
    for value, new in zip(into[1], others, strict=True):
        value[place] = new[place]
