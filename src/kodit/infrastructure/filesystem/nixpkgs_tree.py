"""Nixpkgs trees on disk, and when they are another than before."""

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

from kodit.domain.errors import InvalidInput, Refused
from kodit.domain.nixpkgs.release import Release, ReleaseForm

_NAME_FILES = (".version", ".version-suffix")
"""Which have together what a tree calls its release: `16.09` and `pre770010.0a1b2c3d`; a checkout has but the first."""
_LONGEST_NAME = 100

CleanCommit = Callable[[Path], Awaitable[str | None]]
"""Gives the commit that a directory is a clean checkout of, None where it is none."""


async def tree_at(path: str, clean_commit: CleanCommit) -> Release | None:
    """The tree at a path, None where no directory is; its id is its commit, or a digest of what lies in it.

    Raises InvalidInput for a directory that is no nixpkgs tree, Refused for one that may not be read.
    """
    root = Path(path)
    if not await asyncio.to_thread(root.is_dir):
        return None
    try:
        if not await asyncio.to_thread((root / "default.nix").is_file):
            raise InvalidInput(f"{path} is no nixpkgs tree", remedy="name the directory that has the default.nix")
        commit = await clean_commit(root)
        identity = await asyncio.to_thread(tree_digest, root) if commit is None else commit
        name = await asyncio.to_thread(_name, root)
    except PermissionError as error:
        raise Refused(f"{error.filename} may not be read", remedy="allow it to the user that runs kodit") from error
    return Release(id=identity, form=ReleaseForm.TREE, path=str(root), name=name)


def tree_digest(root: Path) -> str:
    """SHA-256, in hexadecimal, of all files below a directory: their paths, whether they run, and their contents.

    No time of a file is trusted: what is written twice within a tick of the clock, or unpacked with an old time, has
    changed all the same. A whole nixpkgs tree takes a few seconds, which is less than evaluating it does.
    """
    digest = hashlib.sha256()
    for path, entry in _files(root):
        with suppress(FileNotFoundError):  # gone since its directory was listed
            digest.update(os.fsencode(f"{path}\0{_content(entry)}\0"))
    return digest.hexdigest()


def _content(entry: "os.DirEntry[str]") -> str:
    if entry.is_symlink():
        return f"-> {Path(entry.path).readlink()}"
    if not entry.is_file(follow_symlinks=False):
        return "no file"
    runs = entry.stat(follow_symlinks=False).st_mode & 0o100
    with Path(entry.path).open("rb") as file:
        return f"{bool(runs)} {hashlib.file_digest(file, 'sha256').hexdigest()}"


def _files(root: Path) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """What lies below a directory, in the same order each time; what git keeps for itself is left out."""
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        with os.scandir(root / inside) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
        for entry in entries:
            path = f"{inside}/{entry.name}" if inside else entry.name
            if entry.is_dir(follow_symlinks=False):
                if entry.name != ".git":
                    waiting.append(path)
            else:
                yield path, entry


def _name(root: Path) -> str | None:
    parts = []
    for file in _NAME_FILES:
        try:
            with (root / file).open(encoding="utf-8", errors="replace") as text:
                parts.append(text.read(_LONGEST_NAME).strip())
        except (FileNotFoundError, IsADirectoryError):
            continue
    name = "".join(parts)
    return name if name.isprintable() and name else None
