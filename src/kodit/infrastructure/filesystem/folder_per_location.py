"""Where what was fetched is kept: one folder for each location."""

import asyncio
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FolderPerLocation:
    """Folders in one directory."""

    directory: Path

    def of(self, location: str) -> Path:
        """The folder of a location; it need not be there."""
        return self.directory / hashlib.sha256(location.encode("utf-8", "surrogateescape")).hexdigest()[:32]

    async def forget(self, location: str) -> None:
        """Delete the folder of a location, if it is there."""
        await asyncio.to_thread(shutil.rmtree, self.of(location), ignore_errors=True)
