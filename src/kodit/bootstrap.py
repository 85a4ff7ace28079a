"""Settings -> adapters -> the application."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kodit.application.engine import Kodit
from kodit.choices import chosen_artifact_writer
from kodit.domain.errors import InvalidInput, NothingIndexed
from kodit.domain.tasks.policy import Policies, RetryPolicy
from kodit.infrastructure.filesystem.data_directory import prepared
from kodit.infrastructure.filesystem.path_facts import path_facts
from kodit.infrastructure.sql.schema import SCHEMA
from kodit.infrastructure.sqlite.schema_version import schema_version
from kodit.rooms import Rooms, opened_storage
from kodit.settings import Settings, described, load

if TYPE_CHECKING:
    from kodit.application.artifacts.artifact_building import ArtifactBuilding
    from kodit.application.asking.code_questions import CodeQuestions
    from kodit.application.channels.channels import Channels
    from kodit.application.files.indexed_files import IndexedFiles
    from kodit.application.freshness.keeping_fresh import KeepingFresh
    from kodit.application.indexing.checks import IndexChecks
    from kodit.application.installation import Installation
    from kodit.application.nixpkgs.package_questions import PackageQuestions
    from kodit.application.queue_engine import QueueEngine
    from kodit.application.tasks.work import Handlers
    from kodit.infrastructure.remote.kodit import RemoteKodit


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
    return assembled(await _up_to_date(settings))


async def open_queue(
    where: Path | str | None = None, *, policies: Mapping[IntEnum, RetryPolicy], default: RetryPolicy
) -> "QueueEngine":
    """Open the queue in a database's URL or in a data directory; raises as `open_kodit`, and InvalidInput."""
    from kodit.application.tasks.admission import checked_policies

    checked_policies(policies, default)
    settings = _settings_of(where)
    await asyncio.to_thread(prepared, settings.data_dir, to_write=True)
    rooms = await _up_to_date(settings)
    return assembled_queue(rooms, Policies(default, dict(policies.items())))


def connected(url: str, key: str | None = None) -> "RemoteKodit":
    """A server in place of a data directory. Raises InvalidInput for a URL that makes no sense."""
    from kodit.infrastructure.remote.connection import Connection
    from kodit.infrastructure.remote.kodit import RemoteKodit

    return RemoteKodit(Connection(url, key))


async def _up_to_date(settings: Settings) -> Rooms:
    file = settings.database_file
    await asyncio.to_thread(prepared, settings.data_dir)
    rooms = Rooms(settings)
    try:
        if file is None or await asyncio.to_thread(schema_version, file) != SCHEMA:
            from kodit.infrastructure.sql import migrations

            await migrations.upgrade(rooms.database)
    except BaseException:
        await rooms.close()
        raise
    return rooms


def _settings_of(where: Path | str | None) -> Settings:
    """The settings in effect for a database's URL, a data directory, or neither."""
    if where is None or "://" not in str(where):
        return load(data_dir=None if where is None else Path(where))
    settings = load(database_url=str(where))
    # What belongs to a file lies beside it, so that all who open the file find it.
    file = settings.database_file
    if settings.database.startswith("sqlite") and (file is None or file.name == ":memory:"):
        raise InvalidInput("a queue in memory could be seen by nobody else", remedy="name a file: sqlite:///jobs.db")
    return settings if file is None else load(database_url=str(where), data_dir=file.parent)


async def upgrade_database(settings: Settings) -> tuple[str | None, str]:
    """Bring the database up to date; gives its version before, None when it was empty, and after."""
    from kodit.infrastructure.sql import migrations

    await asyncio.to_thread(prepared, settings.data_dir)
    database = Rooms(settings).database
    try:
        async with database.read() as connection:
            before = await migrations.version(connection)
        await migrations.upgrade(database)
    finally:
        await database.close()
    return before, SCHEMA


def start_logs(settings: Settings, *, silent: bool = False) -> None:
    """Have log lines written to stderr as the settings say; `silent` where something else shows what happens."""
    from kodit.infrastructure.telemetry.logs import configure_logs

    traces = settings.log_level in ("debug", "info") or settings.log_format == "json"
    configure_logs(level=settings.log_level, shape=settings.log_format, traces=traces, silent=silent)


def assembled(rooms: Rooms) -> Kodit:
    """The application over a database that is up to date already."""
    engine = Kodit(
        storage=lambda: rooms.storage,
        views=lambda: rooms.views,
        searching=lambda: rooms.searching,
        indexing=lambda: rooms.indexing,
        queue=lambda: rooms.queue,
        overview=lambda: rooms.overview,
        presence=lambda: rooms.presence,
        checks=lambda: _checks(rooms),
        code=lambda: _code_questions(rooms),
        files=lambda: _indexed_files(rooms),
        access=lambda: rooms.access,
        freshness=lambda: _keeping_fresh(rooms, engine),
        nix=cache(lambda: _package_questions(rooms)),
        artifacts=lambda: _artifact_building(rooms, engine),
        channels=lambda: _channels(rooms, engine),
        new_worker=rooms.new_worker,
        served_metrics=rooms.served_metrics,
        installation=lambda: _installation(rooms),
        settings=lambda: described(rooms.settings, origins_of={}),
        look_at_path=path_facts,
        condition=rooms.condition,
        close=rooms.close,
    )
    return engine


def _channels(rooms: Rooms, engine: Kodit) -> "Channels":
    from kodit.application.channels.channels import Channels

    return Channels(
        storage=rooms.storage,
        indexing=rooms.indexing,
        look_at_path=path_facts,
        releases=lambda: rooms.releases,
        rows=engine.sources,
        working_off=lambda: engine.working_off,
    )


def _code_questions(rooms: Rooms) -> "CodeQuestions":
    from kodit.application.asking.code_questions import CodeQuestions
    from kodit.infrastructure.sql.code_graph import SqlCodeGraph

    return CodeQuestions(storage=rooms.storage, graph=SqlCodeGraph(rooms.database), look_at_path=path_facts)


def _indexed_files(rooms: Rooms) -> "IndexedFiles":
    from kodit.application.asking.naming import Naming
    from kodit.application.files.file_reading import FileReading
    from kodit.application.files.grep import Grep
    from kodit.application.files.indexed_files import IndexedFiles
    from kodit.infrastructure.re2.line_pattern import Re2LinePattern
    from kodit.infrastructure.sql.code_graph import SqlCodeGraph
    from kodit.infrastructure.sql.file_texts import SqlFileTexts

    texts = SqlFileTexts(rooms.database)
    naming = Naming(storage=rooms.storage, graph=SqlCodeGraph(rooms.database), look_at_path=path_facts)
    return IndexedFiles(
        grep=Grep(storage=rooms.storage, texts=texts, compiled=Re2LinePattern),
        reading=FileReading(naming=naming, texts=texts),
    )


def _package_questions(rooms: Rooms) -> "PackageQuestions":
    from kodit.package_rooms import package_questions

    return package_questions(rooms)


def _artifact_building(rooms: Rooms, engine: Kodit) -> "ArtifactBuilding":
    from kodit.application.artifacts.artifact_building import ArtifactBuilding
    from kodit.infrastructure.duckdb.artifact_reader import opened_artifact

    return ArtifactBuilding(
        storage=rooms.storage,
        queue=rooms.queue,
        working_off=engine.working_off,
        writer=chosen_artifact_writer(rooms.settings),
        open_artifact=opened_artifact,
    )


def _checks(rooms: Rooms) -> "IndexChecks":
    from kodit.application.indexing.checks import IndexChecks
    from kodit.infrastructure.sql.integrity import faults

    return IndexChecks(
        storage=rooms.storage,
        keyword_index=rooms.keyword_index,
        vector_index=rooms.vector_index,
        models=rooms.models,
        database_faults=lambda: faults(rooms.database),
    )


async def _installation(rooms: Rooms) -> "Installation":
    from kodit.application.installation import Installation
    from kodit.infrastructure.filesystem.disk_use import disk_use
    from kodit.infrastructure.sql import migrations

    async with rooms.database.read() as connection:
        schema = await migrations.version(connection)
    data_dir = rooms.settings.data_dir
    return Installation(
        data_dir=str(data_dir),
        machine=rooms.presence.machine(),
        database=rooms.database.url.render_as_string(hide_password=True),
        schema=schema or "none",
        keyword_ranking=await rooms.keyword_index.ranking(),
        embedder=rooms.embedder.model,
        describer=rooms.describer.model,
        bytes_on_disk=await asyncio.to_thread(disk_use, data_dir),
    )


def _keeping_fresh(rooms: Rooms, engine: Kodit) -> "KeepingFresh":
    from kodit.application.freshness.here import Here
    from kodit.application.freshness.keeping_fresh import KeepingFresh
    from kodit.infrastructure.filesystem.changed_paths import left_in
    from kodit.infrastructure.watchfiles.directory_watcher import SystemDirectoryWatcher

    settings = rooms.settings
    excluded = [str(settings.data_dir.resolve())]
    secret = settings.webhook_secret
    return KeepingFresh(
        storage=rooms.storage,
        indexing=rooms.indexing,
        clock=rooms.clock,
        here=Here(rooms.presence.machine, path_facts),
        watcher=SystemDirectoryWatcher(),
        left_in=lambda directory, paths: left_in(directory, excluded, paths),
        add=engine.add,
        trail=lambda: engine.access().trail,
        usual=timedelta(minutes=settings.sync_minutes),
        wanted=settings.sources,
        secret=secret.get_secret_value() if secret else None,
    )


def assembled_queue(rooms: Rooms, policies: Policies) -> "QueueEngine":
    """The queue for another program's tasks, over a database that is up to date already."""
    from kodit.application.queue_engine import QueueEngine
    from kodit.application.tasks.executor import Executor
    from kodit.application.tasks.queue_service import QueueService
    from kodit.application.tasks.runs_over import RunsOver
    from kodit.application.tasks.worker import IndexingWorkerService
    from kodit.choices import chosen_terms, ensure_logs
    from kodit.domain.tasks.claim import ANYWHERE
    from kodit.infrastructure.processes.signals import stop_signals

    def new_worker(handlers: "Handlers", slots: int) -> IndexingWorkerService:
        ensure_logs(rooms.settings)
        return IndexingWorkerService(
            storage=rooms.storage,
            open_storage=lambda: opened_storage(rooms.settings.database),
            executor=Executor(handlers, policies),
            wakeups=rooms.wakeups.another(),
            presence=rooms.program_presence,
            clock=rooms.clock,
            terms=replace(chosen_terms(rooms.settings, ANYWHERE), slots=slots, places=(ANYWHERE,)),
            endings=rooms.endings,
        )

    return QueueEngine(
        storage=rooms.storage,
        views=lambda: rooms.views,
        queue=QueueService(storage=rooms.storage, wakeups=rooms.wakeups, policies=policies, clock=rooms.clock),
        runs_over=RunsOver(rooms.storage, rooms.endings),
        new_worker=new_worker,
        stop_signals=stop_signals,
        close=rooms.close,
    )
