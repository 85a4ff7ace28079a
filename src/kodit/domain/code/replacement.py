"""Which snippets of a changed file to keep, to add and to remove."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kodit.domain.code.snippet import Snippet, StoredSnippet


@dataclass(frozen=True, slots=True, kw_only=True)
class SnippetChanges:
    """What a file's new content means for its stored snippets."""

    file_id: int
    add: tuple[Snippet, ...] = ()
    move: tuple[StoredSnippet, ...] = ()
    """Kept snippets whose lines are others now, with the new lines."""
    remove: tuple[int, ...] = ()
    kept: int = 0


def replacement(file_id: int, stored: Sequence[StoredSnippet], fresh: Iterable[Snippet]) -> SnippetChanges:
    """Keep what is the same but for its place, so that only what really changed is indexed and embedded again."""
    reusable: defaultdict[Snippet, list[StoredSnippet]] = defaultdict(list)
    for old in reversed(stored):
        reusable[_placeless(old.snippet)].append(old)
    add: list[Snippet] = []
    move: list[StoredSnippet] = []
    kept = 0
    for snippet in fresh:
        if not (same := reusable[_placeless(snippet)]):
            add.append(snippet)
            continue
        old = same.pop()
        kept += 1
        if old.snippet != snippet:
            move.append(replace(old, snippet=snippet))
    gone = sorted(old.id for rest in reusable.values() for old in rest)
    return SnippetChanges(file_id=file_id, add=tuple(add), move=tuple(move), remove=tuple(gone), kept=kept)


def _placeless(snippet: Snippet) -> Snippet:
    return replace(snippet, start_line=0, end_line=0)
