"""Embedding many texts in jobs that somebody else carries out."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from kodit.domain.search.ports import Vector, VectorKind


class JobState(StrEnum):
    """Where a job stands."""

    PLANNED = "planned"
    """Nobody knows yet whether the service has it."""
    RUNNING = "running"
    """The service has it, and has not ended it."""
    ENDED = "ended"
    """The service has ended it, with results for all or for some of the texts."""
    COLLECTED = "collected"
    """Its results are stored."""
    FAILED = "failed"
    """The service could do nothing."""
    STOPPED = "stopped"
    """Somebody ended it early."""
    EXPIRED = "expired"
    """The service gave it up because of its age."""


OPEN = frozenset({JobState.PLANNED, JobState.RUNNING})
"""States that a job leaves by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTerms:
    """What a service asks of a job, and what is asked of the service.

    A job has from `least` to `most` texts, and `characters` in all of them. It is looked at every `interval`, and may
    take `patience` from when it was started; `remedy` is what helps where that is too little.
    """

    service: str
    least: int
    most: int
    characters: int
    interval: timedelta
    patience: timedelta
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """Where a service finds a job's texts, and where it shall leave the vectors."""

    reads_from: str
    writes_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLook:
    """What a service says of a job. `said` is its own word for the state, `message` what else it has to tell."""

    state: JobState
    said: str
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """What came of one text: its vector, or None and why there is none. `key` is empty where nobody knows the text."""

    key: str
    vector: Vector | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingJob:
    """One job, for one kind of vectors of one index: all that another worker needs to go on with it.

    `token` is made from what it embeds, so that the same texts never make two jobs; `round` counts the times that
    texts of this index and kind were sent off. `name` is what the service calls the job, None until that is known.
    Of its `records`, `embedded` got a vector, and the service refused those whose keys are `refused`. `task_id` is the
    task that planned it.
    """

    index_id: int
    task_id: int
    kind: VectorKind
    model: str
    dimension: int
    token: str
    round: int
    records: int
    created_at: datetime
    state: JobState = JobState.PLANNED
    embedded: int = 0
    refused: tuple[str, ...] = ()
    name: str | None = None
    message: str | None = None
    reads_from: str | None = None
    writes_to: str | None = None
    started_at: datetime | None = None
    looked_at: datetime | None = None
    id: int = 0

    def laid(self, where: Laid) -> Self:
        """The job with its texts where the service finds them."""
        return replace(self, reads_from=where.reads_from, writes_to=where.writes_to)

    def started(self, name: str, *, now: datetime) -> Self:
        """The job in the hands of the service."""
        return replace(self, state=JobState.RUNNING, name=name, started_at=now, looked_at=now)

    def seen(self, look: JobLook, *, now: datetime) -> Self:
        """The job after a look at it."""
        return replace(self, state=look.state, message=look.message, looked_at=now)

    def collected(self, embedded: int, refused: Mapping[str, str]) -> Self:
        """The job with so many of its vectors stored; those of the `refused` keys will never be, for these reasons."""
        state = JobState.COLLECTED if self.state is JobState.ENDED else self.state
        message = next(iter(refused.values()), self.message)
        known = tuple(key for key in refused if key)
        return replace(self, state=state, embedded=embedded, refused=known, message=message)

    def overdue(self, terms: BatchTerms) -> Self:
        """The job after it was stopped because it took too long."""
        return replace(self, state=JobState.STOPPED, message=f"it had not ended after {terms.patience}")

    def is_overdue(self, terms: BatchTerms, *, now: datetime) -> bool:
        """Whether it has taken longer than it may."""
        return now - (self.started_at or self.created_at) > terms.patience


def token_of(model: str, dimension: int, number: int, keys: Iterable[str]) -> str:
    """What identifies a job: SHA-256 of its model, its round and the keys of its texts, in order."""
    digest = hashlib.sha256(f"{model}\n{dimension}\n{number}\n".encode())
    for key in keys:
        digest.update(f"{key}\n".encode())
    return digest.hexdigest()


class Bundling:
    """Gathers texts by their keys until they fill a job."""

    def __init__(self, terms: BatchTerms) -> None:
        self._terms = terms
        self._texts: dict[str, str] = {}
        self._characters = 0

    def add(self, key: str, text: str) -> Mapping[str, str] | None:
        """Take a text; gives what was gathered before it when that leaves no room for it."""
        full = len(self._texts) >= self._terms.most or self._characters + len(text) > self._terms.characters
        given = self.rest() if full and self._texts else None
        self._texts[key] = text
        self._characters += len(text)
        return given

    def rest(self) -> Mapping[str, str]:
        """What is gathered and not given yet."""
        gathered, self._texts, self._characters = self._texts, {}, 0
        return gathered
