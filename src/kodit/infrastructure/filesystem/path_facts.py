"""What the disk says about a path that a user typed."""

from pathlib import Path

from kodit.domain.errors import Refused
from kodit.domain.sources.location import PathFacts


def path_facts(text: str) -> PathFacts | None:
    """Look at a path, relative to the current directory or with `~`; None when nothing is there.

    Raises Refused when it lies in a directory that may not be looked into.
    """
    try:
        path = Path(text).expanduser().resolve(strict=True)
    except PermissionError as error:
        raise Refused(
            f"{text} lies in a directory that may not be looked into",
            remedy="have its owner allow it to the user that runs kodit",
        ) from error
    except (OSError, RuntimeError):  # RuntimeError: no such user, or a loop of symbolic links
        return None
    repository = _is_repository(path)
    return PathFacts(
        absolute=str(path),
        is_directory=path.is_dir(),
        is_bare_repository=repository and path.name != ".git",
        is_repository=repository or _is_working_tree(path),
    )


def _is_repository(path: Path) -> bool:
    """True for what git lays down in a repository without a working tree: it looks for the same three."""
    try:
        return (path / "HEAD").is_file() and all((path / name).is_dir() for name in ("objects", "refs"))
    except PermissionError:  # nobody can tell; reading it will say so
        return False


def _is_working_tree(path: Path) -> bool:
    """True where git would look for the repository in `.git`, which is a file in a linked working tree."""
    try:
        return (path / ".git").exists()
    except PermissionError:  # as above, but git itself says it better
        return True
