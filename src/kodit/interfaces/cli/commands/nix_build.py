"""`kodit nix build`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kodit.interfaces.cli.arguments import JsonOption, examples
from kodit.interfaces.cli.commands import nix
from kodit.interfaces.cli.exit_codes import ExitCode
from kodit.interfaces.cli.failures import explain
from kodit.interfaces.cli.rendering.progress_shown import progress_shown
from kodit.interfaces.cli.rendering.streams import document, notice
from kodit.interfaces.cli.running import Invocation, invocation_of
from kodit.interfaces.cli.walking import DepthOption, RecurseOption, SystemOption, walk_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kodit.application.artifacts.nixpkgs_job import JobOrder, PhaseReport
    from kodit.application.engine import Kodit
    from kodit.domain.nixpkgs.walk import Walk
    from kodit.job_settings import JobSettings
    from kodit.settings import Settings

EXAMPLES = examples(
    "kodit nix build --from ./packages.json.br --full fdnix-data.duckdb --minified fdnix.duckdb",
    "kodit nix build --mode minified --full fdnix-data.duckdb --minified fdnix.duckdb",
)


class Mode(StrEnum):
    """The phases that are run."""

    METADATA = "metadata"
    EMBEDDING = "embedding"
    MINIFIED = "minified"
    BOTH = "both"
    FULL = "full"


def register(_app: typer.Typer) -> None:
    """Add the command."""


@nix.group.command(epilog=EXAMPLES)
def build(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    mode: Annotated[
        Mode | None,
        typer.Option(
            metavar="MODE", help="metadata, embedding, minified, or both or full for all three.", show_default="both"
        ),
    ] = None,
    location: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="LOCATION", help="A nixpkgs tree, a list of packages, or the URL of one, as for channels."
        ),
    ] = None,
    full: Annotated[str | None, typer.Option(metavar="FILE", help="The full artifact.")] = None,
    minified: Annotated[str | None, typer.Option(metavar="FILE", help="The minified artifact.")] = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="What the channel is called.")] = "nixpkgs",
    depth: DepthOption = None,
    recurse: RecurseOption = None,
    system: SystemOption = "x86_64-linux",
    as_json: JsonOption = False,
) -> int:
    """Make artifacts of nixpkgs, and publish them.

    There are three phases: metadata, then embeddings, then a minified artifact. Each alone begins with the artifact
    of the one before it, fetched from the store where it is not here. What an option does not say is said by
    variables: PROCESSING_MODE, OUTPUT_PATH, ARTIFACTS_BUCKET, and others. Without --data-dir nothing is kept but
    the artifacts.
    """
    given = {
        "processing_mode": mode and mode.value,
        "nixpkgs_location": location,
        "output_path": full,
        "duckdb_path": full,
        "output_minified_path": minified,
    }
    walk = walk_of(depth=depth, recurse=recurse, scopes=None, attributes=None, system=system)
    invocation = invocation_of(context)
    with _settings(invocation) as settings:
        job = _job_settings(settings, given)
        reports = _built(invocation, settings, _order(job, name, walk), as_json=as_json)
    if as_json:
        from kodit.interfaces.cli.rendering.nix_built import job_document

        document(job_document(reports))
    return _ended(reports)


def _ended(reports: "Sequence[PhaseReport]") -> ExitCode:
    """The exit code, after a word about what failed."""
    from kodit.interfaces.cli.rendering.nix_built import failure_in

    for report in reports:
        if report.failed is not None:
            explain(*failure_in(report.phase, report.failed))
            return ExitCode.WORK_FAILED
    return ExitCode.OK


@contextmanager
def _settings(invocation: Invocation) -> "Iterator[Settings]":
    """With a data directory that is gone afterwards, where none is named; and with Bedrock, where only that is set."""
    import os

    from kodit.artifact_choices import passing_directory
    from kodit.settings import origins

    flags: dict[str, Any] = {}
    found = origins(**invocation.flags)
    bedrock = ("BEDROCK_ROLE_ARN", "BEDROCK_MODEL_ID")
    if found["embedder"] == "default" and any(os.environ.get(variable, "").strip() for variable in bedrock):
        flags["embedder"] = "bedrock"
    if found["data_dir"] != "default" or found["database_url"] != "default":
        yield invocation.settings_here(**flags)
        return
    with passing_directory() as directory:
        yield invocation.settings_here(**flags, data_dir=directory)


def _job_settings(settings: "Settings", given: Mapping[str, Any]) -> "JobSettings":
    """Raises InvalidInput with everything that is missing for the phases that are wanted."""
    from kodit.job_settings import left_unstored, load_job, needs_of_bedrock, needs_of_layers, needs_of_storing

    def needs_of_embedding(job: "JobSettings") -> "Sequence[Any]":
        return needs_of_bedrock(job) if settings.embedder == "bedrock" and "embedding" in job.phases else ()

    job = load_job(needs_of_storing, needs_of_layers, needs_of_embedding, flags=given)
    if unstored := left_unstored(job):
        notice(unstored)
    return job


def _order(job: "JobSettings", name: str, walk: "Walk") -> "JobOrder":
    from kodit.application.artifacts.nixpkgs_job import JobOrder, JobStore
    from kodit.application.artifacts.publish_order import LayerOrder
    from kodit.domain.artifacts.terms import BuildTerms, FtsTerms, HnswTerms

    # Where packages are read anew, the other phases go on with what was made of them.
    full = str((job.output_path if "metadata" in job.phases else job.full_path).expanduser().resolve())
    minified = str(job.output_minified_path.expanduser().resolve())
    bucket = job.artifacts_bucket
    vectors = HnswTerms(m=job.vss_hnsw_m, ef_construction=job.vss_ef_construction, ef_search=job.vss_ef_search)
    words = FtsTerms(stemmer=job.fts_stemmer, stopwords=job.fts_stopwords, index_name=job.fts_index_name)
    wanted_layer = job.publish_layer and "minified" in job.phases
    return JobOrder(
        name=name,
        location=job.nixpkgs_location,
        phases=job.phases,
        full=full,
        minified=minified,
        walk=walk,
        terms=BuildTerms(hnsw=vectors, fts=words),
        store=None
        if bucket is None
        else JobStore(
            location=f"s3://{bucket}" if job.keeps_in_s3 else bucket,
            region=job.aws_region,
            full_key=job.duckdb_data_key,
            minified_key=job.duckdb_minified_key,
            snapshots=job.artifacts_snapshots,
        ),
        layer=LayerOrder(
            layer=job.layer_arn or "",
            path=minified,
            runtimes=job.layer_runtimes,
            architectures=job.layer_architectures,
        )
        if wanted_layer
        else None,
    )


def _built(
    invocation: Invocation, settings: "Settings", order: "JobOrder", *, as_json: bool
) -> "Sequence[PhaseReport]":
    from kodit.artifact_choices import nixpkgs_job
    from kodit.bootstrap import start_logs
    from kodit.interfaces.cli.rendering.nix_built import show_phase, warn_of

    # The progress shows what goes wrong; log lines would break its drawing.
    start_logs(settings, silent=settings.log_level == "warning")

    def told(report: "PhaseReport") -> None:
        if not as_json:
            show_phase(report)
        warn_of(report)

    async def work(engine: "Kodit") -> "Sequence[PhaseReport]":
        with progress_shown() as watch:
            return await partial(nixpkgs_job(engine).run, order)(told=told, watch=watch)

    return invocation.with_engine(work, settings=settings)
