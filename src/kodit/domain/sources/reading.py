"""From what a user types to a source: where it is, and what of it is read."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from kodit.domain.errors import InvalidInput
from kodit.domain.sources.location import LocationForm, PathFacts, default_name, kind_of, parsed_location, path_of
from kodit.domain.sources.selection import checked_selection, selected, short_name, split_location, with_selection
from kodit.domain.sources.source import SourceKind
from kodit.domain.sources.web_address import repository_of

LookAtPath = Callable[[str], PathFacts | None]
DEEPEST = 2**31 - 1
"""The most commits of history that git can be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What of a git repository is read: at most one of `branch`, `tag` and `commit`; none means its HEAD.

    `depth` is how many commits of history kodit's mirror may do with, 0 for all of it; `submodules` says whether the
    files of submodules belong to the source. None means: as before, and for a new source as is usual.
    """

    branch: str | None = None
    tag: str | None = None
    commit: str | None = None
    depth: int | None = None
    submodules: bool | None = None


HEAD = Reading()


def placed(typed: str, reading: Reading, look_at_path: LookAtPath) -> tuple[SourceKind, str]:
    """The kind and the location of the source that a user means.

    Besides what `parsed_location` reads, it may be the page of a branch, a tag or a commit at a forge, and `#NAME` may
    stand behind it. A working tree of which a branch, a tag or a commit is wanted is mirrored like any repository.
    Raises NotFound, InvalidInput, and what `look_at_path` raises.
    """
    text, shown = repository_of(typed)
    address, written = _taken_apart(text, look_at_path)
    if reading.depth is not None and not 0 <= reading.depth <= DEEPEST:
        raise InvalidInput(f"a mirror has from 0 to {DEEPEST:,} commits of history", remedy="0 for all of it")
    asked = selected(branch=reading.branch, tag=reading.tag, commit=reading.commit)
    named = [checked_selection(one) for one in (asked, shown, written) if one is not None]
    if len(set(named)) > 1:
        raise InvalidInput("a source is read at one branch, tag or commit", remedy="name one of them")
    parsed = parsed_location(address)
    path = path_of(parsed)
    facts = None if path is None else look_at_path(path)
    kind, exact = kind_of(parsed, facts)
    if kind is SourceKind.DIRECTORY and named and facts is not None and facts.is_repository:
        kind = SourceKind.GIT
    elif kind is SourceKind.DIRECTORY and (named or reading.depth is not None or reading.submodules):
        remedy = "leave out --branch, --tag, --commit, --depth and --submodules, or give a repository's URL"
        raise InvalidInput(f"{exact} is a directory: it is read as it lies there", remedy=remedy)
    if kind is SourceKind.GIT and parsed.form is LocationForm.PATH and "#" in exact:
        exact = f"file://{quote(exact)}"
    return kind, with_selection(exact, named[0] if named else None)


def usual_name(location: str, kind: SourceKind) -> str:
    """A short name for a location: that of the repository, with what is selected behind an `@`."""
    if kind is SourceKind.DIRECTORY:
        return default_name(location)
    address, selection = split_location(location)
    return default_name(address) + (f"@{short_name(selection)}" if selection else "")


def has_credentials(typed: str) -> bool:
    """True when credentials stand in what was typed; they are not kept. Raises as `parsed_location` does."""
    return parsed_location(split_location(repository_of(typed)[0])[0]).had_credentials


def _taken_apart(text: str, look_at_path: LookAtPath) -> tuple[str, str | None]:
    """The location and what stands behind its `#`, which may as well belong to the path of something that is there."""
    address, selection = split_location(text)
    if selection is None or "://" in text or ":" in text.split("/", 1)[0]:
        return address, selection
    return (text, None) if look_at_path(text) is not None else (address, selection)
