"""One thing that the doctor looked at, and what it found."""

from __future__ import annotations

from dataclasses import dataclass

OK, LIMIT, WRONG = "ok", "limit", "wrong"


@dataclass(frozen=True)
class Finding:
    """`level`: OK; LIMIT, where the course runs but something is amiss; WRONG, where it will not run.
    `said` is a sentence for the reader, `mend` a command or an instruction, `short` a few words for
    the line that goes to an instructor: they name no folder, since folders name people."""

    level: str
    topic: str
    said: str
    short: str
    mend: str | None = None


def ok(topic: str, said: str, short: str) -> Finding:
    return Finding(OK, topic, said, short)


def limit(topic: str, said: str, short: str, mend: str | None = None) -> Finding:
    return Finding(LIMIT, topic, said, short, mend)


def wrong(topic: str, said: str, short: str, mend: str | None = None) -> Finding:
    return Finding(WRONG, topic, said, short, mend)
