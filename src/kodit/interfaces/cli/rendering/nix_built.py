"""What came of making artifacts of nixpkgs, phase by phase."""

from collections.abc import Mapping, Sequence
from typing import Any

from kodit.application.artifacts.nixpkgs_job import PhaseReport
from kodit.application.reports import RunProgress
from kodit.interfaces.cli.rendering.artifacts import artifact_entry
from kodit.interfaces.cli.rendering.figures import size
from kodit.interfaces.cli.rendering.streams import notice, say


def show_phase(report: PhaseReport) -> None:
    """One line for a phase that succeeded; one that failed is told at the end."""
    artifact = report.artifact
    if artifact is None:
        return
    manifest = artifact.manifest
    what = f"{manifest.entries:,} packages"
    if report.unevaluated:
        what += f", {report.unevaluated:,} attributes that could not be evaluated"
    if report.phase != "metadata":
        what += f", {manifest.embedded:,} with a vector"
        what += f" of {manifest.origin.model}" if manifest.origin.model else ""
    where = f"{artifact.path}, {size(artifact.size)}"
    how = "unchanged since it was stored as" if report.unchanged else "stored as"
    kept = f"; {how} {', '.join(report.keys)}" if report.keys else ""
    layer = f"; published as layer {report.layer}" if report.layer else ""
    say(f"{report.phase}: {what}, in {report.took_seconds:,.1f} s: {where}{kept}{layer}")


def warn_of(report: PhaseReport) -> None:
    """What a phase has done without, on a line of stderr."""
    if lacking := _lacking(report):
        notice(f"{report.phase}: {lacking}")


def job_document(reports: Sequence[PhaseReport]) -> Mapping[str, Any]:
    """All phases, as a JSON document has them."""
    return {"phases": [_entry(report) for report in reports]}


def failure_in(phase: str, progress: RunProgress) -> tuple[str, str | None]:
    """What the last attempt that failed said, and what can be done about it."""
    message, remedy = _failure(progress)
    return f"{phase}: {message}", remedy


def _failure(progress: RunProgress) -> tuple[str, str | None]:
    for task in progress.tasks:
        if task.errors:
            error = task.errors[-1]
            return f"{task.type.name} failed: {error.message}", error.remedy
    return f"run {progress.run.id} is {progress.run.state}", None


def _lacking(report: PhaseReport) -> str | None:
    artifact = report.artifact
    if report.phase != "minified" or artifact is None or artifact.manifest.origin.model is not None:
        return None
    return "no package has a vector, as the full artifact has none; the embedding phase makes them: --mode embedding"


def _entry(report: PhaseReport) -> Mapping[str, Any]:
    lacking = _lacking(report)
    return {
        "phase": report.phase,
        "state": "completed" if report.failed is None else report.failed.run.state,
        "artifact": artifact_entry(report.artifact) if report.artifact else None,
        "keys": list(report.keys),
        "layer": report.layer,
        "unchanged": report.unchanged,
        "unevaluated": report.unevaluated,
        "notices": [lacking] if lacking else [],
        "error": dict(zip(("message", "remedy"), _failure(report.failed), strict=True)) if report.failed else None,
        "took_seconds": round(report.took_seconds, 3),
    }
