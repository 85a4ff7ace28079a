"""Kodit as one object: what the command line, the servers and the Python API all call."""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from kodit.application.asking.given import known, several
from kodit.application.following import Watcher
from kodit.application.known_languages import known_language
from kodit.application.reports import IndexReport, RunProgress, SearchResult, SourceDetails, not_indexed
from kodit.application.unit_of_work import Storage
from kodit.application.views import SourceRow, Views
from kodit.domain.code.snippet import SnippetKind
from kodit.domain.errors import NotFound, NothingIndexed
from kodit.domain.search.query import Filters, Query, SearchMode
from kodit.domain.sources.last_change import ANY_CHANGE, LastChange
from kodit.domain.sources.source import Naming, Source
from kodit.domain.tasks.task import Task

if TYPE_CHECKING:
    # What only some calls need is imported by whoever makes it: see `kodit.bootstrap`.
    from kodit.application.access.access import Access
    from kodit.application.artifacts.artifact_building import ArtifactBuilding
    from kodit.application.asking.code_questions import CodeQuestions
    from kodit.application.channels.channels import Channels
    from kodit.application.condition import Condition
    from kodit.application.files.indexed_files import IndexedFiles
    from kodit.application.freshness.keeping_fresh import KeepingFresh
    from kodit.application.indexing.checks import Disagreement, IndexChecks
    from kodit.application.indexing.code_indexing_application_service import CodeIndexingApplicationService
    from kodit.application.installation import Installation, ShownSetting
    from kodit.application.nixpkgs.package_questions import PackageQuestions
    from kodit.application.search.search_service import SearchService
    from kodit.application.tasks.ports import AttemptObserver, Presence
    from kodit.application.tasks.queue_overview import QueueOverview
    from kodit.application.tasks.queue_service import QueueService
    from kodit.application.tasks.worker import IndexingWorkerService
    from kodit.application.working_off import WorkingOff
    from kodit.domain.sources.reading import LookAtPath, Reading


