"""Where a ladder is kept: one JSON file and one folder of models for each corpus, Python and context."""

from __future__ import annotations

import hashlib
import json
import pathlib
import platform
import re
import tempfile
from collections.abc import Mapping
from typing import Any

from bigmodel_nb.training.ladder.rungs import RUNGS, Rung
from bigmodel_nb.writing import write_atomically

FORMAT = 1


class Shelf:
    """The files of one ladder: `<folder>/<key>.json`, and `<folder>/<key>/<rung>.keras`."""

    def __init__(self, folder: pathlib.Path, facts: Mapping[str, Any]):
        self.folder, self.facts = folder, dict(facts)
        self.key = key_of(self.facts)

    @property
    def file(self) -> pathlib.Path:
        return self.folder / f"{self.key}.json"

    def read(self) -> dict[str, Rung]:
        """The rungs that are on disk; none where there is no file, or none that belongs here. A file that is
        broken is no reason to fail: the rungs can be climbed again."""
        try:
            content = json.loads(self.file.read_text(encoding="utf-8"))
            if content["format"] != FORMAT or content["facts"] != self.facts:
                return {}
            rungs = [Rung.from_dict(record) for record in content["rungs"]]
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        return in_order({rung.name: rung for rung in rungs if rung is not None})

    def write(self, rung: Rung) -> dict[str, Rung]:
        """Adds a rung to what is on disk by now, which another kernel may have changed; returns all."""
        every = in_order({**self.read(), rung.name: rung})
        self.folder.mkdir(parents=True, exist_ok=True)
        content = {
            "format": FORMAT,
            "facts": self.facts,
            "rungs": [one.to_dict() for one in every.values()],
        }
        write_atomically(self.file, json.dumps(content, indent=1).encode())
        return every

    def place_of(self, rung: str) -> pathlib.Path:
        """The file of a rung's model."""
        name = _slug(rung)
        if rung not in RUNGS:  # different names may come down to the same letters
            name += "-" + hashlib.sha256(rung.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        return self.folder / self.key / f"{name}.keras"

    def write_model(self, rung: str, model: Any) -> None:
        place = self.place_of(rung)
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as folder:
            made = pathlib.Path(folder) / place.name
            model.save(made, include_optimizer=False)
            write_atomically(place, made.read_bytes())

    def read_model(self, rung: str) -> Any:
        """The model of a rung, uncompiled; None where there is none that can be read."""
        place = self.place_of(rung)
        if not place.exists():
            return None
        import keras

        import bigmodel_nb.models.transformer  # noqa: F401  registers what a file may hold

        try:
            return keras.saving.load_model(place, compile=False)
        except Exception:  # whatever a broken file, or a layer of the reader's own, makes Keras raise
            return None


def facts_of(text: Any, tokenizer: Any, context_length: int) -> dict[str, Any]:
    """What two ladders must share to stand in one table."""
    corpus = hashlib.sha256()
    for part in (text.train, "\0", text.validation, "\0", *tokenizer.vocabulary):
        corpus.update(part.encode("utf-8", "surrogatepass"))
    return {
        "name": text.name,
        "corpus": corpus.hexdigest(),
        "python": ".".join(platform.python_version_tuple()[:2]),
        "tokens": tokenizer.kind,
        "context_length": context_length,
    }


def key_of(facts: Mapping[str, Any]) -> str:
    """A name for a file: readable, and different where anything differs."""
    mixed = hashlib.sha256(json.dumps(dict(facts), sort_keys=True).encode()).hexdigest()[:12]
    return f"{_slug(facts['name'])[:40]}-{mixed}"


def in_order(rungs: Mapping[str, Rung]) -> dict[str, Rung]:
    """From the lowest rung up; the reader's own at the end."""
    known = {name: rungs[name] for name in RUNGS if name in rungs}
    return known | {name: rung for name, rung in rungs.items() if name not in known}


def _slug(text: str) -> str:
    return re.sub(r"[^\w.-]+", "-", text, flags=re.ASCII).strip("-.").lower() or "ladder"
