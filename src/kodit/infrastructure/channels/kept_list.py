"""A list that was downloaded, and what its server said of it, side by side in a folder."""

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from kodit.domain.nixpkgs.release import Release, ReleaseForm

LIST = "packages"
PART = "packages.part"
_ABOUT = "about.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptList:
    """A list of packages of this machine; `size` is that of its file in bytes.

    By `etag` and `last_modified` its server tells whether it still is what is at `url`.
    """

    url: str
    id: str
    name: str | None
    size: int
    etag: str | None
    last_modified: str | None

    def release(self, directory: Path) -> Release:
        """It as a release."""
        return Release(id=self.id, form=ReleaseForm.LIST, path=str(directory / LIST), name=self.name)


def kept(directory: Path, url: str) -> KeptList | None:
    """What is kept of a URL; None where nothing is, or what is there is not what it was."""
    try:
        found = KeptList(**json.loads((directory / _ABOUT).read_bytes()))
        sound = found.url == url and (directory / LIST).stat().st_size == found.size
    except (OSError, ValueError, TypeError):
        return None
    return found if sound else None


def keep(directory: Path, about: KeptList) -> None:
    """Put what was downloaded in the place of what was there. Whenever this stops, nothing wrong is kept."""
    with contextlib.suppress(FileNotFoundError):
        (directory / _ABOUT).unlink()
    (directory / PART).replace(directory / LIST)
    beside = directory / f"{_ABOUT}.new"
    with beside.open("w", encoding="utf-8") as file:
        json.dump(asdict(about), file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(directory / _ABOUT)
