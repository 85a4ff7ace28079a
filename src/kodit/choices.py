"""Which adapter a setting stands for. Only the chosen one is imported: each brings libraries that start slowly."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kodit.application.search.ports import Catalogue
from kodit.application.unit_of_work import Storage
from kodit.domain.enrichment.ports import Describer
from kodit.domain.errors import InvalidInput
from kodit.domain.search.ports import Embedder
from kodit.domain.tasks.claim import ANYWHERE
from kodit.domain.tasks.policy import Policies, RetryPolicy
from kodit.domain.tasks.task_type import AnyTaskType, type_named
from kodit.infrastructure import clock
from kodit.settings import Settings, TaskPolicy

if TYPE_CHECKING:
    from kodit.application.access.access import Access
    from kodit.application.sources.working_copies import WorkingCopiesByKind
    from kodit.application.tasks.ports import Clock, Presence, RateLimits, Wakeups
    from kodit.application.tasks.statistics import QueueStatistics
    from kodit.application.tasks.terms import Terms
    from kodit.domain.artifacts.ports import ArtifactWriter
    from kodit.domain.code.ports import SnippetExtractor
    from kodit.domain.nixpkgs.ports import PackageEvaluator, Releases
    from kodit.domain.search.batch_ports import BatchEmbedder
    from kodit.domain.sources.ports import ManifestReader


def chosen_embedder(settings: Settings) -> Embedder:
    """Raises InvalidInput for a model that is missing or cannot be used."""
    if settings.embedder == "sentence-transformers":
        from kodit.infrastructure.sentence_transformers.embedder import SentenceTransformersEmbedder

        if settings.embedder_model is None:
            raise InvalidInput("the sentence-transformers embedder needs a model", remedy="set KODIT_EMBEDDER_MODEL")
        return SentenceTransformersEmbedder(settings.embedder_model)
    if settings.embedder == "bedrock":
        from kodit.infrastructure.aws.embedder import BedrockEmbedder
        from kodit.job_settings import load_job

        job = load_job()
        return BedrockEmbedder(job.bedrock_model_id, job.bedrock_output_dimensions, job.aws_region)
    from kodit.infrastructure.static_model.embedder import StaticEmbedder

    return StaticEmbedder(Path(settings.embedder_model) if settings.embedder_model else None)


def chosen_batch_embedder(settings: Settings) -> "BatchEmbedder | None":
    """What embeds many texts in jobs, None where the embedder does all by itself.

    Raises InvalidInput with everything that is missing for it.
    """
    if settings.embedder != "bedrock":
        return None
    from kodit.infrastructure.aws.batch_embedder import BedrockBatchEmbedder, BedrockJobs
    from kodit.job_settings import load_job, needs_of_bedrock

    job = load_job(needs_of_bedrock)
    return BedrockBatchEmbedder(
        BedrockJobs(
            model_id=job.bedrock_model_id,
            dimension=job.bedrock_output_dimensions,
            role_arn=job.bedrock_role_arn or "",
            input_bucket=job.input_bucket or "",
            output_bucket=job.output_bucket or "",
            region=job.aws_region,
            most=job.bedrock_batch_size,
            interval=timedelta(seconds=job.bedrock_poll_interval),
            patience=timedelta(seconds=job.bedrock_max_wait_time),
        )
    )


def chosen_describer(settings: Settings, limits: "Callable[[], RateLimits]", time: "Clock") -> Describer:
    """Raises InvalidInput for an endpoint that is missing or makes no sense."""
    if settings.describer == "embedded":
        from kodit.infrastructure.embedded.describer import EmbeddedDescriber

        return EmbeddedDescriber(settings.workers)
    from kodit.application.tasks.pace import Pace
    from kodit.domain.tasks.rate import RATE_NAME, Rate
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
    rate = Rate(settings.openai_per_minute)
    # Of a long one its end, as the host's domain and port are there.
    pace = Pace(limits, endpoint.address[-RATE_NAME:], rate, time)
    return OpenAiDescriber(endpoint, now=clock.now, pace=pace)


def chosen_package_evaluator(settings: Settings) -> "PackageEvaluator":
    """The nix that is installed, within the settings' limits."""
    from kodit.infrastructure.nix.limits import NixLimits
    from kodit.infrastructure.nix.package_evaluator import NixPackageEvaluator

    limits = NixLimits(silence=timedelta(seconds=settings.nix_time_limit), memory=settings.nix_memory_limit)
    return NixPackageEvaluator(limits)


