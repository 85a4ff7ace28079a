"""Settings -> adapters -> the application. The only place that knows every room."""

import asyncio
from datetime import timedelta
from pathlib import Path

from kodit.application.engine import Kodit
from kodit.application.handlers import HANDLERS, bind
from kodit.application.indexing.code_indexing_application_service import CodeIndexingApplicationService
from kodit.application.indexing.models import derived_models
from kodit.application.search.search_service import SearchService
from kodit.application.sources.working_copies import WorkingCopiesByKind
from kodit.application.tasks.executor import Executor
from kodit.application.tasks.queue_service import QueueService
from kodit.application.tasks.worker import IndexingWorkerService
from kodit.domain.enrichment.ports import Describer
from kodit.domain.errors import InvalidInput, Refused, StorageFull
from kodit.domain.search.ports import Embedder
from kodit.domain.sources.source import SourceKind
from kodit.domain.tasks.policy import RetryPolicy
from kodit.infrastructure import clock
from kodit.infrastructure.filesystem.path_facts import path_facts
from kodit.infrastructure.filesystem.presence import LockedPresence
from kodit.infrastructure.filesystem.working_copy import DirectoryWorkingCopies
from kodit.infrastructure.git.process import GitLimits
from kodit.infrastructure.git.working_copy import GitWorkingCopies
from kodit.infrastructure.sql import migrations
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.unit_of_work import SqlStorage
from kodit.infrastructure.sql.views import SqlViews
from kodit.infrastructure.sqlite.wakeups import SqliteWakeups
from kodit.infrastructure.tantivy.keyword_index import TantivyKeywordIndex
from kodit.infrastructure.treesitter.snippet_extractor import TreeSitterSnippetExtractor
from kodit.infrastructure.vectors.vector_index import MappedVectorIndex
from kodit.settings import Settings, load


async def open_kodit(data_dir: Path | str | None = None, *, settings: Settings | None = None) -> Kodit:
    """Open a data directory, creating it and bringing its database up to date where needed.

    Raises Refused, StorageFull or DatabaseUnusable when that cannot be done.
    """
    settings = settings or load(data_dir=Path(data_dir) if data_dir is not None else None)
    await asyncio.to_thread(_prepare, settings.data_dir)
    database = Database(settings.database)
    try:
        await migrations.upgrade(database)
        return assembled(settings, database)
    except BaseException:
        await database.close()
        raise


def assembled(settings: Settings, database: Database) -> Kodit:
    """The application over a database that is up to date already."""
    data_dir = settings.data_dir
    storage = SqlStorage(database)
    wakeups = SqliteWakeups(Path(database.url.database or ""))
    policy = RetryPolicy(
        attempts=settings.retry_attempts,
        base=timedelta(seconds=settings.retry_base_seconds),
        longest=timedelta(seconds=settings.retry_longest_seconds),
    )
    queue = QueueService(storage=storage, wakeups=wakeups, policy=policy, now=clock.now)
    working_copies = WorkingCopiesByKind(
        {
            SourceKind.DIRECTORY: DirectoryWorkingCopies((data_dir,)),
            SourceKind.GIT: GitWorkingCopies(
                data_dir / "mirrors", GitLimits(network=timedelta(seconds=settings.git_seconds))
            ),
        }
    )
    extractor = TreeSitterSnippetExtractor(settings.workers, timedelta(seconds=settings.extract_seconds))
    keyword_index = TantivyKeywordIndex(data_dir / "keywords")
    vector_index = MappedVectorIndex(data_dir / "vectors")
    embedder, describer = _embedder(settings), _describer(settings)
    models = derived_models(embedder, describer)
    presence = LockedPresence(data_dir / "workers")
    services = {
        "storage": storage,
        "working_copies": working_copies,
        "extractor": extractor,
        "keyword_index": keyword_index,
        "vector_index": vector_index,
        "embedder": embedder,
        "describer": describer,
        "models": models,
        "now": clock.now,
    }
    executor = Executor(bind(HANDLERS, services), policy)

    def new_worker() -> IndexingWorkerService:
        return IndexingWorkerService(
            storage=storage,
            executor=executor,
            wakeups=wakeups,
            presence=presence,
            now=clock.now,
            concurrency=settings.concurrency,
            lease=timedelta(seconds=settings.lease_seconds),
        )

    async def close() -> None:
        await extractor.close()
        wakeups.close()
        await database.close()

    return Kodit(
        storage=storage,
        views=SqlViews(database),
        queue=queue,
        indexing=CodeIndexingApplicationService(
            storage=storage,
            queue=queue,
            working_copies=working_copies,
            keyword_index=keyword_index,
            vector_index=vector_index,
            now=clock.now,
        ),
        searching=SearchService(
            storage=storage,
            keyword_index=keyword_index,
            vector_index=vector_index,
            embedder=embedder,
            models=models,
        ),
        presence=presence,
        new_worker=new_worker,
        look_at_path=path_facts,
        models=models,
        close=close,
    )


def _embedder(settings: Settings) -> Embedder:
    if settings.embedder == "sentence-transformers":
        from kodit.infrastructure.sentence_transformers.embedder import SentenceTransformersEmbedder

        if settings.embedder_model is None:
            raise InvalidInput("the sentence-transformers embedder needs a model", remedy="set KODIT_EMBEDDER_MODEL")
        return SentenceTransformersEmbedder(settings.embedder_model)
    from kodit.infrastructure.static_model.embedder import StaticEmbedder

    return StaticEmbedder(Path(settings.embedder_model) if settings.embedder_model else None)


def _describer(settings: Settings) -> Describer:
    if settings.describer == "embedded":
        from kodit.infrastructure.embedded.describer import EmbeddedDescriber

        return EmbeddedDescriber()
    from kodit.infrastructure.openai.describer import Endpoint, OpenAiDescriber

    if settings.openai_base_url is None or settings.openai_model is None:
        raise InvalidInput(
            "the openai describer needs an endpoint and a model",
            remedy="set KODIT_OPENAI_BASE_URL and KODIT_OPENAI_MODEL",
        )
    endpoint = Endpoint(
        base_url=settings.openai_base_url,
        model=settings.openai_model,
        api_key=settings.openai_api_key.get_secret_value() if settings.openai_api_key else None,
        timeout=timedelta(seconds=settings.openai_seconds),
        concurrency=settings.openai_concurrency,
    )
    return OpenAiDescriber(endpoint, now=clock.now)


def _prepare(data_dir: Path) -> None:
    """Make the data directory, for its owner alone: it holds copies of code."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except PermissionError as error:
        raise Refused(
            f"cannot create {data_dir}", remedy="choose another directory with --data-dir or KODIT_DATA_DIR"
        ) from error
    except FileExistsError as error:
        raise InvalidInput(f"{data_dir} is a file", remedy="choose a directory with --data-dir") from error
    except OSError as error:
        raise StorageFull(f"cannot create {data_dir}: {error.strerror}", remedy="free some space") from error
