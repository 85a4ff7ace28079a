"""Numbers among the settings: what is too large is refused in words, before anything is computed with it."""

from typing import Any, get_args

import pytest
from pydantic import BaseModel

from kodit.domain.errors import InvalidInput
from kodit.job_settings import JobSettings
from kodit.settings import Settings, TaskPolicy, load

DIMENSIONS = "bedrock_output_dimensions"
"""Checked against the few that the model has."""
BEYOND = [10**20, 1e300, float("inf"), float("nan")]


def numbers(model: type[BaseModel]) -> list[str]:
    fields = model.model_fields.items()
    return [name for name, field in fields if {int, float} & {field.annotation, *get_args(field.annotation)}]


@pytest.mark.parametrize("name", sorted({*numbers(JobSettings)} - {DIMENSIONS}))
def test_every_number_of_a_job_has_an_upper_bound(name: str) -> None:
    assert any(getattr(one, "le", None) for one in JobSettings.model_fields[name].metadata)


@pytest.mark.parametrize("number", BEYOND)
@pytest.mark.parametrize("name", TaskPolicy.model_fields)
def test_a_number_beyond_its_bound_is_refused_for_a_single_type_too(name: str, number: Any) -> None:
    with pytest.raises(InvalidInput, match=f"setting task_policies.SYNC.{name} must be"):
        load(task_policies={"SYNC": {name: number}})


@pytest.mark.parametrize("number", BEYOND)
@pytest.mark.parametrize("name", numbers(Settings))
def test_a_number_beyond_its_bound_is_refused(name: str, number: Any) -> None:
    with pytest.raises(InvalidInput, match=f"setting {name} must be"):
        load(**{name: number})


def test_a_bound_is_told_in_digits() -> None:
    with pytest.raises(InvalidInput, match="setting retry_attempts must be at most 1000000000, not 2147483648"):
        load(retry_attempts=2**31)
