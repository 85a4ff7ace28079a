"""What is published together, and the pointer by which readers find it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import count
from typing import Any, Self

from kodit.domain.artifacts.object_store import StoredObject, checked_key
from kodit.domain.errors import BadAnswer, InvalidInput

POINTER = "latest.json"
"""What the pointer's key ends in."""

POINTER_BYTES = 1024 * 1024
"""More than any pointer has; whoever wrote more wrote something else."""

_NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class FileToPublish:
    """A file of this machine, and the key under which its newest version lies.

    `contents` is the digest of what it says, if it is an artifact: another file with the same need not be stored.
    """

    path: str
    key: str
    contents: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFile:
    """A file as it was published.

    `key` is where its newest version lies, `snapshot` where this very version stays; `size` is in bytes, and `sha256`
    in hexadecimal. `contents` is as `FileToPublish` has it.
    """

    key: str
    snapshot: str
    size: int
    sha256: str
    contents: str | None = None

    @property
    def name(self) -> str:
        """What the file is called."""
        return self.key.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Files that were published together, and so belong together."""

    release: str
    published_at: datetime
    files: tuple[PublishedFile, ...]

    @property
    def text(self) -> str:
        """What the pointer says."""
        files = [asdict(file) for file in self.files]
        told = {"release": self.release, "published_at": self.published_at.isoformat(), "files": files}
        return json.dumps(told, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def parsed(cls, text: str) -> Self:
        """What a pointer says. Raises BadAnswer for what is none."""
        try:
            told: Mapping[str, Any] = json.loads(text)
            files = [
                PublishedFile(
                    key=checked_key(file["key"]),
                    snapshot=checked_key(file["snapshot"]),
                    size=int(file["size"]),
                    sha256=str(file["sha256"]),
                    contents=file.get("contents"),
                )
                for file in told["files"]
            ]
            at = datetime.fromisoformat(told["published_at"])
            return cls(release=str(told["release"]), published_at=at, files=tuple(files))
        except (ValueError, KeyError, TypeError, AttributeError, InvalidInput) as error:
            raise BadAnswer(f"{POINTER} does not say what was published", remedy="publish once more") from error

    def file(self, key: str) -> PublishedFile:
        """One of its files. Raises InvalidInput."""
        for file in self.files:
            if file.key == key:
                return file
        keys = ", ".join(file.key for file in self.files)
        raise InvalidInput(f"{key} was not published with {self.release}", remedy=f"there is {keys}")

    def says_the_same_as(self, other: "Publication") -> bool:
        """Whether both are the same files of the same release."""
        return (self.release, self.files) == (other.release, other.files)


def pointer_key(key: str) -> str:
    """Where the pointer to a key's newest version lies: beside it."""
    folder, slash, _ = key.rpartition("/")
    return f"{folder}{slash}{POINTER}"


def snapshot_key(key: str, release: str) -> str:
    """Where the version of one release stays: below the release's name, beside the key."""
    folder, slash, name = key.rpartition("/")
    return f"{folder}{slash}{release}/{name}"


def contents_key(snapshot: str) -> str:
    """Where it is told what a snapshot says, beside it."""
    return f"{snapshot}.contents"


def contents_text(file: FileToPublish, stored: StoredObject | PublishedFile) -> str:
    """What is told there: the digest of what was stored, and that of what it says."""
    return f"{stored.sha256}  {file.contents}\n"


def snapshot_names(release: str) -> Iterator[str]:
    """What a release may be called in keys; there are several names, as it may be built again."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", release)[:_NAME_LENGTH].strip(".-") or "unnamed"
    yield name
    for number in count(2):
        yield f"{name}-{number}"


def published(file: FileToPublish, stored: StoredObject) -> PublishedFile:
    """A file that was stored. Raises BadAnswer where its store does not know its digest."""
    if stored.sha256 is None:
        raise BadAnswer(f"{stored.key} was stored by something else")
    return PublishedFile(
        key=file.key, snapshot=stored.key, size=stored.size, sha256=stored.sha256, contents=file.contents
    )
