"""What may come onto the queue from a program that no type checker has looked at.

Whatever is let through, every database has room for.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from enum import IntEnum
from typing import Any

from kodit.domain.errors import InvalidInput
from kodit.domain.tasks.numbers import FARTHEST_COUNT, is_whole, told
from kodit.domain.tasks.pipeline import Pipeline
from kodit.domain.tasks.policy import RetryPolicy
from kodit.domain.tasks.task_type import FREE_FROM, HIGHEST

KEY = 100
"""Characters that a key may have."""
NAME = 32
"""Characters that the names of a pipeline and of a type may have."""
FARTHEST = 1_000_000_000
"""How far from 0 a number may be: with as much again, which phases add to a priority, it still has 32 bits."""
FARTHEST_OFFSET = FARTHEST // 2
"""How far from 0 the offset of a phase may be: counted from the other end, it is up to twice as much."""


def checked_policies(policies: Mapping[IntEnum, RetryPolicy], default: RetryPolicy) -> None:
    """Raises InvalidInput for a type whose number is not free, and for a policy that nothing can be tried by."""
    for kind in policies:
        checked_type(kind)
    for policy in (default, *policies.values()):
        _check_policy(policy)


def checked_type(kind: IntEnum) -> IntEnum:
    """A type of the program's own. Raises InvalidInput for any other, and for a name that is too long."""
    if not isinstance(kind, IntEnum) or not FREE_FROM <= kind <= HIGHEST:
        raise InvalidInput(
            f"{told(kind)} is no type of a program's own",
            remedy=f"an IntEnum with numbers from {FREE_FROM:,} to {HIGHEST:,}",
        )
    if len(kind.name) > NAME:
        raise InvalidInput(f"the name {kind.name} is too long: {NAME} characters at most")
    return kind


def checked_key(pipeline: Pipeline, dedup_key: str) -> str:
    """The key of a run as it is stored: each pipeline has keys of its own, and no key is one of kodit's.

    Raises InvalidInput for a pipeline or a key that cannot be stored.
    """
    if not pipeline.phases:
        raise InvalidInput(f"pipeline {pipeline.name} has no phases")
    for phase in pipeline:
        if not isinstance(phase.type, IntEnum):
            raise InvalidInput(f"pipeline {pipeline.name}: {told(phase.type)} is no member of an IntEnum")
        checked_type(phase.type)
        checked_number("an offset", phase.offset, least=-FARTHEST_OFFSET, most=FARTHEST_OFFSET)
    if not 0 < len(pipeline.name) <= NAME or not pipeline.name.replace("-", "").isalnum():
        raise InvalidInput(f"{pipeline.name!r} is no name for a pipeline: letters, digits and -, {NAME} at most")
    if not isinstance(dedup_key, str) or not dedup_key.isprintable():
        raise InvalidInput(f"a key is text without control characters, not {told(dedup_key)}")
    if not 0 < len(dedup_key) <= KEY:
        raise InvalidInput(f"a key has 1 to {KEY} characters, not {len(dedup_key)}")
    return f"{pipeline.name}/{dedup_key}"


def checked_priority(priority: int) -> int:
    """Raises InvalidInput for what is no whole number, or one too far from 0."""
    return checked_number("a priority", priority, least=-FARTHEST)


def checked_number(what: str, number: int, *, least: int, most: int = FARTHEST) -> int:
    """Raises InvalidInput for what is no whole number, or one beyond these bounds."""
    if not is_whole(number) or not least <= number <= most:
        raise InvalidInput(f"{what} is a whole number from {least:,} to {most:,}, not {told(number)}")
    return number


def checked_count(number: int) -> int:
    """What a step has counted so far, or has to. Raises InvalidInput for what no database can keep."""
    if not is_whole(number) or abs(number) > FARTHEST_COUNT:
        up_to = f"up to {FARTHEST_COUNT:,}, not {told(number)}"
        raise InvalidInput(f"a step counts in whole numbers {up_to}", remedy="count something bigger")
    return number


def checked_payload(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises InvalidInput for what is no dictionary, not JSON, or not in every database."""
    if not isinstance(payload, Mapping) or not all(isinstance(name, str) for name in payload):
        raise InvalidInput("a payload must be JSON: a dictionary by names", remedy='for instance {"photo": 7}')
    try:
        written = json.dumps(payload, allow_nan=False, ensure_ascii=False)
        written.encode()
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"a payload must be JSON: {error}") from None
    if "\\u0000" in written:
        raise InvalidInput("a payload must be JSON without the character NUL")
    return payload


def _check_policy(policy: RetryPolicy) -> None:
    spans = (policy.base, policy.longest, timedelta() if policy.time_limit is None else policy.time_limit)
    if not all(isinstance(span, timedelta) and span >= timedelta() for span in spans):
        raise InvalidInput("the spans of a policy are timedeltas that are not negative")
    if policy.time_limit == timedelta():
        raise InvalidInput("a time limit of nothing lets no attempt succeed", remedy="None for no limit")
    checked_number("the number of attempts", policy.attempts, least=1)
    if not 0 <= policy.jitter <= 1:
        raise InvalidInput("a policy has a jitter from 0 to 1")