@dataclass(frozen=True, slots=True)
class Extraction:
    """What works in the processes of one pool, and how these are ended."""

    extractor: "SnippetExtractor"
    manifest_reader: "ManifestReader"
    close: Callable[[], Awaitable[None]]


def chosen_extraction(settings: Settings) -> Extraction:
    """With as many processes as are wanted, and the limits that files have there."""
    from kodit.infrastructure.manifests.manifest_reader import PooledManifestReader
    from kodit.infrastructure.processes.guarded_pool import GuardedPool
    from kodit.infrastructure.treesitter.snippet_extractor import PRELOADED, TreeSitterSnippetExtractor

    pool = GuardedPool(
        settings.workers,
        timedelta(seconds=settings.extract_seconds),
        settings.extract_megabytes * 1_000_000,
        preload=[PRELOADED],
    )
    return Extraction(TreeSitterSnippetExtractor(pool), PooledManifestReader(pool), pool.close)


def chosen_working_copies(settings: Settings) -> "WorkingCopiesByKind":
    """What reads each kind of source."""
    from kodit.application.sources.working_copies import WorkingCopiesByKind
    from kodit.domain.sources.source import SourceKind
    from kodit.infrastructure.filesystem.working_copy import DirectoryWorkingCopies
    from kodit.infrastructure.git.process import GitLimits
    from kodit.infrastructure.git.working_copies import GitWorkingCopies

    data_dir, limits = settings.data_dir, GitLimits(network=timedelta(seconds=settings.git_seconds))
    return WorkingCopiesByKind(
        {
            SourceKind.DIRECTORY: DirectoryWorkingCopies((data_dir,)),
            SourceKind.GIT: GitWorkingCopies(data_dir / "mirrors", limits),
        }
    )


def chosen_releases(settings: Settings) -> "Releases":
    """What gives the releases of channels; lists that are fetched are kept beside the database."""
    from kodit.application.channels.releases import ReleasesByForm
    from kodit.infrastructure.channels.package_lists import fetched, read
    from kodit.infrastructure.filesystem.folder_per_location import FolderPerLocation
    from kodit.infrastructure.filesystem.nixpkgs_tree import tree_at
    from kodit.infrastructure.git.checkout import clean_commit

    lists = FolderPerLocation(settings.data_dir / "channels")
    return ReleasesByForm(
        evaluator=chosen_package_evaluator(settings),
        tree_at=lambda path: tree_at(path, clean_commit),
        fetched=lambda location: fetched(location, lists.of(location)),
        read_list=read,
        forget=lists.forget,
    )


def chosen_artifact_writer(settings: Settings) -> "ArtifactWriter":
    """What builds artifacts; DuckDB is loaded when it builds one."""
    from importlib.metadata import version

    from kodit.infrastructure.duckdb.artifact_writer import DuckDbArtifactWriter
    from kodit.infrastructure.duckdb.session import Resources

    return DuckDbArtifactWriter(version=version("kodit"), now=clock.now, resources=Resources(threads=settings.workers))


def chosen_access(settings: Settings, storage: Storage, clock: "Clock") -> "Access":
    """Who may use a server on this database, and what was done through one."""
    from kodit.application.access.access import Access
    from kodit.application.access.audit_trail import AuditTrail
    from kodit.application.access.authentication import Authentication
    from kodit.application.access.keys import Keys

    trail = AuditTrail(storage=storage, clock=clock, keep=timedelta(days=settings.keep_audit_days))
    authentication = Authentication(storage=storage, clock=clock)
    keys = Keys(storage=storage, clock=clock, trail=trail, authentication=authentication)
    return Access(keys, authentication, trail)


