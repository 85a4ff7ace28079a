"""Answers that several sources give alike, as copies of one repository do, each told once."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

Answer = TypeVar("Answer")


def folded(
    answers: Iterable[Answer], *, alike: Callable[[Answer], Hashable], source: Callable[[Answer], str]
) -> Sequence[tuple[Answer, str]]:
    """The first of the answers that are alike but for their source, with the sources of all: `shop, also in copy`.

    Answers of one source are never taken together.
    """
    first: dict[tuple[Hashable, int], Answer] = {}
    sources: dict[tuple[Hashable, int], list[str]] = {}
    counted: dict[tuple[Hashable, str], int] = {}
    for answer in answers:
        said, told_by = alike(answer), source(answer)
        number = counted[said, told_by] = counted.get((said, told_by), 0) + 1
        first.setdefault((said, number), answer)
        sources.setdefault((said, number), []).append(told_by)
    return [(answer, _told(sources[key])) for key, answer in first.items()]


def _told(sources: Sequence[str]) -> str:
    return sources[0] if len(sources) == 1 else f"{sources[0]}, also in {', '.join(sources[1:])}"
