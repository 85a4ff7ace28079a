"""What a name stands for in a mirror, and what to say when it stands for nothing."""

from difflib import get_close_matches
from pathlib import Path

from kodit.domain.errors import NotFound
from kodit.domain.sources.selection import BRANCHES, TAGS, in_words, may_be_commit, short_name
from kodit.infrastructure.git.process import Git

PINNED = "refs/kodit/commits/"
"""Commits that a user named: kept, whatever becomes of the branches."""
_SHOWN = 5
"""Names in a remedy."""


async def commit_at(git: Git, mirror: Path, name: str) -> str | None:
    """The commit that HEAD, a selection or a full name stands for; a bare name is a branch, else a tag, else an id."""
    if name == "HEAD" or name.startswith("refs/"):
        candidates = [name]
    else:
        candidates = [BRANCHES + name, TAGS + name, *([name] if may_be_commit(name) else ())]
    for candidate in candidates:
        asked = ("--verify", "--quiet", "--end-of-options", f"{candidate}^{{commit}}")
        if (said := await git.answer("rev-parse", *asked, mirror=mirror)) is not None:
            return said.decode("ascii").strip()
    return None


async def missing(git: Git, mirror: Path, selection: str, location: str) -> NotFound:
    """The error for a branch, a tag or a commit that there is none of, with the names that are alike."""
    kinds = [prefix for prefix in (BRANCHES, TAGS) if selection.startswith(prefix)] or [BRANCHES, TAGS]
    said = await git.local("for-each-ref", "--format=%(refname)", *kinds, mirror=mirror)
    names = [short_name(line) for line in said.decode("utf-8", "replace").splitlines()]
    near = get_close_matches(short_name(selection), names, _SHOWN, 0.5) or names[:_SHOWN]
    kind, _, name = in_words(selection).rpartition(" ")
    return NotFound(
        f"There is no {kind or 'branch, tag or commit'} {name} in {location}.",
        remedy=f"there are: {', '.join(near)}" if near else "see which there are: git ls-remote",
    )
