"""Every number that a command takes has an upper bound, or is looked up."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from kodit.interfaces.cli.app import app

LOOKED_UP = {
    ("kodit queue show", "task_id"),
    ("kodit queue cancel", "run_ids"),
    ("kodit queue retry", "tasks"),
    ("kodit queue discard", "tasks"),
}
"""Ids: one that nothing has is not found, however large."""
ELSEWHERE = {
    (f"kodit artifact {command}", name)
    for command in ("build", "minify")
    for name in ("m", "ef_construction", "ef_search")
}
"""The terms of an index of vectors, which they bound themselves."""


def numbers(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    for parameter in command.params:
        kind = parameter.type_descriptor.annotation
        if kind in (int, float, list[int], list[float]):
            yield path, parameter
    for name, below in getattr(command, "commands", {}).items():
        yield from numbers(below, f"{path} {name}")


ALL = list(numbers(typer.main.get_command(app), "kodit"))


def test_what_is_unbounded_is_known() -> None:
    unbounded = {(path, parameter.name) for path, parameter in ALL if parameter.max is None}
    assert unbounded == LOOKED_UP | ELSEWHERE


@pytest.mark.parametrize(
    ("path", "parameter"), [pytest.param(path, one, id=f"{path} {one.name}") for path, one in ALL if one.max]
)
def test_a_bound_is_one_that_every_database_has(path: str, parameter: Any) -> None:
    assert parameter.max < 2**31 or (path, parameter.name) == ("kodit audit", "before")
