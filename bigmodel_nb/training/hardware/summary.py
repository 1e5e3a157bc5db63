"""The report: everything that was found out and chosen, as text, as a table and in one line."""

from __future__ import annotations

import dataclasses
import textwrap
from dataclasses import dataclass
from html import escape
from typing import Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.hardware import backends, cards, settings, xla
from bigmodel_nb.training.hardware.precision import Device, Precision, choose_precision
from bigmodel_nb.training.hardware.processor import GB, Memory, Processor, find_memory, find_processor
from bigmodel_nb.training.hardware.unused import Unused, unused


@dataclass(frozen=True)
class Report:
    """What the machine has and what will be used. `unknown` are sentences on what could not be found out.

    `rows` are pairs (topic, sentence); `line` is the whole in one line; `to_dict()` is for JSON.
    """

    processor: Processor
    memory: Memory
    backend: backends.Backend
    unused: tuple[Unused, ...]
    growth: settings.Growth
    xla: xla.Xla
    precision: Precision
    threads: settings.Threads
    unknown: tuple[str, ...] = ()

    @property
    def devices(self) -> tuple[Device, ...]:
        """The accelerators that will be used; empty where the processor computes."""
        return self.backend.devices

    @property
    def gpus(self) -> tuple[Device, ...]:
        """The GPUs that will be used."""
        return tuple(device for device in self.devices if device.kind == "GPU")

    @property
    def line(self) -> str:
        """For the first cell of a chapter: "2 cores, 25 GB; no GPU; TensorFlow 2.21.0 with XLA; float32"."""
        from bigmodel_nb.language import ngettext

        cores = self.processor.usable
        said = [ngettext("{count} core", "{count} cores", cores).format(count=cores)]
        total = self.memory.limit or self.memory.total
        said[0] += ", " + (_("memory unknown") if total is None else f"{total / GB:.0f} GB")
        said.append(", ".join(device.name for device in self.devices) or self._no_gpu())
        compiled = {True: _(" with XLA"), False: _(" without XLA"), None: ""}[self.xla.works]
        said.append(f"{self.backend.title} {self.backend.version}".strip() + compiled)
        said.append(self.precision.compute)
        return "; ".join(said)

    def _no_gpu(self) -> str:
        if self.unused:
            return _("no GPU in use (hardware.report() says why)")
        return _("no GPU")

    @property
    def rows(self) -> list[tuple[str, str]]:
        rows = [
            (_("Processor"), str(self.processor)),
            (_("Memory"), str(self.memory)),
            (_("Back end"), self._about_backend()),
        ]
        rows += [(device.kind, str(device)) for device in self.devices]
        if not self.devices and not self.unused:
            rows.append(("GPU", _("none found; the processor computes")))
        rows += [("GPU", str(card)) for card in self.unused]
        if self.growth.on is not None:
            rows.append((_("GPU memory"), self.growth.said))
        rows += [
            ("XLA", self.xla.said),
            (_("Precision"), str(self.precision)),
            (_("Threads"), self.threads.said),
        ]
        return rows + [(_("Not found out"), sentence) for sentence in self.unknown]

    def _about_backend(self) -> str:
        backend = self.backend
        said = f"{backend.title} {backend.version}".strip()
        if backend.built:
            said += ", " + backend.built
        if backend.cpu_devices > 1:
            said += ", " + _("the processor divided into {count} logical devices").format(
                count=backend.cpu_devices
            )
        return said

    def to_dict(self) -> dict[str, Any]:
        """Numbers, texts, lists and dicts only; what is recorded with a run."""
        backend = {
            entry.name: getattr(self.backend, entry.name)
            for entry in dataclasses.fields(self.backend)
            if entry.name not in ("module", "devices")
        }
        return {
            "processor": {**dataclasses.asdict(self.processor), "usable": self.processor.usable},
            "memory": dataclasses.asdict(self.memory),
            "backend": _plain(backend),
            "devices": [_plain(dataclasses.asdict(device)) for device in self.devices],
            "unused": [dataclasses.asdict(card) for card in self.unused],
            "memory_growth": self.growth.on,
            "xla": self.xla.works,
            "precision": _plain(dataclasses.asdict(self.precision)),
            "threads": {"intra": self.threads.intra, "inter": self.threads.inter},
            "unknown": list(self.unknown),
        }

    def __repr__(self) -> str:
        wide = max(len(topic) for topic, _said in self.rows) + 2
        return "\n".join(
            textwrap.fill(
                said,
                100,
                initial_indent=f"{topic:{wide}}",
                subsequent_indent=" " * wide,
                break_long_words=False,
                break_on_hyphens=False,
            )
            for topic, said in self.rows
        )

    def _repr_html_(self) -> str:
        style = 'style="text-align:left;vertical-align:top;padding:.2em 1em .2em 0"'
        body = "".join(
            f'<tr><th scope="row" {style}>{escape(topic)}</th><td {style}>{escape(said)}</td></tr>'
            for topic, said in self.rows
        )
        return f'<table style="border:0"><tbody>{body}</tbody></table>'


def report(*, try_xla: bool = True) -> Report:
    """Looks at this machine and says what will be used and why.

    Switches memory growth on for GPUs and, in a container with a quota, sets TensorFlow's threads; both must
    come before the first operation. The trial of XLA is one (`try_xla=False` leaves it out); it is made
    once in a process, everything else is looked at anew. Takes some seconds where Keras is not yet loaded.
    """
    evidence = cards.find_cards()
    backend = backends.look(evidence.cards)
    return assemble(find_processor(), find_memory(), evidence, backend, try_xla=try_xla)


def assemble(
    processor: Processor,
    memory: Memory,
    evidence: cards.Evidence,
    backend: backends.Backend,
    *,
    try_xla: bool = True,
) -> Report:
    """The report on what was found: sets what must be set, in this order, and chooses."""
    growth = settings.grow_memory(backend)
    threads = settings.choose_threads(backend, processor)
    if try_xla:
        trial = xla.try_xla(backend.name, any(device.kind == "GPU" for device in backend.devices))
    else:
        trial = xla.Xla(None, _("XLA was not tried."))
    return Report(
        processor,
        memory,
        backend,
        unused(evidence, backend),
        growth,
        trial,
        choose_precision(*backend.devices),
        threads,
        (*evidence.unknown, *backend.unknown),
    )


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """Tuples as lists, since JSON has no tuples and a record read back should equal itself."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in record.items()}
