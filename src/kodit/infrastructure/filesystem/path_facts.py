"""What the disk says about a path that a user typed."""

from pathlib import Path

from kodit.domain.sources.location import PathFacts


def path_facts(text: str) -> PathFacts | None:
    """Look at a path, relative to the current directory or with `~`; None when nothing is there."""
    try:
        path = Path(text).expanduser().resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: no such user, or a loop of symbolic links
        return None
    return PathFacts(absolute=str(path), is_directory=path.is_dir(), is_bare_repository=_is_bare_repository(path))


def _is_bare_repository(path: Path) -> bool:
    """True for what git lays down in a bare repository: it looks for the same three."""
    try:
        return (
            path.name != ".git"
            and (path / "HEAD").is_file()
            and all((path / name).is_dir() for name in ("objects", "refs"))
        )
    except PermissionError:  # nobody can tell; reading it will say so
        return False
