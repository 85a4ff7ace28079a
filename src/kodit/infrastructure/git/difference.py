"""What differs between two commits: as much work as there are differences, however many files there are."""

from collections.abc import Iterator
from dataclasses import dataclass

from kodit.domain.sources.changes import TreeChanges
from kodit.infrastructure.git.mirror import Mirror
from kodit.infrastructure.git.tree import SUBMODULE, Tree, decides_about_others, is_regular, path_in, path_of

MOST = 2_000
"""Differences that are looked at one by one. Beyond it a listing of all files takes hardly longer, even of many."""
RENAME_LIMIT = 1_000
"""Of so many new and gone files git compares each with each, to find those renamed and edited at once."""
SUBMODULE_LIST = b".gitmodules"


@dataclass(frozen=True, slots=True)
class _Difference:
    """One record of `git diff-tree`: the modes before and after, and the names before and after, equal mostly."""

    modes: tuple[bytes, bytes]
    old_name: bytes
    name: bytes


async def changes_between(mirror: Mirror, old: str, new: str) -> TreeChanges | None:
    """What differs in commit `new` from commit `old`.

    None when only listing all files can tell: the mirror lacks `old`, a file that rules over others differs, a
    submodule does, or there is too much.
    """
    if old == new:
        return TreeChanges()
    if await mirror.resolved(old) is None:
        return None
    flags = ("-r", "-z", "--raw", "--no-abbrev", "-M", f"-l{RENAME_LIMIT}")
    said = await mirror.git.local("diff-tree", *flags, "--end-of-options", old, new, mirror=mirror.path)
    differences = list(_differences(said))
    if len(differences) > MOST or any(_needs_listing(difference) for difference in differences):
        return None
    present = {
        path: difference
        for difference in differences
        if is_regular(difference.modes[1]) and (path := path_of(difference.name)) is not None
    }
    entries = await Tree(mirror, new).at(present)
    listed = {entry.path for entry in entries}
    before = {path for difference in differences if (path := path_in(difference.old_name)) is not None}
    after = {path for difference in differences if (path := path_in(difference.name)) is not None}
    return TreeChanges(
        entries=tuple(entries),
        gone=tuple(sorted((before | after) - listed)),
        renamed={
            path: old_path
            for path, difference in present.items()
            if path in listed and difference.name != difference.old_name
            if (old_path := path_in(difference.old_name)) is not None
        },
    )


def _needs_listing(difference: _Difference) -> bool:
    names = (difference.old_name, difference.name)
    if SUBMODULE in difference.modes or SUBMODULE_LIST in names:
        return True
    return any(decides_about_others(name.decode("utf-8", "surrogateescape")) for name in names)


def _differences(said: bytes) -> Iterator[_Difference]:
    """Reads `:<mode> <mode> <id> <id> <letter><score>`, a zero byte, one name or two, each with a zero byte."""
    fields = iter(said.split(b"\0"))
    for facts in fields:
        if not facts:
            return
        old_mode, new_mode, _, _, letter = facts.removeprefix(b":").split(b" ")
        old_name = next(fields)
        name = next(fields) if letter[:1] in (b"R", b"C") else old_name
        yield _Difference((old_mode, new_mode), old_name, name)
