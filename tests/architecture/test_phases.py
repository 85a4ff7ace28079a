"""Every task type has a handler, in a file of its own, and a place in a pipeline."""

from inspect import getmodule

from kodit.application.handlers import HANDLERS
from kodit.domain.tasks.pipeline import ARTIFACT, CODE, PUBLICATION, PUBLISHED_ARTIFACT
from kodit.domain.tasks.task_type import TaskType

PIPELINES = (CODE, ARTIFACT, PUBLISHED_ARTIFACT, PUBLICATION)


def test_every_task_type_has_a_handler() -> None:
    assert HANDLERS.keys() == set(TaskType)


def test_every_handler_has_a_file_of_its_own() -> None:
    homes = [getmodule(handler) for handler in HANDLERS.values()]
    assert len(set(homes)) == len(homes)


def test_every_task_type_has_a_place_in_a_pipeline() -> None:
    assert {phase.type for pipeline in PIPELINES for phase in pipeline} == set(TaskType)


def test_the_numbers_in_the_database_keep_their_meaning() -> None:
    assert {task_type.name: task_type.value for task_type in TaskType} == {
        "SYNC": 1,
        "EXTRACT": 2,
        "BM25_INDEX": 3,
        "CODE_EMBEDDINGS": 4,
        "ENRICH": 5,
        "EXPORT": 6,
        "PUBLISH": 7,
    }
