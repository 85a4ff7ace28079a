"""What synchronising needs from the world."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from kodit.domain.sources.changes import TreeChanges
from kodit.domain.sources.file import File, FileEntry, FileStatus, PlacedFile
from kodit.domain.sources.history import History
from kodit.domain.sources.last_change import LastChange
from kodit.domain.sources.manifest import ReadManifest, StoredManifest
from kodit.domain.sources.package import OwnedFile, PackageChanges, PackageOutline, StoredPackage
from kodit.domain.sources.schedule import Schedule
from kodit.domain.sources.source import Source
from kodit.domain.sources.submodule import Submodule


class WorkingCopy(Protocol):
    """One source, readable as it was at one moment. Held to tests/contracts/test_working_copy.py."""

    @property
    def commit(self) -> str | None:
        """The git commit it is read at; None for a directory."""
        ...

    async def entries(self) -> Sequence[FileEntry]:
        """Every regular file that no ignore rule excludes, ordered by path.

        Symbolic links are not followed and not listed.
        """
        ...

    async def changes_since(self, commit: str) -> TreeChanges | None:
        """What differs from an earlier commit of the same source; None when only `entries` can tell."""
        ...

    async def history(self, since: str | None) -> History:
        """Who changed the files, and when; with `since`, an earlier commit, only what came after it where possible."""
        ...

    async def submodules(self) -> Sequence[Submodule]:
        """The repositories inside this one, by path, be they followed or not."""
        ...

    async def hash_of(self, path: str) -> str:
        """The content hash of one file (see `File.content_hash`).

        Raises NotFound when it is gone, Refused when it cannot be read.
        """
        ...

    def read(self, paths: Iterable[str]) -> AsyncIterator[tuple[str, bytes | None]]:
        """Each file's bytes, in the order asked for; None for one that is gone or unreadable by now."""
        ...


class WorkingCopies(Protocol):
    """Gives a source's working copy, refreshed. One implementation for each kind of source."""

    async def refresh(self, source: Source) -> WorkingCopy:
        """Bring the source up to date (fetch, for git) and open it.

        Raises Unavailable for a network that does not answer, Refused for denied access, NotFound for a
        location that does not exist.
        """
        ...

    async def open(self, source: Source) -> WorkingCopy:
        """Open it at `source.commit` without bringing it up to date, refreshing only what this machine lacks."""
        ...

    async def discard(self, source: Source) -> None:
        """Delete what kodit itself keeps of the source on disk. Never touches the user's files."""
        ...


class SourceRepository(Protocol):
    """Where sources are kept. Held to tests/contracts/test_source_repository.py."""

    async def add(self, source: Source) -> Source:
        """Store it and give it an id. Raises Conflict when its name or its location is taken."""
        ...

    async def get(self, index_id: int) -> Source:
        """Raises NotFound."""
        ...

    async def named(self, name: str) -> Source | None:
        """The source with this name."""
        ...

    async def at(self, location: str) -> Source | None:
        """The source at this location."""
        ...

    async def all(self) -> Sequence[Source]:
        """Every source, by name."""
        ...

    async def update(self, source: Source) -> None:
        """Store it in the place of the one with its id. Raises NotFound, Conflict for a name or location taken."""
        ...

    async def submodules(self, index_id: int) -> Sequence[Submodule]:
        """The submodules of a source as last recorded, by path."""
        ...

    async def record_submodules(self, index_id: int, recorded: Iterable[Submodule]) -> None:
        """Store the submodules of a source in the place of those it had."""
        ...

    async def remove(self, index_id: int) -> None:
        """Remove it with its files, snippets and marks."""
        ...


class ScheduleRepository(Protocol):
    """Where it is kept when sources are due. Held to tests/contracts/test_schedule_repository.py."""

    async def of(self, index_id: int) -> Schedule:
        """When a source is due; a schedule as it is when it is new, where nothing was ever planned."""
        ...

    async def all(self) -> Mapping[int, Schedule]:
        """Every schedule that was ever planned, by its source."""
        ...

    async def move(self, before: Schedule, after: Schedule) -> bool:
        """Store `after` if `before` is stored, or new and nothing is stored; False when it is something else by now.

        Of several who move the same schedule at the same time, one succeeds. Raises NotFound for a source that is gone.
        """
        ...


