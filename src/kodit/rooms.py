"""Every adapter and service, made when something is first asked of it.

A room is imported only then: a search from the command line needs neither the parsers nor the pool of processes, and
importing those takes longer than searching.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from kodit import artifact_choices, choices
from kodit.application.condition import Attempted, Condition
from kodit.application.indexing.models import DerivedModels, derived_models
from kodit.application.search.search_service import SearchService
from kodit.domain.enrichment.ports import Describer
from kodit.domain.search.batch_ports import BatchEmbedder
from kodit.domain.search.ports import Embedder, KeywordIndex, VectorIndex
from kodit.infrastructure import clock
from kodit.settings import Settings

if TYPE_CHECKING:
    from kodit.application.access.access import Access
    from kodit.application.indexing.code_indexing_application_service import CodeIndexingApplicationService
    from kodit.application.search.ports import Catalogue
    from kodit.application.sources.working_copies import WorkingCopiesByKind
    from kodit.application.tasks.ports import AttemptObserver, Clock, Presence, RateLimits, Wakeups
    from kodit.application.tasks.queue_overview import QueueOverview
    from kodit.application.tasks.queue_service import QueueService
    from kodit.application.tasks.worker import IndexingWorkerService
    from kodit.application.unit_of_work import Storage
    from kodit.application.views import Views
    from kodit.domain.nixpkgs.ports import Releases
    from kodit.infrastructure.sql.database import Database
    from kodit.infrastructure.telemetry.observation import Observation


@asynccontextmanager
async def opened_storage(url: str) -> "AsyncIterator[Storage]":
    """A storage with connections of its own."""
    from kodit.infrastructure.sql.database import Database
    from kodit.infrastructure.sql.unit_of_work import SqlStorage

    database = Database(url)
    try:
        yield SqlStorage(database)
    finally:
        await database.close()


class Rooms:
    """Every adapter and service, made when it is first asked for, and once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.policies = choices.chosen_policies(settings)
        self.closed_first: list[Callable[[], Awaitable[None]]] = []

    @property
    def is_embedded(self) -> bool:
        """Whether the database is a file of this machine's, and what belongs to it too."""
        return self.settings.database_file is not None

    @cached_property
    def database(self) -> "Database":
        from kodit.infrastructure.sql.database import Database

        return Database(self.settings.database)

    @cached_property
    def storage(self) -> "Storage":
        from kodit.infrastructure.sql.unit_of_work import SqlStorage

        return SqlStorage(self.database)

    @cached_property
    def views(self) -> "Views":
        from kodit.infrastructure.sql.views import SqlViews

        return SqlViews(self.database)

    @cached_property
    def catalogue(self) -> "Catalogue":
        return choices.chosen_catalogue(self.settings, lambda: self.storage)

    @cached_property
    def embedder(self) -> Embedder:
        return choices.chosen_embedder(self.settings)

    @cached_property
    def batch_embedder(self) -> BatchEmbedder | None:
        return choices.chosen_batch_embedder(self.settings)

    @cached_property
    def describer(self) -> Describer:
        return choices.chosen_describer(self.settings, self.rate_limits, self.clock)

    def rate_limits(self) -> "RateLimits":
        """What all workers together may ask of others."""
        from kodit.infrastructure.sql.rate_limits import SqlRateLimits

        return SqlRateLimits(self.database)

    @cached_property
    def models(self) -> DerivedModels:
        return derived_models(self.embedder, self.describer)

    @cached_property
    def keyword_index(self) -> KeywordIndex:
        if not self.is_embedded:
            from kodit.infrastructure.postgres.keyword_index import PostgresKeywordIndex

            return PostgresKeywordIndex(self.database)
        from kodit.infrastructure.tantivy.keyword_index import TantivyKeywordIndex

        return TantivyKeywordIndex(self.settings.data_dir / "keywords")

    @cached_property
    def vector_index(self) -> VectorIndex:
        if not self.is_embedded:
            from kodit.infrastructure.postgres.vector_index import PostgresVectorIndex

            return PostgresVectorIndex(self.database)
        from kodit.infrastructure.vectors.vector_index import MappedVectorIndex

        return MappedVectorIndex(self.settings.data_dir / "vectors")

    @cached_property
    def releases(self) -> "Releases":
        return choices.chosen_releases(self.settings)

    @cached_property
    def searching(self) -> SearchService:
        return SearchService(
            catalogue=self.catalogue,
            keyword_index=self.keyword_index,
            vector_index=self.vector_index,
            embedder=self.embedder,
            models=self.models,
        )

    @cached_property
    def working_copies(self) -> "WorkingCopiesByKind":
        return choices.chosen_working_copies(self.settings)

    @cached_property
    def extraction(self) -> choices.Extraction:
        return choices.chosen_extraction(self.settings)

    @cached_property
    def presence(self) -> "Presence":
        return choices.chosen_presence(self.settings)

    @cached_property
    def program_presence(self) -> "Presence":
        return choices.chosen_presence(self.settings, of_programs=True)

    @cached_property
    def clock(self) -> "Clock":
        return clock.SystemClock() if self.is_embedded else clock.ServerClock(self.database.time)

    @cached_property
    def wakeups(self) -> "Wakeups":
        return choices.chosen_wakeups(self.settings, "tasks")

    @cached_property
    def endings(self) -> "Wakeups":
        """Tells that attempts have ended."""
        return choices.chosen_wakeups(self.settings, "endings")

    @cached_property
    def access(self) -> "Access":
        return choices.chosen_access(self.settings, self.storage, self.clock)

    @cached_property
    def queue(self) -> "QueueService":
        from kodit.application.tasks.queue_service import QueueService

        return QueueService(
            storage=self.storage,
            wakeups=self.wakeups,
            policies=self.policies,
            clock=self.clock,
            finish_first=self.settings.finish_first,
        )

    @cached_property
    def overview(self) -> "QueueOverview":
        from kodit.application.tasks.queue_overview import QueueOverview
        from kodit.infrastructure.sql.queue_view import SqlQueueView

        return QueueOverview(
            SqlQueueView(self.database), clock=self.clock, presences=lambda: (self.presence, self.program_presence)
        )

    @cached_property
    def observation(self) -> "Observation":
        from kodit.infrastructure.telemetry.observation import Observation

        host, port = self.settings.metrics_host, self.settings.metrics_port
        return Observation(self.overview.statistics, environment=os.environ, host=host, port=port)

    @cached_property
    def indexing(self) -> "CodeIndexingApplicationService":
        from kodit.application.indexing.code_indexing_application_service import CodeIndexingApplicationService

        return CodeIndexingApplicationService(
            storage=self.storage,
            queue=self.queue,
            working_copies=self.working_copies,
            keyword_index=self.keyword_index,
            vector_index=self.vector_index,
            discard_channel=lambda location: self.releases.discard(location),  # noqa: PLW0108 - made by whoever needs it
            machine=self.presence.machine,
            now=clock.now,
            depth=self.settings.git_depth,
            usual=timedelta(minutes=self.settings.sync_minutes),
        )

    def new_worker(self, observer: "AttemptObserver | None" = None) -> "IndexingWorkerService":
        """A worker with its handlers bound to what they need; `observer` is told of its attempts as well."""
        from kodit.application.handlers import all_bound
        from kodit.application.tasks.executor import Executor
        from kodit.application.tasks.observing import ObservedBySeveral
        from kodit.application.tasks.worker import IndexingWorkerService

        services = {
            "storage": self.storage,
            "working_copies": self.working_copies,
            "releases": self.releases,
            "extractor": self.extraction.extractor,
            "manifest_reader": self.extraction.manifest_reader,
            "keyword_index": self.keyword_index,
            "vector_index": self.vector_index,
            "embedder": self.embedder,
            "batch_embedder": self.batch_embedder,
            "describer": self.describer,
            "models": self.models,
            "artifact_writer": choices.chosen_artifact_writer(self.settings),
            **artifact_choices.publishing_services(),
            "now": clock.now,
        }
        choices.ensure_logs(self.settings)
        return IndexingWorkerService(
            storage=self.storage,
            open_storage=lambda: opened_storage(self.settings.database),
            executor=Executor(all_bound(services), self.policies),
            wakeups=self.wakeups.another(),
            presence=self.presence,
            clock=self.clock,
            terms=choices.chosen_terms(self.settings, self.presence.machine()),
            observer=ObservedBySeveral([self.observation.observer, *([observer] if observer else [])]),
        )

    def served_metrics(self) -> AbstractAsyncContextManager[str | None]:
        """Serves the metrics, if at all, and gives their URL."""
        return self.observation.served()

    @property
    def condition(self) -> Condition:
        return Condition(
            database_fault=self._database_fault,
            metrics=self._metrics,
            observed_requests=lambda: self.observation.requests(),  # noqa: PLW0108 - made by the first request
            attempted=self._attempted,
        )

    def _attempted(self, attempt: Attempted) -> None:
        self.observation.attempted(attempt)

    async def _metrics(self) -> str:
        return await self.observation.text()

    async def _database_fault(self) -> str | None:
        from kodit.infrastructure.sql.condition import database_fault

        return await database_fault(self.database, self.settings.database_file)

    async def close(self) -> None:
        """End what was begun; what nobody asked for was never made."""
        made = vars(self)
        for close_first in self.closed_first:
            await close_first()
        if "access" in made:
            await self.access.authentication.close()
        if "extraction" in made:
            await self.extraction.close()
        # Only what ships with kodit holds processes or connections.
        for name in ("describer", "embedder", "catalogue"):
            if name in made and (close := getattr(made[name], "close", None)):
                await close()
        if "observation" in made:
            await self.observation.close()
        for name in made.keys() & {"wakeups", "endings"}:
            await made[name].close()
        if "database" in made:
            await self.database.close()
