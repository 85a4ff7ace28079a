"""A checkout of the user's, which is only looked at."""

from pathlib import Path

from kodit.domain.errors import KoditError
from kodit.infrastructure.git.process import Git, GitLimits


async def clean_commit(directory: Path, limits: GitLimits | None = None) -> str | None:
    """The commit that a directory's files are those of, to the byte; None where it has others, or git cannot tell.

    Ignored files don't count: git keeps them out of what is built from a commit as well. The index is not refreshed.
    """
    git = Git(limits or GitLimits())
    at = ("-C", str(directory))
    try:
        commit = (await git.answer(*at, "rev-parse", "--verify", "HEAD^{commit}") or b"").decode().strip()
        # Entries that git is told not to look at may have any content.
        unlooked = await git.answer(*at, "ls-files", "-v", "--", ".") or b""
        changed = await git.answer(*at, "status", "--porcelain", "--untracked-files=all", "-z", "--", ".")
    except KoditError:
        return None
    is_looked_at = not any(line[:1].islower() or line[:1] == b"S" for line in unlooked.splitlines())
    return commit if commit and changed == b"" and is_looked_at else None
