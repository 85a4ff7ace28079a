"""What servers offer: one command path behind HTTP, MCP and the page."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from kodit.application.reports import RunProgress, SearchResult, SourceDetails
from kodit.application.serving.locations import is_on_disk, told_from_afar
from kodit.application.serving.plain import plain
from kodit.application.serving.queued import Queued, queued
from kodit.application.serving.recording import ids_in_words, recorded
from kodit.application.serving.sight import Sight
from kodit.application.views import DeadFilter, DeadLetter, SourceRow, TaskRow
from kodit.domain.access.audit import Action, Visit
from kodit.domain.access.caller import Caller
from kodit.domain.access.scope import Scope
from kodit.domain.code.snippet import SnippetKind
from kodit.domain.errors import NotFound
from kodit.domain.search.query import SearchMode
from kodit.domain.sources.last_change import ANY_CHANGE, LastChange
from kodit.domain.sources.location import without_credentials
from kodit.domain.sources.schedule import Schedule, told_interval
from kodit.domain.sources.source import Source
from kodit.domain.tasks.run import Run
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import AnyTaskType

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.application.serving.code_asking import CodeAsking
    from kodit.application.serving.file_asking import FileAsking
    from kodit.application.serving.freshness import Freshness
    from kodit.application.serving.key_keeping import KeyKeeping
    from kodit.application.serving.package_asking import PackageAsking
    from kodit.application.serving.server_asking import ServerAsking
    from kodit.application.tasks.queue_service import Changed, TaskDetails
    from kodit.application.tasks.queue_view import QueueBoard
    from kodit.domain.sources.reading import Reading

ALL_TASKS = "list them: kodit queue list --state all"
"""As the queue says it of what is not there, so that nobody learns whether something is."""


class ServingApplicationService:
    """All that one caller may ask and do, held to their scopes and to the sources that exist for them.

    Every method raises Refused without its scope, and NotFound for what belongs to a source that the caller does not
    see. What is changed is written to the audit log, with what `visit` tells of the request.
    """

    def __init__(self, engine: "Kodit", caller: Caller, visit: Visit | None = None) -> None:
        self._engine = engine
        self._caller = caller
        self._visit = visit or Visit(caller=caller)
        self._sight = Sight(caller, lambda: engine.storage)

    @property
    def caller(self) -> Caller:
        """Who asks."""
        return self._caller

    @property
    def code(self) -> "CodeAsking":
        """Questions about code."""
        from kodit.application.serving.code_asking import CodeAsking

        self._caller.must(Scope.READ)
        return CodeAsking(self._engine.code, self._sight)

    @property
    def files(self) -> "FileAsking":
        """What files say, and which of their lines match."""
        from kodit.application.serving.file_asking import FileAsking

        self._caller.must(Scope.READ)
        return FileAsking(self._engine.files(), self._sight)

    @property
    def nix(self) -> "PackageAsking":
        """Packages of nixpkgs, and their channels."""
        from kodit.application.serving.package_asking import PackageAsking

        return PackageAsking(self._engine, self._caller, self._visit)

    @property
    def access(self) -> "KeyKeeping":
        """Keys, and who changed what."""
        from kodit.application.serving.key_keeping import KeyKeeping

        self._caller.must(Scope.ADMIN)
        self._caller.must_see_all()
        return KeyKeeping(self._engine.access(), self._visit)

    @property
    def server(self) -> "ServerAsking":
        """The queue as a whole, and the server itself."""
        from kodit.application.serving.server_asking import ServerAsking

        return ServerAsking(self._engine, self._caller)

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
        """As `Kodit.search`."""
        self._caller.must(Scope.READ)
        return await self._engine.search(
            text,
            mode=mode,
            sources=await self._sight.names(sources),
            languages=languages,
            paths=paths,
            last_change=last_change,
            packages=packages,
            kinds=kinds,
            limit=limit,
        )

    async def sources(self) -> Sequence[SourceRow]:
        """Every source that exists for the caller, by name."""
        self._caller.must(Scope.READ)
        return [row for row in await self._engine.sources() if self._caller.sees(row.name)]

    async def freshness(self, names: Sequence[str] = ()) -> "Sequence[Freshness]":
        """How fresh these sources are, by name; none means all that exist for the caller. Raises NotFound."""
        from kodit.application.serving.freshness import freshness_of

        rows = await self.sources()
        known = {row.name for row in rows}
        for name in names:
            if name not in known:
                raise NotFound(f"there is no source named {name}", remedy="list them: kodit sources")
        return await freshness_of(self._engine, [row for row in rows if not names or row.name in names])

    async def source(self, name: str) -> SourceDetails:
        """As `Kodit.source`."""
        self._caller.must(Scope.READ)
        self._sight.must_see(name)
        return await self._engine.source(name)

    @recorded(lambda location, **_: (Action.ADD_SOURCE, without_credentials(str(location))))
    async def add(self, location: str, *, name: str | None = None, reading: "Reading | None" = None) -> Queued:
        """Add a source when it is new, and queue its indexing; raises as `Kodit.add`.

        What lies on the server's own disk takes the scope ADMIN, and a caller who sees some sources only adds none.
        """
        self._caller.must(Scope.WRITE)
        if is_on_disk(location):
            self._caller.must(Scope.ADMIN)
        self._caller.must_see_all()
        before = {row.id for row in await self._engine.sources()}
        with told_from_afar():
            source = await self._engine.add(location, name=name, reading=reading)
        return await queued(self._engine, source, added=source.id not in before)

    @recorded(lambda name: (Action.SYNC_SOURCE, name))
    async def sync(self, name: str) -> Run:
        """Queue the indexing of a source. Raises NotFound."""
        self._caller.must(Scope.WRITE)
        self._sight.must_see(name)
        return await self._engine.indexing.queue_index_tasks(await self._id_of(name), is_user_initiated=True)

    @recorded(lambda name, every: (Action.CHANGE_SOURCE, f"{name}: every {told_interval(every)}"))
    async def set_interval(self, name: str, every: timedelta | None) -> Schedule:
        """As `KeepingFresh.set_interval`."""
        self._caller.must(Scope.WRITE)
        self._sight.must_see(name)
        return await self._engine.freshness().set_interval(name, every)

    @recorded(lambda name: (Action.REMOVE_SOURCE, name))
    async def remove(self, name: str) -> Source:
        """Forget a source; its own files are left alone. Raises NotFound, and Conflict while a worker is at it."""
        self._caller.must(Scope.ADMIN)
        self._sight.must_see(name)
        return (await self._engine.remove(name)).as_told

    async def progress(self, run_id: int) -> RunProgress:
        """A run as it stands. Raises NotFound."""
        self._caller.must(Scope.READ)
        return await self._seen_run(run_id)

    async def must_still_be_let_in(self) -> None:
        """Raises Refused once the key that the caller has shown opens nothing any more."""
        if self._caller.key_id is not None:
            await self._engine.access().authentication.still_usable(self._caller.key_id)

    async def _seen_run(self, run_id: int) -> RunProgress:
        found = await self._engine.progress(run_id)
        if not self._caller.sees(found.source.name):
            raise NotFound(f"there is no run {run_id}", remedy=ALL_TASKS)
        return replace(found, source=found.source.as_told)

    async def tasks(
        self,
        *,
        states: Sequence[TaskState] = (),
        kind: AnyTaskType | None = None,
        source: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Sequence[TaskRow]:
        """As `Views.tasks`."""
        self._caller.must(Scope.READ)
        found: list[TaskRow] = []
        for name in await self._asked(source):
            found += await self._engine.views.tasks(states=states, kind=kind, source=name, before=before, limit=limit)
        return sorted(found, key=lambda row: row.id, reverse=True)[:limit]

    async def task(self, task_id: int) -> "TaskDetails":
        """A task with all that there is to say about it. Raises NotFound."""
        self._caller.must(Scope.READ)
        return await self._seen_task(task_id)

    async def _seen_task(self, task_id: int) -> "TaskDetails":
        details = await self._engine.queue.details(task_id)
        if self._caller.sources is not None and (details.source is None or not self._caller.sees(details.source)):
            raise NotFound(f"there is no task {task_id}", remedy=ALL_TASKS)
        return details

    async def dead(self, which: DeadFilter, *, limit: int = 50) -> Sequence[DeadLetter]:
        """As `Views.dead`."""
        self._caller.must(Scope.READ)
        found: list[DeadLetter] = []
        for name in await self._asked(which.source):
            found += await self._engine.views.dead(replace(which, source=name), limit=limit)
        return sorted(found, key=lambda letter: (letter.died_at, letter.id), reverse=True)[:limit]

    @recorded(lambda task_ids: (Action.RETRY_TASKS, ids_in_words(task_ids)))
    async def retry(self, task_ids: Sequence[int]) -> "Changed":
        """As `QueueService.retry_all`."""
        self._caller.must(Scope.WRITE)
        await self._must_see_tasks(task_ids)
        return await self._engine.queue.retry_all(task_ids)

    @recorded(lambda task_ids: (Action.DISCARD_TASKS, ids_in_words(task_ids)))
    async def discard(self, task_ids: Sequence[int]) -> "Changed":
        """As `QueueService.discard`."""
        self._caller.must(Scope.WRITE)
        await self._must_see_tasks(task_ids)
        return await self._engine.queue.discard(task_ids)

    @recorded(lambda run_id: (Action.CANCEL_RUN, str(run_id)))
    async def cancel(self, run_id: int) -> Run:
        """Cancel a run. Raises NotFound, Conflict when it is over."""
        self._caller.must(Scope.WRITE)
        if self._caller.sources is not None:
            await self._seen_run(run_id)
        return await self._engine.queue.cancel(run_id)

    async def board(self, *, limit: int = 20) -> "QueueBoard":
        """The queue at one moment. It tells of every source, so it takes a caller who sees all."""
        self._caller.must(Scope.READ)
        self._caller.must_see_all()
        return await self._engine.overview.board(limit=limit)

    @recorded(lambda kind, paused: (Action.HOLD_QUEUE if paused else Action.RESUME_QUEUE, plain(kind)))
    async def hold(self, kind: AnyTaskType, *, paused: bool) -> None:
        """Pause or resume a type of tasks, or all for EVERYTHING."""
        self._caller.must(Scope.ADMIN)
        self._caller.must_see_all()
        await (self._engine.queue.pause(kind) if paused else self._engine.queue.resume(kind))

    @recorded(lambda kind, most: (Action.LIMIT_QUEUE, f"{plain(kind)}: {'any number' if most is None else most}"))
    async def limit(self, kind: AnyTaskType, most: int | None) -> None:
        """Let at most so many tasks of a type run at a time; None for any number."""
        self._caller.must(Scope.ADMIN)
        self._caller.must_see_all()
        await self._engine.queue.limit(kind, most)

    async def _id_of(self, name: str) -> int:
        async with self._engine.storage.read() as unit:
            source = await unit.sources.named(name)
        if source is None:
            raise NotFound(f"there is no source named {name}", remedy="list them: kodit sources")
        return source.id

    async def _asked(self, source: str | None) -> Sequence[str | None]:
        """The sources to ask for, one by one; None asks for all."""
        if source is not None:
            self._sight.must_see(source)
            return [source]
        if self._caller.sources is None:
            return [None]
        return [row.name for row in await self.sources()]

    async def _must_see_tasks(self, task_ids: Sequence[int]) -> None:
        if self._caller.sources is not None:
            for task_id in task_ids:
                await self._seen_task(task_id)
