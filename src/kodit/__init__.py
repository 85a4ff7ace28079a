"""kodit: a priority task-queue indexing engine for code.

async with kodit.open("~/.kodit") as k:
    await k.index("path/to/code")
    result = await k.search("parse http headers")
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import IntEnum

    from kodit.application.engine import Kodit
    from kodit.application.queue_engine import QueueEngine
    from kodit.domain.tasks.policy import RetryPolicy
    from kodit.infrastructure.remote.kodit import RemoteKodit

__version__ = "0.1.0"
__all__ = ["__version__", "connect", "open", "open_queue"]


@asynccontextmanager
async def open(data_dir: Path | str | None = None, **settings: Any) -> "AsyncIterator[Kodit]":
    """Open a data directory for indexing and searching; see `kodit.application.engine.Kodit` for what it can do.

    `data_dir` defaults to the platform's; `settings` are those of `kodit.settings.Settings`, by name.
    Raises `kodit.domain.errors.KoditError` for what a user can mend.
    """
    # Imported here so that `import kodit` alone costs nothing.
    from kodit.bootstrap import open_kodit
    from kodit.settings import load

    async with await open_kodit(settings=load(data_dir=data_dir, **settings)) as engine:
        yield engine


@asynccontextmanager
async def connect(url: str, *, key: str | None = None) -> "AsyncIterator[RemoteKodit]":
    """Ask a server as `open` asks a data directory; see `kodit.infrastructure.remote.kodit.RemoteKodit`.

    `url` is what `kodit serve` prints, `key` one of `kodit keys create`; on the server's own machine none is needed.
    Raises InvalidInput for a URL that makes no sense; Unavailable is raised by whatever is asked first.
    """
    from kodit.bootstrap import connected

    async with connected(url, key) as server:
        yield server


@asynccontextmanager
async def open_queue(
    where: Path | str | None = None,
    *,
    policies: "Mapping[IntEnum, RetryPolicy] | None" = None,
    default: "RetryPolicy | None" = None,
) -> "AsyncIterator[QueueEngine]":
    """Open kodit's queue for tasks of your own; see `kodit.application.queue_engine.QueueEngine` for what it can do.

    `where` is a database's URL (`sqlite:///jobs.db`, `postgresql://user@server/database`) or a data directory, and
    defaults to kodit's own. What is missing is created: the directory with all above it, for its owner alone, the
    database's file there, and the tables; a database of an older kodit is brought up to date. Beside an SQLite file
    lie those by which processes wake each other and tell that they live; with PostgreSQL they lie in the data
    directory.

    `policies` say how tasks of single types are tried, and `default` all others. `kodit.queue` has what handlers need.
    Raises Refused for a place that cannot be written to, InvalidInput for a place, type or policy that makes no sense,
    StorageFull, Unavailable when the server does not answer, DatabaseUnusable.
    """
    from kodit import bootstrap
    from kodit.domain.tasks.policy import RetryPolicy

    opened = await bootstrap.open_queue(where, policies=policies or {}, default=default or RetryPolicy())
    async with opened as engine:
        yield engine
