"""What the makers of a release call it."""

import re
from collections.abc import Sequence
from urllib.parse import unquote

_RELEASE = re.compile(r"[a-z][a-z0-9-]*-\d\d\.\d\d(?:pre|beta|alpha|\.)\d+\.[0-9a-f]{6,40}(?:-[a-z]+)?")
_COMMIT = re.compile(r"[0-9a-f]{40}")

REVISION_FILE = "git-revision"
"""The name of the file that stands beside a channel's list and has its commit in it."""


def release_name(folders: Sequence[str]) -> str | None:
    """The innermost of these folders that bears a release's name: `nixos-25.05pre770010.0a1b2c3d`, None if none does.

    A channel's URL leads there by a redirect.
    """
    return next((name for folder in reversed(folders) if _RELEASE.fullmatch(name := unquote(folder))), None)


def commit(text: str) -> str | None:
    """The commit that a `git-revision` has in it."""
    found = text.strip()
    return found if _COMMIT.fullmatch(found) else None
