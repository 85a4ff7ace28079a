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
    from kodit.application.engine import Kodit

__version__ = "0.1.0"
__all__ = ["__version__", "open"]


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
