"""Order is a dependency, urgency is a priority: pipelines are data."""

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from kodit.domain.errors import InvalidInput
from kodit.domain.tasks.task_type import AnyTaskType, TaskType


@dataclass(frozen=True, slots=True)
class Phase:
    """One task of a run: `offset` is added to the run's priority; `needs` must have succeeded before it starts."""

    type: AnyTaskType
    offset: int = 0
    needs: frozenset[AnyTaskType] = frozenset()


class Pipeline:
    """Phases with their needs, checked when it is built.

    Raises InvalidInput for a phase given twice, a need that is not a phase, and a circle of needs.
    """

    def __init__(self, name: str, *phases: Phase) -> None:
        self.name = name
        self.phases = phases
        types = [phase.type for phase in phases]
        if len(set(types)) != len(types):
            raise InvalidInput(f"pipeline {name}: a phase is given twice")
        for phase in phases:
            if unknown := phase.needs - set(types):
                raise InvalidInput(f"pipeline {name}: {phase.type.name} needs {sorted(t.name for t in unknown)}")
        try:
            TopologicalSorter({phase.type: phase.needs for phase in phases}).prepare()
        except CycleError as error:
            raise InvalidInput(f"pipeline {name}: the needs go in a circle") from error

    def __iter__(self) -> Iterator[Phase]:
        return iter(self.phases)


CODE = Pipeline(
    "code",
    Phase(TaskType.SYNC, offset=40),
    Phase(TaskType.EXTRACT, offset=30, needs=frozenset({TaskType.SYNC})),
    Phase(TaskType.BM25_INDEX, offset=20, needs=frozenset({TaskType.EXTRACT})),
    Phase(TaskType.CODE_EMBEDDINGS, offset=10, needs=frozenset({TaskType.EXTRACT})),
    Phase(TaskType.ENRICH, offset=0, needs=frozenset({TaskType.BM25_INDEX, TaskType.CODE_EMBEDDINGS})),
)
"""The five phases of indexing code. Keyword and vector index need only the snippets, so they may run at once."""

METADATA = Pipeline(
    "metadata",
    Phase(TaskType.SYNC, offset=40),
    Phase(TaskType.EXTRACT, offset=30, needs=frozenset({TaskType.SYNC})),
)
"""What an artifact of packages is made from that gets its vectors later."""

ARTIFACT = Pipeline("artifact", Phase(TaskType.EXPORT, offset=20))
"""What is done with an index that is there."""

PUBLISHED_ARTIFACT = Pipeline(
    "published artifact",
    Phase(TaskType.EXPORT, offset=20),
    Phase(TaskType.PUBLISH, offset=10, needs=frozenset({TaskType.EXPORT})),
)
"""The same, and what is written is published."""

PUBLICATION = Pipeline("publication", Phase(TaskType.PUBLISH, offset=10))
"""What is done with files that are there."""
