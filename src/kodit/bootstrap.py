"""Settings -> adapters -> the application. The only place that knows every room.

A room is imported when something is first asked of it: a search from the command line needs neither the parsers nor
the pool of processes, and importing those takes longer than searching.
"""

import asyncio
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kodit.application.engine import Kodit
from kodit.application.indexing.models import DerivedModels, derived_models
from kodit.application.search.search_service import SearchService
from kodit.choices import chosen_describer, chosen_embedder
from kodit.domain.enrichment.ports import Describer
from kodit.domain.errors import NothingIndexed
from kodit.domain.search.ports import Embedder, KeywordIndex, VectorIndex
from kodit.domain.tasks.policy import RetryPolicy
from kodit.infrastructure import clock
from kodit.infrastructure.filesystem.data_directory import prepared
from kodit.infrastructure.filesystem.path_facts import path_facts
from kodit.infrastructure.sql import migrations
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.unit_of_work import SqlStorage
from kodit.infrastructure.sql.views import SqlViews
from kodit.settings import Settings, load

if TYPE_CHECKING:
    from kodit.application.indexing.checks import IndexChecks
    from kodit.application.indexing.code_indexing_application_service import CodeIndexingApplicationService
    from kodit.application.installation import Installation
    from kodit.application.sources.working_copies import WorkingCopiesByKind
    from kodit.application.tasks.ports import Presence
    from kodit.application.tasks.queue_service import QueueService
    from kodit.application.tasks.worker import IndexingWorkerService
    from kodit.infrastructure.sqlite.wakeups import SqliteWakeups
    from kodit.infrastructure.treesitter.snippet_extractor import TreeSitterSnippetExtractor


async def open_kodit(
    data_dir: Path | str | None = None, *, settings: Settings | None = None, create: bool = True
) -> Kodit:
    """Open a data directory, creating it and bringing its database up to date where needed.

    Raises Refused, StorageFull or DatabaseUnusable when that cannot be done; without `create`, NothingIndexed when
    there is no database yet.
    """
    settings = settings or load(data_dir=Path(data_dir) if data_dir is not None else None)
    file = settings.database_file
    if not create and file is not None and not file.exists():
        raise NothingIndexed(f"nothing is indexed yet in {settings.data_dir}", remedy="kodit index PATH_OR_URL")
    await asyncio.to_thread(prepared, settings.data_dir)
    database = Database(settings.database)
    try:
        await migrations.upgrade(database)
        return assembled(settings, database)
    except BaseException:
        await database.close()
        raise


async def upgrade_database(settings: Settings) -> tuple[str | None, str]:
    """Bring the database up to date; gives its version before, None when it was empty, and after."""
    await asyncio.to_thread(prepared, settings.data_dir)
    database = Database(settings.database)
    try:
        async with database.read() as connection:
            before = await migrations.version(connection)
        await migrations.upgrade(database)
    finally:
        await database.close()
    return before, migrations.SCHEMA


def start_logs(settings: Settings, *, silent: bool = False) -> None:
    """Have log lines written to stderr as the settings say; `silent` where something else shows what happens."""
    from kodit.infrastructure.telemetry.logs import configure_logs

    traces = settings.log_level in ("debug", "info") or settings.log_format == "json"
    configure_logs(level=settings.log_level, shape=settings.log_format, traces=traces, silent=silent)


def assembled(settings: Settings, database: Database) -> Kodit:
    """The application over a database that is up to date already."""
    rooms = _Rooms(settings, database)
    return Kodit(
        storage=rooms.storage,
        views=SqlViews(database),
        searching=lambda: rooms.searching,
        indexing=lambda: rooms.indexing,
        queue=lambda: rooms.queue,
        presence=lambda: rooms.presence,
        models=lambda: rooms.models,
        checks=lambda: rooms.checks,
        new_worker=rooms.new_worker,
        installation=rooms.installation,
        look_at_path=path_facts,
        close=rooms.close,
    )