class FileRepository(Protocol):
    """Where the files of sources are kept. Held to tests/contracts/test_file_repository.py."""

    async def of(self, index_id: int) -> Mapping[str, File]:
        """Every file of a source, by path."""
        ...

    async def at(self, index_id: int, paths: Collection[str]) -> Mapping[str, File]:
        """Those files of a source that lie at these paths, by path."""
        ...

    async def tally(self, index_id: int) -> Mapping[FileStatus, int]:
        """How many files of a source have each status; those that none has may be left out."""
        ...

    async def save(self, files: Iterable[File]) -> None:
        """Store files, in the place of those with the same id; of a new one, those with the same source and path."""
        ...

    async def placed(self, index_id: int) -> Sequence[PlacedFile]:
        """Every file of a source that is not deleted, by path."""
        ...

    async def pending(self, index_id: int) -> Sequence[File]:
        """The changed and deleted files whose snippets are not yet those of their content, by path."""
        ...

    async def changed(self, index_id: int) -> Sequence[File]:
        """The files that are not clean, by path."""
        ...

    async def clear_statuses(self, index_id: int) -> None:
        """Forget the deleted files and call the others clean."""
        ...

    async def matching(
        self, *, index_ids: Collection[int], languages: Collection[str], accepts: Callable[[str], bool]
    ) -> frozenset[int]:
        """The ids of the files of these sources (none: all), languages (none: all) and paths."""
        ...

    async def last_changed(self, change: LastChange, *, index_ids: Collection[int]) -> Mapping[int, tuple[int, str]]:
        """The files of these sources (none: all) whose last change is known to be like this: source and path by id."""
        ...


class ManifestReader(Protocol):
    """Reads manifests. Held to tests/contracts/test_manifest_reader.py."""

    def read(self, files: AsyncIterator[tuple[str, bytes]]) -> AsyncGenerator[ReadManifest, None]:
        """One result for each path and content, in the order given.

        A manifest that makes no sense, or that would take too long or too much memory, costs that manifest only.
        """
        ...


class PackageRepository(Protocol):
    """Where packages and manifests are kept. Held to tests/contracts/test_package_repository.py."""

    async def of(self, index_id: int) -> Sequence[StoredPackage]:
        """Every package of a source, by path and then by kind."""
        ...

    async def apply(self, index_id: int, changes: PackageChanges) -> None:
        """Add, update and remove packages; the files of one that is removed are nobody's.

        A requirement whose target is removed has none. A target that is no package of the source is none.
        """
        ...

    async def outlines(self, index_id: int) -> Sequence[PackageOutline]:
        """Every package of a source without what its manifests say, by path and then by kind."""
        ...

    async def files(self, index_id: int) -> Sequence[OwnedFile]:
        """Every file of a source that is not deleted, by path."""
        ...

    async def files_of(self, package_ids: Collection[int]) -> Sequence[OwnedFile]:
        """The files that these packages own and that are not deleted, by path."""
        ...

    async def owners(self, file_ids: Collection[int]) -> Mapping[int, int]:
        """The package that owns each of these files, deleted ones too; a file that nobody owns is left out."""
        ...

    async def owned(
        self, names: Collection[str], *, index_ids: Collection[int]
    ) -> Mapping[str, Mapping[int, tuple[int, str]]]:
        """The files of packages of these sources (none: all), told by name or by path: source and path by id.

        What no package is called is missing. A package has the files that no package below it has.
        """
        ...

    async def own(self, owners: Mapping[int, int | None]) -> None:
        """Say which package each of these files belongs to, None for nobody's."""
        ...

    async def extracted(self, source_hashes: Mapping[int, str]) -> None:
        """Store the source hash that each of these packages was extracted from; one that is gone is left out."""
        ...

    async def manifests(self, index_id: int) -> Mapping[str, StoredManifest]:
        """Every manifest of a source that was read, by path."""
        ...

    async def has_other(self, index_id: int, read_as: int) -> bool:
        """Whether a manifest of a source is stored that was read by other rules than these."""
        ...

    async def save_manifests(self, index_id: int, manifests: Iterable[StoredManifest]) -> None:
        """Store manifests, in the place of those with the same path."""
        ...

    async def forget_manifests(self, index_id: int, paths: Collection[str]) -> None:
        """Forget the manifests at these paths."""
        ...
