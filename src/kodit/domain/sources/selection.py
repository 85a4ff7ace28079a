"""What of a git repository is read: its HEAD, or a branch, a tag or a commit that a user named.

A selection stands behind the location, after a `#`: so two branches of one repository are two sources, and what a
source's location says is what can be typed to index it again. It is written as git writes it: `refs/heads/NAME` for a
branch, `refs/tags/NAME` for a tag, a commit's id, or a bare name, which is a branch's, else a tag's, else a commit's.
"""

import re
from collections.abc import Sequence

from kodit.domain.errors import InvalidInput

BRANCHES = "refs/heads/"
TAGS = "refs/tags/"

SHORTEST_COMMIT = 7
"""Digits that a commit's id must have, as git itself shortens them at most."""

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_FULL_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# See `git help check-ref-format`.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|^[./-]|[./]$|^@$")
_REMEDY = "see which there are: git ls-remote REPOSITORY"


def selected(*, branch: str | None = None, tag: str | None = None, commit: str | None = None) -> str | None:
    """The selection that a user named by its kind; None for none. Raises InvalidInput for two, or one malformed."""
    named = [
        *([BRANCHES + branch] if branch is not None else ()),
        *([TAGS + tag] if tag is not None else ()),
        *([commit] if commit is not None else ()),
    ]
    if len(named) > 1:
        raise InvalidInput("a source is read at one branch, tag or commit", remedy="name one of them")
    if commit is not None and not _COMMIT.fullmatch(commit.lower()):
        raise InvalidInput(f"{commit[:80]!r} is no commit's id", remedy=f"give {SHORTEST_COMMIT} digits of it or more")
    return checked_selection(named[0]) if named else None


def checked_selection(selection: str) -> str:
    """A selection as it is stored. Raises InvalidInput for what git takes for no name."""
    name = selection.removeprefix(BRANCHES).removeprefix(TAGS)
    if not name or len(selection) > 250 or not selection.isprintable() or _FORBIDDEN.search(name):
        raise InvalidInput(f"{name[:80]!r} is no name of a branch, a tag or a commit", remedy=_REMEDY)
    return selection.lower() if _COMMIT.fullmatch(selection.lower()) else selection


def split_location(location: str) -> tuple[str, str | None]:
    """A location without its selection, and the selection; None for the HEAD."""
    address, mark, selection = location.rpartition("#")
    if not mark or not address or not selection or _FORBIDDEN.search(selection):
        return location, None
    return address, selection


def with_selection(address: str, selection: str | None) -> str:
    """The whole location; `split_location` takes it apart."""
    return address if selection is None else f"{address}#{selection}"


def spellings(location: str) -> Sequence[str]:
    """The locations that may mean the same as this one, itself first."""
    address, selection = split_location(location)
    if selection is None or is_commit(selection):
        return (location,)
    name = short_name(selection)
    others = (BRANCHES + name, TAGS + name) if name == selection else (name,)
    return (location, *(with_selection(address, other) for other in others))


def is_commit(selection: str) -> bool:
    """True for a whole commit id: what it selects never changes."""
    return _FULL_COMMIT.fullmatch(selection) is not None


def may_be_commit(selection: str) -> bool:
    """True for what may be the beginning of a commit's id."""
    return _COMMIT.fullmatch(selection) is not None


def short_name(selection: str) -> str:
    """The name without its kind, and of a commit its first twelve digits."""
    return selection[:12] if is_commit(selection) else selection.removeprefix(BRANCHES).removeprefix(TAGS)


def in_words(selection: str) -> str:
    """The selection as lists show it: `branch dev`, `tag v1`, `commit 0123456789ab`, or a bare name."""
    if is_commit(selection):
        return f"commit {short_name(selection)}"
    kinds = ((BRANCHES, "branch "), (TAGS, "tag "))
    kind = next((word for prefix, word in kinds if selection.startswith(prefix)), "")
    return kind + short_name(selection)