def chosen_catalogue(settings: Settings, storage: Callable[[], Storage]) -> Catalogue:
    """For SQLite, one that leaves `storage` alone as long as nothing goes wrong."""
    from kodit.application.search.stored_catalogue import StoredCatalogue

    file = settings.database_file
    if file is None:
        return StoredCatalogue(storage())
    from kodit.infrastructure.sqlite.catalogue import SqliteCatalogue

    return SqliteCatalogue(file, lambda: StoredCatalogue(storage()))


def chosen_policies(settings: Settings) -> Policies:
    """How tasks are tried, in general and type by type. Raises InvalidInput for a type that there is none of."""
    default = RetryPolicy(
        attempts=settings.retry_attempts,
        base=timedelta(seconds=settings.retry_base_seconds),
        longest=timedelta(seconds=settings.retry_longest_seconds),
    )
    own = settings.task_policies
    return Policies(default, {_configured_type(name): _policy(own[name], default) for name in own})


def _configured_type(name: str) -> AnyTaskType:
    try:
        return type_named(name)
    except InvalidInput as error:
        raise InvalidInput(str(error), remedy=f"correct task_policies; {error.remedy}") from None


def _policy(own: TaskPolicy, default: RetryPolicy) -> RetryPolicy:
    spans = {"base": own.base_seconds, "longest": own.longest_seconds, "time_limit": own.time_limit_seconds}
    changes: dict[str, Any] = {name: timedelta(seconds=span) for name, span in spans.items() if span is not None}
    if own.attempts is not None:
        changes["attempts"] = own.attempts
    if own.jitter is not None:
        changes["jitter"] = own.jitter
    return replace(default, **changes)


def chosen_terms(settings: Settings, machine: str) -> "Terms":
    """How a worker on this machine works."""
    from kodit.application.tasks.terms import Terms
    from kodit.application.tasks.upkeep import Keeping

    return Terms(
        slots=settings.concurrency,
        lease=timedelta(seconds=settings.lease_seconds),
        ageing=timedelta(minutes=settings.ageing_minutes) or None,
        places=(ANYWHERE, machine),
        keeping=Keeping(
            time=timedelta(days=settings.keep_days),
            failed=timedelta(days=settings.keep_failed_days),
            most=settings.keep_runs,
        ),
    )


def chosen_presence(settings: Settings, *, of_programs: bool = False) -> "Presence":
    """Who is alive on this machine: workers of kodit's, or of other programs.

    They are apart: whoever finds one of kodit's leaves kodit's tasks to it.
    """
    from kodit.infrastructure.filesystem.presence import LockedPresence

    workers = settings.data_dir / "workers"
    return LockedPresence(workers / "of-programs" if of_programs else workers)


def chosen_wakeups(settings: Settings, about: str) -> "Wakeups":
    """What those who share a database wake each other by. `about` is what is announced, in one word."""
    if settings.database_file is None:
        from kodit.infrastructure.postgres.wakeups import PostgresWakeups

        return PostgresWakeups(settings.database, f"kodit_{about}")
    from kodit.infrastructure.sqlite.wakeups import SqliteWakeups

    return SqliteWakeups(settings.database_file, about)


def ensure_logs(settings: Settings) -> None:
    """Have logs written as the settings say, unless the program has said what shall become of them."""
    import structlog

    from kodit.infrastructure.telemetry.logs import configure_logs

    if not structlog.is_configured():
        configure_logs(level=settings.log_level, shape=settings.log_format, traces=True)


def prometheus_text(queue: "QueueStatistics") -> str:
    """The queue in the text format of Prometheus."""
    from kodit.infrastructure.telemetry.metrics import exposition

    return exposition(queue)
