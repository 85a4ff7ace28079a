"""What the tests of git repositories share."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

from kodit.domain.sources.source import Source, SourceKind
from kodit.infrastructure.git.working_copy import GitWorkingCopy


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def commit(root: Path, **files: str) -> str:
    for name, content in files.items():
        (root / name).write_text(content)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message=more")
    return git(root, "rev-parse", "HEAD")


def at(location: object, commit: str | None = None) -> Source:
    created_at = datetime(2026, 1, 1, tzinfo=UTC)
    return Source(name="it", kind=SourceKind.GIT, location=str(location), commit=commit, created_at=created_at)


async def contents(copy: GitWorkingCopy) -> dict[str, str]:
    paths = [entry.path for entry in await copy.entries()]
    return {path: (content or b"").decode() async for path, content in copy.read(paths)}
