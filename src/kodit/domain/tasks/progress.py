"""What a task reports about its way: steps with a state and a count."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol, Self

STEP_NAME = 32
"""Characters that the name of a step may have."""


class StepState(StrEnum):
    """Where a step stands."""

    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    STOPPED = "stopped"
    """Not brought to its end: it was cancelled, or its task ran no more."""


class TaskOperation(StrEnum):
    """The steps of indexing, in the words a user sees."""

    REFRESH_WORKING_COPY = "refresh working copy"
    RESOLVE_RELEASE = "resolve release"
    SCAN_FILES = "scan files"
    READ_HISTORY = "read history"
    DELETE_OLD_SNIPPETS = "delete old snippets"
    FIND_PACKAGES = "find packages"
    EXTRACT_SNIPPETS = "extract snippets"
    READ_PACKAGES = "read packages"
    LINK_REFERENCES = "link references"
    CREATE_BM25_INDEX = "create BM25 index"
    CREATE_CODE_EMBEDDINGS = "create code embeddings"
    ENRICH_SNIPPETS = "enrich snippets"
    CREATE_TEXT_EMBEDDINGS = "create text embeddings"
    UPDATE_INDEX_TIMESTAMP = "update index timestamp"
    CLEAR_FILE_PROCESSING_STATUSES = "clear file processing statuses"
    WRITE_TABLES = "write tables"
    COPY_TABLES = "copy tables"
    EMBED_TEXTS = "embed texts"
    MINIFY_TABLES = "minify tables"
    INDEX_WORDS = "index words"
    INDEX_VECTORS = "index vectors"
    VERIFY_ARTIFACT = "verify artifact"
    STORE_FILES = "store files"
    PUBLISH_LAYER = "publish layer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of one task. `step` is a TaskOperation, or in the words of the program whose task it is.

    `total` is None while nobody knows it. `message` says why it was skipped, what failed or what is remarkable.
    """

    task_id: int
    step: str
    position: int
    state: StepState
    current: int
    total: int | None
    message: str | None
    started_at: datetime
    updated_at: datetime

    def stopped(self) -> Self:
        """The step when nobody is at it any more: one that came to its end stays as it is."""
        return replace(self, state=StepState.STOPPED) if self.state is StepState.RUNNING else self


class ProgressRepository(Protocol):
    """Where steps are kept. Held to tests/contracts/test_progress_repository.py."""

    async def put(self, step: Step) -> None:
        """Store a step, in the place of what was known of it."""
        ...

    async def of_run(self, run_id: int) -> list[Step]:
        """The steps of a run's tasks, in the order in which they began.

        None runs on when its task does not: who was killed could not store how the step ended.
        """
        ...
