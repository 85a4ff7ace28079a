"""Every repository on one connection."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.infrastructure.sql.api_key_repository import SqlApiKeyRepository
from kodit.infrastructure.sql.audit_repository import SqlAuditRepository
from kodit.infrastructure.sql.channel_repository import SqlChannelRepository
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.embedding_job_repository import SqlEmbeddingJobRepository
from kodit.infrastructure.sql.embedding_repository import SqlEmbeddingRepository
from kodit.infrastructure.sql.enrichment_repository import SqlEnrichmentRepository
from kodit.infrastructure.sql.file_repository import SqlFileRepository
from kodit.infrastructure.sql.name_filter_repository import SqlNameFilterRepository
from kodit.infrastructure.sql.nix_package_repository import SqlNixPackageRepository
from kodit.infrastructure.sql.package_repository import SqlPackageRepository
from kodit.infrastructure.sql.progress_repository import SqlProgressRepository
from kodit.infrastructure.sql.schedule_repository import SqlScheduleRepository
from kodit.infrastructure.sql.session_repository import SqlSessionRepository
from kodit.infrastructure.sql.snippet_repository import SqlSnippetRepository
from kodit.infrastructure.sql.source_repository import SqlSourceRepository
from kodit.infrastructure.sql.symbol_repository import SqlSymbolRepository
from kodit.infrastructure.sql.task_repository import SqlTaskRepository
from kodit.infrastructure.sql.worker_repository import SqlWorkerRepository

T = TypeVar("T")


class SqlUnitOfWork:
    """Implements UnitOfWork on one connection."""

    def __init__(self, connection: AsyncConnection, *, may_write: bool) -> None:
        self.tasks = SqlTaskRepository(connection)
        self.workers = SqlWorkerRepository(connection)
        self.progress = SqlProgressRepository(connection)
        self.sources = SqlSourceRepository(connection, takes_turns=may_write)
        self.schedules = SqlScheduleRepository(connection)
        self.files = SqlFileRepository(connection)
        self.snippets = SqlSnippetRepository(connection)
        self.symbols = SqlSymbolRepository(connection)
        self.packages = SqlPackageRepository(connection)
        self.channels = SqlChannelRepository(connection)
        self.nix_packages = SqlNixPackageRepository(connection)
        self.name_filters = SqlNameFilterRepository(connection)
        self.embeddings = SqlEmbeddingRepository(connection)
        self.embedding_jobs = SqlEmbeddingJobRepository(connection)
        self.enrichments = SqlEnrichmentRepository(connection)
        self.api_keys = SqlApiKeyRepository(connection)
        self.sessions = SqlSessionRepository(connection)
        self.audit = SqlAuditRepository(connection)


class SqlStorage:
    """Implements Storage on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqlUnitOfWork]:
        """See the port."""
        async with self._database.write() as connection:
            yield SqlUnitOfWork(connection, may_write=True)

    async def transact(self, work: Callable[[SqlUnitOfWork], Coroutine[Any, Any, T]], *, lasting: bool = True) -> T:
        """See the port."""
        return await self._database.at_once(
            lambda connection: work(SqlUnitOfWork(connection, may_write=True)), lasting=lasting
        )

    async def glance(self, work: Callable[[SqlUnitOfWork], Coroutine[Any, Any, T]]) -> T:
        """See the port."""
        return await self._database.glance(lambda connection: work(SqlUnitOfWork(connection, may_write=False)))

    async def check_nesting(self) -> None:
        """See the port."""
        await self._database.check_nesting()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlUnitOfWork]:
        """See the port."""
        async with self._database.read() as connection:
            yield SqlUnitOfWork(connection, may_write=False)
