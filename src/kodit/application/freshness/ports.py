"""What keeping sources fresh needs from the world."""

from collections.abc import AsyncGenerator, Callable, Collection
from typing import Protocol


class DirectoryWatcher(Protocol):
    """Tells what changes below directories. Held to tests/contracts/test_directory_watcher.py."""

    def changes(self, directory: str) -> AsyncGenerator[frozenset[str], None]:
        """The paths of what was made, changed or deleted below a directory, relative to it, whatever they are.

        The first answer is empty, and comes when watching has begun: from then on nothing is missed until the generator
        is closed. Changes come together once it has been quiet for a moment, or when the first has waited for long.
        Raises NotFound when there is no such directory, or not any more; Refused when it may not be looked into.
        """
        ...


LeftIn = Callable[[str, Collection[str]], Collection[str]]
"""Those of the paths below a directory that no ignore rule leaves out; it reads the disk, so it belongs in a thread."""
