"""Leaving out what says the same as something better."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from kodit.domain.search.candidate import Candidate

ALIKE = 0.9
"""Jaccard similarity of shingles (Broder, 1997) from which two snippets are the same to a reader: a changed word in a
long function still folds, another branch does not."""

SHINGLE = 3
"""Tokens in a row that are compared as one."""

OVERLAP = 0.5
"""Share of the shorter of two line ranges of one file from which they are one place."""


class _Text:
    """A candidate's content, taken apart as far as it is needed."""

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate

    @cached_property
    def squeezed(self) -> str:
        return "".join(self.candidate.content.split())

    @cached_property
    def lines(self) -> frozenset[str]:
        return frozenset(map(str.strip, self.candidate.content.splitlines())) - {""}

    @cached_property
    def shingles(self) -> frozenset[tuple[str, ...]]:
        words = self.candidate.content.split()
        starts = range(max(1, len(words) - SHINGLE + 1))
        return frozenset(tuple(words[start : start + SHINGLE]) for start in starts)


def fold(candidates: Iterable[Candidate]) -> Iterator[tuple[Candidate, Candidate | None]]:
    """Each candidate, best first, with the better one that says the same already, if there is one."""
    kept: list[_Text] = []
    contents: dict[str, Candidate] = {}
    by_file: dict[tuple[int, str], list[Candidate]] = {}
    for candidate in candidates:
        text = _Text(candidate)
        same = (
            contents.get(text.squeezed)
            or _overlapping(candidate, by_file.get(candidate.file, ()))
            or _of_one_definition(candidate, by_file.get(candidate.file, ()))
            or next((other.candidate for other in kept if _alike(text, other)), None)
        )
        yield candidate, same
        if same is None:
            kept.append(text)
            contents[text.squeezed] = candidate
            by_file.setdefault(candidate.file, []).append(candidate)


def _overlapping(candidate: Candidate, others: Iterable[Candidate]) -> Candidate | None:
    return next((other for other in others if overlap(candidate, other) >= OVERLAP), None)


def _of_one_definition(candidate: Candidate, others: Iterable[Candidate]) -> Candidate | None:
    """A long definition is stored in pieces under one name: one of them is answer enough."""
    named = (candidate.symbol, candidate.kind)
    return next((other for other in others if candidate.symbol and (other.symbol, other.kind) == named), None)


def overlap(one: Candidate, other: Candidate) -> float:
    """The share of the shorter line range that both have; their file must be the same."""
    shared = min(one.end_line, other.end_line) - max(one.start_line, other.start_line) + 1
    shorter = min(one.end_line - one.start_line, other.end_line - other.start_line) + 1
    return max(0, shared) / max(1, shorter)


def _alike(one: _Text, other: _Text) -> bool:
    # Texts that share few whole lines, or differ much in length, cannot share nine tenths of their shingles; the
    # cheap question comes first.
    short, long = sorted((len(one.squeezed), len(other.squeezed)))
    if short < ALIKE * ALIKE * long or len(one.lines & other.lines) * 2 < min(len(one.lines), len(other.lines)):
        return False
    return similarity(one.shingles, other.shingles) >= ALIKE


def similarity(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    """Jaccard's: what both have over what either has."""
    return len(one & other) / len(one | other) if one or other else 1.0
