"""Channels, and what came of reading one."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from kodit.application.channels.channels import ChannelDetails
from kodit.application.reports import IndexReport
from kodit.application.serving.plain import plain
from kodit.domain.nixpkgs.release import ReleaseForm
from kodit.domain.nixpkgs.walk import EvaluationFailure
from kodit.domain.tasks.run import RunState
from kodit.interfaces.cli.rendering.figures import counted, moment
from kodit.interfaces.cli.rendering.listings import tell_failures
from kodit.interfaces.cli.rendering.reports import nothing_changed, phases_of, show_queued
from kodit.interfaces.cli.rendering.streams import notice, one_line, say
from kodit.interfaces.cli.rendering.tables import Fit, pairs, table
from kodit.interfaces.cli.walking import walk_in_words

_LISTED = ("name", "state", "release", "packages", "nested", "failures", "indexed_at", "walk")
_FIT = Fit(first=_LISTED, elastic="walk")
_CHANGES = {"added": "new", "modified": "changed", "deleted": "gone"}
"""What is counted as phases count files, in words about packages."""


def show_channels(rows: Sequence[ChannelDetails]) -> None:
    """Every channel, one a line."""
    if not rows:
        notice("there is no channel yet; begin with: kodit nix channel add NAME --from LOCATION")
        return
    table(_LISTED, [_cells(row) for row in rows], fit=_FIT)
    tell_failures(rows)


def show_channel(row: ChannelDetails) -> None:
    """One channel with all that there is to know about it."""
    reading = "all" if row.complete else "not all of this release" if row.release_id else "not read yet"
    pairs(
        [
            ("name", row.name),
            ("location", row.location),
            ("state", row.state),
            *([("error", one_line(row.error))] if row.error else []),
            *([("remedy", one_line(row.remedy))] if row.remedy else []),
            ("release", row.release or "-"),
            ("release id", row.release_id or "-"),
            ("packages", f"{row.packages:,}: {row.top_level:,} at the top, {row.nested:,} in sets"),
            ("read", reading),
            ("failures", f"{row.failures:,}"),
            ("indexed_at", moment(row.indexed_at)),
            ("walk", _walk(row)),
            *([("scopes", ", ".join(row.walk.scopes) or "-")] if row.form is ReleaseForm.TREE else []),
            ("described", "in other words too" if row.described else "in their own words"),
        ]
    )


def show_failures(failures: Sequence[EvaluationFailure]) -> None:
    """Attributes that could not be evaluated, one a line, with what nix said first."""
    if not failures:
        notice("every attribute was evaluated")
        return
    table(("attribute", "error"), [(str(one.attr), one.message) for one in failures])


def channel_document(row: ChannelDetails, failures: Sequence[EvaluationFailure] | None) -> Mapping[str, Any]:
    """One channel as a JSON document has it, with the attributes that failed unless nobody asked for them."""
    failed = [{"attr": one.attr, "error": one.message} for one in failures or ()]
    return {**plain(row), **({} if failures is None else {"failed": failed})}


def report_document(report: IndexReport, details: ChannelDetails) -> Mapping[str, Any]:
    """What came of reading a channel, as a JSON document has it."""
    return {
        "channel": details,
        "run": report.progress.run.id,
        "state": report.progress.run.state,
        "nothing_changed": nothing_changed(report),
        **{word: report.counts.get(f"files_{count}", 0) for count, word in _CHANGES.items()},
        "failed": report.counts.get("packages_failed", 0),
        "embedded": report.counts.get("code_embedded", 0),
        "phases": phases_of(report.progress),
        "already_queued": report.already,
        "elsewhere": report.elsewhere,
        "took_seconds": round(report.took_seconds, 3),
    }


def show_report(report: IndexReport, details: ChannelDetails, *, waited: bool) -> None:
    """The same in words."""
    if not waited:
        show_queued(report)
        return
    if report.progress.run.state is not RunState.COMPLETED:
        return
    name, packages, seconds = details.name, counted(details.packages, "package"), report.took_seconds
    if nothing_changed(report):
        say(f"{name}: nothing changed in {packages} ({seconds:.2f} s)")
        return
    changes = [(report.counts.get(f"files_{count}", 0), word) for count, word in _CHANGES.items()]
    told = [f"{number:,} {word}" for number, word in changes if number or word == "new"]
    say(f"{name}: {', '.join([packages, *told, counted(details.failures, 'failure')])}, in {seconds:.0f} s")
    if details.failures:
        notice(f"see what failed, and why: kodit nix channel show {shlex.quote(name)} --failures")
    if not details.packages:
        notice(f"warning: there was no package in {details.location}")


def _cells(row: ChannelDetails) -> Sequence[object]:
    return (
        row.name,
        row.state,
        row.release or (row.release_id or "-")[:12],
        f"{row.packages:,}",
        f"{row.nested:,}",
        f"{row.failures:,}",
        moment(row.indexed_at),
        _walk(row),
    )


def _walk(row: ChannelDetails) -> str:
    walk = row.walk
    if row.form is ReleaseForm.TREE:
        return walk_in_words(walk)
    return f"only {', '.join(map(str, walk.attributes))}" if walk.attributes else "all of the list"
