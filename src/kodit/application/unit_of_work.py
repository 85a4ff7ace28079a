"""What one transaction carries."""

from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    # Whoever searches opens no unit of work, and the nouns of every room take long to import.
    from kodit.domain.access.ports import ApiKeyRepository, AuditRepository, SessionRepository
    from kodit.domain.code.ports import SnippetRepository, SymbolRepository
    from kodit.domain.enrichment.ports import EnrichmentRepository
    from kodit.domain.nixpkgs.ports import ChannelRepository, NameFilterRepository, NixPackageRepository
    from kodit.domain.search.batch_ports import EmbeddingJobRepository
    from kodit.domain.search.ports import EmbeddingRepository
    from kodit.domain.sources.ports import FileRepository, PackageRepository, ScheduleRepository, SourceRepository
    from kodit.domain.tasks.ports import TaskRepository, WorkerRepository
    from kodit.domain.tasks.progress import ProgressRepository

T = TypeVar("T")


class UnitOfWork(Protocol):
    """Every repository on one connection."""

    @property
    def tasks(self) -> "TaskRepository": ...  # noqa: D102 - the type says it
    @property
    def workers(self) -> "WorkerRepository": ...  # noqa: D102
    @property
    def progress(self) -> "ProgressRepository": ...  # noqa: D102
    @property
    def sources(self) -> "SourceRepository": ...  # noqa: D102
    @property
    def schedules(self) -> "ScheduleRepository": ...  # noqa: D102
    @property
    def files(self) -> "FileRepository": ...  # noqa: D102
    @property
    def snippets(self) -> "SnippetRepository": ...  # noqa: D102
    @property
    def packages(self) -> "PackageRepository": ...  # noqa: D102
    @property
    def symbols(self) -> "SymbolRepository": ...  # noqa: D102
    @property
    def channels(self) -> "ChannelRepository": ...  # noqa: D102
    @property
    def nix_packages(self) -> "NixPackageRepository": ...  # noqa: D102
    @property
    def name_filters(self) -> "NameFilterRepository": ...  # noqa: D102
    @property
    def embeddings(self) -> "EmbeddingRepository": ...  # noqa: D102
    @property
    def embedding_jobs(self) -> "EmbeddingJobRepository": ...  # noqa: D102
    @property
    def enrichments(self) -> "EnrichmentRepository": ...  # noqa: D102
    @property
    def api_keys(self) -> "ApiKeyRepository": ...  # noqa: D102
    @property
    def sessions(self) -> "SessionRepository": ...  # noqa: D102
    @property
    def audit(self) -> "AuditRepository": ...  # noqa: D102


class Storage(Protocol):
    """Opens units of work.

    Both raise Locked, StorageFull or DatabaseUnusable for what a database can suffer.

    A task has one unit that writes open at a time: whoever asks for another within it, by `write` or `transact`, gets
    Conflict at once, on every database, because an embedded one would have him wait for himself. A task that is started
    within such a unit may write when the unit is over; the unit must not wait for it. Reading is free at any time.
    """

    def write(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Leaving the block commits; an exception rolls all of it back.

        Two who change the same rows, and two who look for a free name among the sources, take turns; whether others
        write at the same time is the database's affair. Locked when a turn takes too long or two wait for each other.
        """
        ...

    async def transact(self, work: Callable[[UnitOfWork], Coroutine[Any, Any, T]], *, lasting: bool = True) -> T:
        """Do work in one unit of work that may write, and give what it returns; an exception rolls all of it back.

        It is much quicker than `write` for short work. `work` must wait for nothing but the unit: where the database is
        embedded, all of it is done at once in another thread. Of what is not `lasting` nobody waits until it is on the
        disk: a power cut may undo the newest of it, but nothing before a later commit that lasts. Whoever dies by
        himself undoes nothing. A database that others go on using without us may take everything for lasting.
        """
        ...

    async def glance(self, work: Callable[[UnitOfWork], Coroutine[Any, Any, T]]) -> T:
        """What `work` learns by questions of a statement each; each sees its own moment, and nothing may be written.

        It is much quicker than `read`, and like that of `transact`, `work` must wait for nothing but the unit.
        """
        ...

    async def check_nesting(self) -> None:
        """Raises Conflict where `write` would for being asked for within a unit that writes.

        It is for those who do not write themselves, but wait for a task of others that does.
        """
        ...

    def read(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """One consistent view; nothing can be written through it. Many read at a time, also during a write."""
        ...
