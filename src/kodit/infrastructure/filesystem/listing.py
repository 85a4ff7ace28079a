"""Lists the files below a directory, leaving out what the ignore rules exclude."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from kodit.domain.errors import InvalidInput, NotFound, Refused, Unavailable
from kodit.domain.sources import ignore
from kodit.domain.sources.file import FileEntry
from kodit.domain.sources.ignore import IgnoreScope

_LOG = structlog.get_logger(__name__)

_LARGEST_IGNORE_FILE = 1024 * 1024
"""In bytes. A file of patterns beyond it was not written by a person, and compiling it would take minutes."""


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory yet to be listed: its path on disk, its path below the root, and the rules above it."""

    on_disk: str
    path: str
    scope: IgnoreScope


def list_files(root: Path, excluded: frozenset[str]) -> list[FileEntry]:
    """Every regular file below `root` that no rule leaves out, ordered by path.

    `excluded` are absolute, resolved directories that are left out as well. A subdirectory that may not be
    read is an unreadable entry of its own, in the place of the files in it.
    Raises NotFound, InvalidInput or Refused when the root is gone, is no directory, or may not be read; Unavailable
    when the disk fails, so that what cannot be listed is not taken for deleted.
    """
    entries: list[FileEntry] = []
    waiting = [Directory(str(root), "", scope_above(root))]
    while waiting:
        directory = waiting.pop()
        for found in _listed(directory):
            if isinstance(found, FileEntry):
                entries.append(found)
            elif found.on_disk not in excluded:
                waiting.append(found)
    entries.sort(key=lambda entry: entry.path)
    return entries


def _listed(directory: Directory) -> Iterator[FileEntry | Directory]:
    try:
        with os.scandir(directory.on_disk) as scan:
            children = {child.name: child for child in scan}
    except OSError as error:
        yield from _instead(directory, error)
        return
    scope = scope_inside(directory, children)
    if scope is None:
        return
    prefix = f"{directory.path}/" if directory.path else ""
    for name, child in children.items():
        if name == ignore.GIT:  # a directory, or a file in linked working trees and submodules
            continue
        path = prefix + name
        if not _is_utf8(name):
            _LOG.warning("file left out", path=os.fsencode(path), reason="its name is not UTF-8")
        elif child.is_dir(follow_symlinks=False):
            if not ignore.is_never_entered(name) and not scope.excludes(path, is_directory=True):
                yield Directory(child.path, path, scope)
        elif child.is_file(follow_symlinks=False) and not scope.excludes(path, is_directory=False):
            entry = _entry(child, path)
            if entry is not None:
                yield entry


def _is_utf8(name: str) -> bool:
    # Bytes that are no UTF-8 arrive as lone surrogates; all else encodes.
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _entry(child: "os.DirEntry[str]", path: str) -> FileEntry | None:
    try:
        stat = child.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return FileEntry(
        path=path,
        size=stat.st_size,
        # The change time too: moving another file over this one, or unpacking an archive, keeps an old mtime.
        mtime_ns=max(stat.st_mtime_ns, stat.st_ctime_ns),
        unreadable=not os.access(child.path, os.R_OK),
    )


def _instead(directory: Directory, error: OSError) -> Iterator[FileEntry]:
    """What stands for a directory that cannot be listed."""
    if not directory.path:
        raise _root_error(directory.on_disk, error) from error
    if isinstance(error, PermissionError):
        yield FileEntry(path=directory.path, size=0, unreadable=True)
    elif not isinstance(error, FileNotFoundError | NotADirectoryError):  # else removed or replaced while we looked
        raise Unavailable(f"{directory.on_disk} cannot be listed: {error.strerror}.") from error


def _root_error(root: str, error: OSError) -> Exception:
    match error:
        case FileNotFoundError():
            return NotFound(f"{root} does not exist.", remedy="if it was moved, index its new place")
        case NotADirectoryError():
            return InvalidInput(f"{root} is not a directory.")
        case PermissionError():
            return Refused(f"{root} may not be read.", remedy="give the user that runs kodit the right to read it")
        case _:
            return Unavailable(f"{root} cannot be listed: {error.strerror}.")


def scope_inside(directory: Directory, children: dict[str, "os.DirEntry[str]"]) -> IgnoreScope | None:
    """The rules in force among the children; None when they leave out the whole directory."""
    if directory.path and ignore.is_virtual_environment(directory.path.rsplit("/", 1)[-1], children.keys()):
        return None
    scope = directory.scope
    if directory.path and ignore.GIT in children:
        scope = scope.within(directory.path, gitignore=_git_exclude(directory.on_disk))
    gitignore = _pattern_text(children.get(ignore.GITIGNORE))
    noindex = _pattern_text(children.get(ignore.NOINDEX))
    if noindex is not None and ignore.leaves_out_its_directory(noindex):
        return None
    return scope.within(directory.path, gitignore=gitignore, noindex=noindex)


def _pattern_text(child: "os.DirEntry[str] | None") -> str | None:
    # A link is not followed, as git does not follow it either.
    if child is None or not child.is_file(follow_symlinks=False):
        return None
    return _text_of(child.path)


def _text_of(path: str) -> str | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(_LARGEST_IGNORE_FILE + 1)
    except OSError:
        return None
    if len(content) > _LARGEST_IGNORE_FILE:
        _LOG.warning("ignore file passed over", path=path, reason="it is larger than 1 MiB")
        return None
    return os.fsdecode(content)


def scope_above(root: Path) -> IgnoreScope:
    """The git rules that hold at the root from above it: of the working tree that it is part of, if any."""
    tree = next((place for place in (root, *root.parents) if os.path.lexists(place / ignore.GIT)), None)
    scope = IgnoreScope()
    if tree is None:
        return scope
    texts = [(tree, _git_exclude(str(tree)))]
    if tree != root:
        places = [place for place in root.parents if place.is_relative_to(tree)]
        texts += [(place, _text_of(str(place / ignore.GITIGNORE))) for place in reversed(places)]
    for place, text in texts:
        if text is not None:
            scope = scope.from_above(text, above="" if place == root else root.relative_to(place).as_posix())
    return scope


def _git_exclude(tree: str) -> str | None:
    """The text of a working tree's own `info/exclude`."""
    git = Path(tree, ignore.GIT)
    if git.is_file():  # a linked working tree or a submodule: the file names the directory
        named = _text_of(str(git)) or ""
        git = Path(tree, named.removeprefix("gitdir:").strip())
        common = _text_of(str(git / "commondir"))
        git = git / common.strip() if common else git
    return _text_of(str(git / "info" / "exclude"))
