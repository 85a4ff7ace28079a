"""What people point kodit at."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote

from kodit.domain.sources.selection import split_location


def channel_mark(name: str) -> str:
    """What stands behind the location of a channel of this name, which no other channel has behind it."""
    return f"#{quote(name, safe='')}"


class SourceKind(StrEnum):
    """How a source is read."""

    DIRECTORY = "directory"
    """A local directory, read in place."""
    GIT = "git"
    """A git repository, mirrored into kodit's data directory and read at a commit."""
    NIXPKGS_CHANNEL = "nixpkgs-channel"
    """A nixpkgs tree to evaluate, or the list of packages of a channel's release: its packages are indexed."""


FILE_KINDS = (SourceKind.DIRECTORY, SourceKind.GIT)
"""The kinds of sources that are made of files, and so have working copies."""


@dataclass(frozen=True, slots=True)
class Naming:
    """What a source shall be called; unless `exact`, a number may be put behind a name that is taken."""

    name: str
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place that code comes from. Its index is everything that kodit keeps of it, under the same id.

    `location` is an absolute path or a URL without credentials; for git with `#` and what of it is read behind it,
    unless that is its HEAD; for a channel with `#` and its name, for one tree may be several channels.
    `commit` is the git commit that the stored files were read at, None before the first SYNC and for directories;
    `committed_at` is when it was made. For a channel it is the id of the release that was last read to its end.
    `indexed_at` is when a run over this source last finished ENRICH.
    `depth` is how many commits of history kodit's mirror may do with, None for all of it.
    `follows_submodules` is set where the files of submodules belong to the source.
    `rules` is the number of the ignore rules that the stored files were chosen by, None before the first SYNC.
    `extracted_as` is the number of the extraction that the stored files were, or wait to be, cut up by; None before the
    first SYNC.
    """

    name: str
    kind: SourceKind
    location: str
    created_at: datetime
    commit: str | None = None
    indexed_at: datetime | None = None
    committed_at: datetime | None = None
    depth: int | None = None
    follows_submodules: bool = False
    rules: int | None = None
    extracted_as: int | None = None
    id: int = 0

    @property
    def repository(self) -> str:
        """Where git finds the repository, or a channel its release; the location itself, for a directory."""
        if self.kind is SourceKind.NIXPKGS_CHANNEL:
            return self.location.removesuffix(channel_mark(self.name))
        return split_location(self.location)[0] if self.kind is SourceKind.GIT else self.location

    @property
    def as_told(self) -> "Source":
        """The same as people know it: without what stands behind the location of a channel."""
        return replace(self, location=self.repository) if self.kind is SourceKind.NIXPKGS_CHANNEL else self

    @property
    def lies_on_disk(self) -> bool:
        """Whether only the machine that has it on its disk can read it; a repository can be cloned anywhere."""
        return self.kind is not SourceKind.GIT and "://" not in self.repository

    @property
    def directory_name(self) -> str:
        """What its directory or repository is called where it lies: a source may be one package, known by that name."""
        return self.repository.rstrip("/\\").replace("\\", "/").rpartition("/")[2].removesuffix(".git")

    @property
    def selection(self) -> str | None:
        """What of the repository is read (see `kodit.domain.sources.selection`); None for its HEAD."""
        return split_location(self.location)[1] if self.kind is SourceKind.GIT else None