class _Rooms:
    """Every adapter and service, made when it is first asked for, and once."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.storage = SqlStorage(database)
        self.policy = RetryPolicy(
            attempts=settings.retry_attempts,
            base=timedelta(seconds=settings.retry_base_seconds),
            longest=timedelta(seconds=settings.retry_longest_seconds),
        )

    @cached_property
    def embedder(self) -> Embedder:
        return chosen_embedder(self.settings)

    @cached_property
    def describer(self) -> Describer:
        return chosen_describer(self.settings)

    @cached_property
    def models(self) -> DerivedModels:
        return derived_models(self.embedder, self.describer)

    @cached_property
    def keyword_index(self) -> KeywordIndex:
        from kodit.infrastructure.tantivy.keyword_index import TantivyKeywordIndex

        return TantivyKeywordIndex(self.settings.data_dir / "keywords")

    @cached_property
    def vector_index(self) -> VectorIndex:
        from kodit.infrastructure.vectors.vector_index import MappedVectorIndex

        return MappedVectorIndex(self.settings.data_dir / "vectors")

    @cached_property
    def searching(self) -> SearchService:
        return SearchService(
            storage=self.storage,
            keyword_index=self.keyword_index,
            vector_index=self.vector_index,
            embedder=self.embedder,
            models=self.models,
        )

    @cached_property
    def working_copies(self) -> "WorkingCopiesByKind":
        from kodit.application.sources.working_copies import WorkingCopiesByKind
        from kodit.domain.sources.source import SourceKind
        from kodit.infrastructure.filesystem.working_copy import DirectoryWorkingCopies
        from kodit.infrastructure.git.process import GitLimits
        from kodit.infrastructure.git.working_copy import GitWorkingCopies

        data_dir, limits = self.settings.data_dir, GitLimits(network=timedelta(seconds=self.settings.git_seconds))
        return WorkingCopiesByKind(
            {
                SourceKind.DIRECTORY: DirectoryWorkingCopies((data_dir,)),
                SourceKind.GIT: GitWorkingCopies(data_dir / "mirrors", limits),
            }
        )

    @cached_property
    def extractor(self) -> "TreeSitterSnippetExtractor":
        from kodit.infrastructure.treesitter.snippet_extractor import TreeSitterSnippetExtractor

        return TreeSitterSnippetExtractor(self.settings.workers, timedelta(seconds=self.settings.extract_seconds))

    @cached_property
    def presence(self) -> "Presence":
        from kodit.infrastructure.filesystem.presence import LockedPresence

        return LockedPresence(self.settings.data_dir / "workers")

    @cached_property
    def wakeups(self) -> "SqliteWakeups":
        from kodit.infrastructure.sqlite.wakeups import SqliteWakeups

        return SqliteWakeups(Path(self.database.url.database or ""))

    @cached_property
    def queue(self) -> "QueueService":
        from kodit.application.tasks.queue_service import QueueService

        return QueueService(storage=self.storage, wakeups=self.wakeups, policy=self.policy, now=clock.now)

    @cached_property
    def indexing(self) -> "CodeIndexingApplicationService":
        from kodit.application.indexing.code_indexing_application_service import CodeIndexingApplicationService

        return CodeIndexingApplicationService(
            storage=self.storage,
            queue=self.queue,
            working_copies=self.working_copies,
            keyword_index=self.keyword_index,
            vector_index=self.vector_index,
            now=clock.now,
        )

    @cached_property
    def checks(self) -> "IndexChecks":
        from kodit.application.indexing.checks import IndexChecks
        from kodit.infrastructure.sql.integrity import faults

        return IndexChecks(
            storage=self.storage,
            keyword_index=self.keyword_index,
            vector_index=self.vector_index,
            models=self.models,
            database_faults=lambda: faults(self.database),
        )

    def new_worker(self) -> "IndexingWorkerService":
        """A worker with its handlers bound to what they need."""
        import structlog

        from kodit.application.handlers import HANDLERS, bind
        from kodit.application.tasks.executor import Executor
        from kodit.application.tasks.worker import IndexingWorkerService
        from kodit.infrastructure.telemetry.logs import configure_logs

        services = {
            "storage": self.storage,
            "working_copies": self.working_copies,
            "extractor": self.extractor,
            "keyword_index": self.keyword_index,
            "vector_index": self.vector_index,
            "embedder": self.embedder,
            "describer": self.describer,
            "models": self.models,
            "now": clock.now,
        }
        if not structlog.is_configured():
            configure_logs(level=self.settings.log_level, shape=self.settings.log_format, traces=True)
        return IndexingWorkerService(
            storage=self.storage,
            executor=Executor(bind(HANDLERS, services), self.policy),
            wakeups=self.wakeups,
            presence=self.presence,
            now=clock.now,
            concurrency=self.settings.concurrency,
            lease=timedelta(seconds=self.settings.lease_seconds),
        )

    async def installation(self) -> "Installation":
        """Where everything is, and with which versions."""
        from kodit.application.installation import Installation
        from kodit.infrastructure.filesystem.disk_use import disk_use

        async with self.database.read() as connection:
            schema = await migrations.version(connection)
        return Installation(
            data_dir=str(self.settings.data_dir),
            database=self.database.url.render_as_string(hide_password=True),
            schema=schema or "none",
            embedder=self.embedder.model,
            describer=self.describer.model,
            bytes_on_disk=await asyncio.to_thread(disk_use, self.settings.data_dir),
        )

    async def close(self) -> None:
        """End what was begun; what nobody asked for was never made."""
        made = vars(self)
        if "extractor" in made:
            await self.extractor.close()
        # Only the describer that ships with kodit runs processes.
        if "describer" in made and (close := getattr(self.describer, "close", None)):
            await close()
        if "wakeups" in made:
            self.wakeups.close()
        await self.database.close()