class Kodit:
    """A data directory, opened. Get one from `kodit.open`.

    Foreseeable faults are raised as `kodit.domain.errors.KoditError`, whose `remedy` says what to do.
    """

    def __init__(  # noqa: PLR0913 - the composition root hands over every room
        self,
        *,
        storage: Callable[[], Storage],
        views: Callable[[], Views],
        searching: "Callable[[], SearchService]",
        indexing: "Callable[[], CodeIndexingApplicationService]",
        queue: "Callable[[], QueueService]",
        overview: "Callable[[], QueueOverview]",
        presence: "Callable[[], Presence]",
        checks: "Callable[[], IndexChecks]",
        code: "Callable[[], CodeQuestions]",
        files: "Callable[[], IndexedFiles]",
        access: "Callable[[], Access]",
        freshness: "Callable[[], KeepingFresh]",
        nix: "Callable[[], PackageQuestions]",
        artifacts: "Callable[[], ArtifactBuilding]",
        channels: "Callable[[], Channels]",
        new_worker: "Callable[[AttemptObserver | None], IndexingWorkerService]",
        served_metrics: Callable[[], AbstractAsyncContextManager[str | None]],
        installation: "Callable[[], Awaitable[Installation]]",
        settings: "Callable[[], Sequence[ShownSetting]]",
        look_at_path: "LookAtPath",
        condition: "Condition",
        close: Callable[[], Awaitable[None]],
    ) -> None:
        self._views = views
        self._storage = storage
        self._searching = searching
        self._indexing = indexing
        self._queue = queue
        self._overview = overview
        self._presence = presence
        self._checks = checks
        self._code = code
        self.files = files
        self.access = access
        self.freshness = freshness
        self.nix = nix
        self._artifacts = artifacts
        self._channels = channels
        self._new_worker = new_worker
        self.served_metrics = served_metrics
        self._installation = installation
        self.settings = settings
        self._look_at_path = look_at_path
        self.condition, self.close = condition, close

    @property
    def views(self) -> Views:
        """Lists and pages."""
        return self._views()

    @property
    def storage(self) -> Storage:
        """Opens units of work."""
        return self._storage()

    @property
    def queue(self) -> "QueueService":
        """What cancels and retries."""
        return self._queue()

    @property
    def overview(self) -> "QueueOverview":
        """What the queue is like."""
        return self._overview()

    @property
    def indexing(self) -> "CodeIndexingApplicationService":
        """What adds, queues and removes sources."""
        return self._indexing()

    @property
    def presence(self) -> "Presence":
        """Who works on this database."""
        return self._presence()

    @property
    def code(self) -> "CodeQuestions":
        """Asks what is defined where, who uses it, what it needs."""
        return self._code()

    @property
    def channels(self) -> "Channels":
        """What adds channels of nixpkgs, and tells of them."""
        return self._channels()

    @property
    def artifacts(self) -> "ArtifactBuilding":
        """What writes indexes as files."""
        return self._artifacts()

    def worker(self, *, observer: "AttemptObserver | None" = None) -> "IndexingWorkerService":
        """A worker for this process, not yet running; `observer` is told of its attempts as well."""
        return self._new_worker(observer)

    @property
    def working_off(self) -> "WorkingOff":
        """Queues sources, and has runs worked off."""
        from kodit.application.working_off import WorkingOff

        return WorkingOff(
            storage=self.storage,
            views=self.views,
            indexing=self.indexing,
            presence=self.presence,
            new_worker=self.worker,
            progress=self.progress,
        )

    async def add(self, location: str, *, name: str | None = None, reading: "Reading | None" = None) -> Source:
        """The source at a path (a `pathlib.Path` will do too) or URL, added when it is new.

        Raises NotFound or InvalidInput for a location, a reading or a name that makes no sense, Refused for a path that
        may not be looked at, Conflict for a name that is taken.
        """
        from kodit.domain.sources.location import checked_name
        from kodit.domain.sources.reading import HEAD, placed, usual_name

        chosen = None if name is None else checked_name(name)
        reading = reading or HEAD
        try:
            kind, exact = placed(str(location), reading, self._look_at_path)
        except NotFound:
            await self.indexing.check_is_no_name(str(location))
            raise
        named = Naming(chosen or usual_name(exact, kind), exact=chosen is not None)
        return await self.indexing.add_source(kind=kind, location=exact, naming=named, reading=reading)

    async def index(
        self,
        location: str,
        *,
        name: str | None = None,
        reading: "Reading | None" = None,
        wait: bool = True,
        watch: Watcher | None = None,
    ) -> IndexReport:
        """Add a source when it is new, and index what changed.

        With `wait`, works the queue off in this process until the run is over, unless a worker or server is alive
        already, which is then followed. A run that must wait before another try is left to a later call or a worker:
        see `report.progress.pauses`. `watch` is called with the progress several times a second.
        A run that failed is reported, not raised: see `report.progress.run.state`.
        """
        source = await self.add(location, name=name, reading=reading)
        return await self.working_off.index(source, wait=wait, watch=watch)

    async def search(  # noqa: PLR0913 - a filter each
        self,
        text: str,
        *,
        mode: SearchMode = SearchMode.HYBRID,
        sources: Sequence[str] = (),
        languages: Sequence[str] = (),
        paths: Sequence[str] = (),
        last_change: LastChange = ANY_CHANGE,
        packages: Sequence[str] = (),
        kinds: Sequence[SnippetKind] = (),
        limit: int = 10,
    ) -> SearchResult:
        """Search everything, or some sources, languages, path globs, files last changed by somebody or some time, the
        files of packages (by name or path), and snippets of some kinds.

        Raises NotFound for a source or a package that there is none of, InvalidInput for a language or a kind that
        kodit does not know, NothingIndexed when there is nothing to search.
        """
        started = time.perf_counter()
        searching = self._searching()
        several("packages", packages)
        filters = Filters(
            index_ids=await searching.ids_of(sources),
            languages=frozenset(known_language(language) for language in languages),
            paths=tuple(paths),
            last_change=last_change,
            packages=frozenset(packages),
            kinds=known("kinds", kinds, SnippetKind),
        )
        query = Query(text=text, mode=mode, filters=filters, limit=limit)
        hits = await searching.search(query)
        unindexed = () if hits else await self._unindexed(sources)
        return SearchResult(query=query, hits=hits, took_ms=(time.perf_counter() - started) * 1000, unindexed=unindexed)

    async def sources(self) -> Sequence[SourceRow]:
        """Every source, by name."""
        async with self.storage.read() as unit:
            owners = await unit.tasks.owners()
        return await self.views.sources(gone=self.presence.gone(owners) if owners else ())

    async def source(self, name: str) -> SourceDetails:
        """One source with its files in numbers. Raises NotFound."""
        row = next((row for row in await self.sources() if row.name == name), None)
        if row is None:
            raise NotFound(f"there is no source named {name}", remedy="list them: kodit sources")
        async with self.storage.read() as unit:
            submodules = await unit.sources.submodules(row.id)
        return SourceDetails(row=row, files=await self.views.files(row.id), submodules=submodules)

    async def remove(self, name: str) -> Source:
        """Forget a source; its own files are left alone. Raises NotFound, and Conflict while a worker is at it."""
        return await self.indexing.remove_source(name)

    async def check(self, *, repair: bool = False) -> "Sequence[Disagreement]":
        """What is wrong with the database and the indexes made from it.

        With `repair`, an index that disagrees is emptied, so that the source's next run makes it again.
        """
        return await self._checks().run(repair=repair)

    async def installation(self) -> "Installation":
        """Where everything is, and with which versions."""
        return await self._installation()

    async def progress(self, run_id: int) -> RunProgress:
        """A run as it stands. Raises NotFound, also for what another program has queued, which is about no source."""
        async with self.storage.read() as unit:
            run = await unit.tasks.run(run_id)
            index_id = run.payload.get("index_id")
            if not isinstance(index_id, int):
                raise NotFound(f"there is no run {run_id}", remedy="list them: kodit queue list --state all")
            return RunProgress(
                source=await unit.sources.get(index_id),
                run=run,
                tasks=await unit.tasks.tasks_of(run_id),
                steps=await unit.progress.of_run(run_id),
            )

    async def task(self, task_id: int) -> Task:
        """One task with its error history. Raises NotFound."""
        async with self.storage.read() as unit:
            return await unit.tasks.get(task_id)

    async def __aenter__(self) -> "Kodit":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _unindexed(self, names: Sequence[str]) -> Sequence[SourceRow]:
        """Those of the sources that were never indexed to the end. Raises NothingIndexed when all of them are."""
        asked = [row for row in await self.sources() if not names or row.name in names]
        unindexed = [row for row in asked if row.indexed_at is None]
        if unindexed and len(unindexed) == len(asked):
            message, remedy = not_indexed(unindexed)
            raise NothingIndexed(message, remedy=remedy)
        return unindexed
