"""The one place that knows how many values a statement may carry."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

IN_LIST = 900
"""Values in one IN list: SQLite before 3.32 binds at most 999."""


def batches(values: Iterable[T], size: int = IN_LIST) -> Iterator[list[T]]:
    """Lists of at most `size` values, in order."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch
