"""Settings -> adapters -> the application."""

import asyncio
from pathlib import Path

from kodit.application.engine import Kodit
from kodit.domain.errors import NothingIndexed
from kodit.infrastructure.filesystem.data_directory import prepared
from kodit.infrastructure.filesystem.path_facts import path_facts
from kodit.infrastructure.sql.schema import SCHEMA
from kodit.infrastructure.sqlite.schema_version import schema_version
from kodit.rooms import Rooms
from kodit.settings import Settings, load


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
    rooms = Rooms(settings)
    try:
        if file is None or await asyncio.to_thread(schema_version, file) != SCHEMA:
            from kodit.infrastructure.sql import migrations

            await migrations.upgrade(rooms.database)
        return assembled(rooms)
    except BaseException:
        await rooms.close()
        raise


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
    return Kodit(
        storage=lambda: rooms.storage,
        views=lambda: rooms.views,
        searching=lambda: rooms.searching,
        indexing=lambda: rooms.indexing,
        queue=lambda: rooms.queue,
        overview=lambda: rooms.overview,
        presence=lambda: rooms.presence,
        models=lambda: rooms.models,
        checks=lambda: rooms.checks,
        new_worker=rooms.new_worker,
        served_metrics=rooms.served_metrics,
        installation=rooms.installation,
        look_at_path=path_facts,
        close=rooms.close,
    )
