"""`kodit nix channel`."""

import shlex
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import BackgroundOption, JsonOption, YesOption, examples
from kodit.interfaces.cli.commands import nix
from kodit.interfaces.cli.exit_codes import ExitCode
from kodit.interfaces.cli.groups import group_of
from kodit.interfaces.cli.rendering.streams import document, notice
from kodit.interfaces.cli.running import Interrupted, invocation_of
from kodit.interfaces.cli.waiting import stopped, waiting_shown
from kodit.interfaces.cli.walking import (
    AttributesOption,
    DepthOption,
    RecurseOption,
    ScopesOption,
    SystemOption,
    walk_of,
)

if TYPE_CHECKING:
    from kodit.application.channels.channels import ChannelDetails
    from kodit.application.engine import Kodit
    from kodit.application.following import Watcher
    from kodit.application.reports import IndexReport
    from kodit.domain.nixpkgs.walk import EvaluationFailure
    from kodit.domain.sources.source import Source

group = group_of(
    "channel",
    "Channels of nixpkgs: add, list, show, read anew, remove.",
    epilog=examples("kodit nix channel", "kodit nix channel add unstable --from ~/src/nixpkgs"),
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The channel's name, as `kodit nix channel list` lists it.")]


def register(_app: typer.Typer) -> None:
    """Add the commands."""
    nix.group.add_typer(group)


@group.callback()
def channel(context: typer.Context) -> None:
    """List by default."""
    if context.invoked_subcommand is None:
        listed(context)


@group.command(
    epilog=examples(
        "kodit nix channel add nixos-16.09 --from ./packages.json.br",
        "kodit nix channel add unstable --from https://channels.nixos.org/nixos-unstable/packages.json.br",
        "kodit nix channel add mine --from ~/src/nixpkgs --recurse-all --depth 3",
    )
)
def add(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")],
    location: Annotated[
        str,
        typer.Option(
            "--from", metavar="LOCATION", help="A nixpkgs tree, a packages.json, or the URL of one; also compressed."
        ),
    ],
    depth: DepthOption = None,
    recurse: RecurseOption = None,
    scopes: ScopesOption = None,
    attributes: AttributesOption = None,
    system: SystemOption = "x86_64-linux",
    described: Annotated[
        bool, typer.Option("--describe", help="Have packages described in other words than their own.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Have a known channel read from there, no longer from elsewhere.")
    ] = False,
    background: BackgroundOption = False,
    as_json: JsonOption = False,
) -> int:
    """Index the packages of a nixpkgs tree, or of a list of them.

    Of a known channel, what changed is indexed. A tree is evaluated by nix, which must be installed. The channel is
    read in this way from now on; depth and scopes matter to trees alone. Ctrl-C keeps what is done: the same
    command goes on from there. When a given attribute cannot be had, the exit code is 1.
    """
    walk = walk_of(depth=depth, recurse=recurse, scopes=scopes, attributes=attributes, system=system)
    _warn_of_credentials(location)

    async def added(engine: "Kodit", wait: bool, watch: "Watcher | None") -> "IndexReport":
        return await engine.channels.index(
            name, location, walk=walk, described=described, moves=replace, wait=wait, watch=watch
        )

    return _indexed(context, added, wait=not background, as_json=as_json)


@group.command(epilog=examples("kodit nix channel sync unstable", "kodit nix channel sync mine --afresh"))
def sync(
    context: typer.Context,
    name: Name,
    afresh: Annotated[bool, typer.Option("--afresh", help="Read the release again even where it is the same.")] = False,
    background: BackgroundOption = False,
    as_json: JsonOption = False,
) -> int:
    """Index what changed in a channel, read as it was when it was added."""

    async def synchronised(engine: "Kodit", wait: bool, watch: "Watcher | None") -> "IndexReport":
        return await engine.channels.sync(name, afresh=afresh, wait=wait, watch=watch)

    return _indexed(context, synchronised, wait=not background, as_json=as_json)


@group.command(name="list", epilog=examples("kodit nix channel list", "kodit nix channel list --json"))
def listed(context: typer.Context, as_json: JsonOption = False) -> None:
    """List every channel, by name."""
    from kodit.interfaces.cli.rendering.channels import show_channels

    invocation = invocation_of(context)
    rows = invocation.asking(lambda engine: engine.channels.listed())
    if as_json:
        document(rows)
    else:
        show_channels(rows)


@group.command(epilog=examples("kodit nix channel show unstable", "kodit nix channel show unstable --failures"))
def show(
    context: typer.Context,
    name: Name,
    failures: Annotated[
        bool, typer.Option("--failures", help="Show the attributes that could not be evaluated, and why.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show one channel: its release, its packages, how it is read."""
    from kodit.interfaces.cli.rendering.channels import channel_document, show_channel, show_failures

    async def shown(engine: "Kodit") -> "tuple[ChannelDetails, list[EvaluationFailure]]":
        details = await engine.channels.shown(name)
        return details, list(await engine.channels.failures(name)) if failures else []

    invocation = invocation_of(context)
    details, failed = invocation.asking(shown)
    if as_json:
        document(channel_document(details, failed if failures else None))
    elif failures:
        show_failures(failed)
    else:
        show_channel(details)


@group.command(epilog=examples("kodit nix channel remove unstable", "kodit nix channel remove unstable --yes"))
def remove(context: typer.Context, name: Name, yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Forget a channel and all that was made from it. The tree or list itself is left alone."""
    from kodit.interfaces.cli.commands.sources import confirm, tell_removed

    async def removed(engine: "Kodit") -> "Source":
        await engine.channels.shown(name)
        return await engine.remove(name)

    invocation = invocation_of(context)
    if not yes:
        invocation.asking(lambda engine: engine.channels.shown(name))
        confirm(name)
    tell_removed(invocation.asking(removed), as_json=as_json)


def _warn_of_credentials(location: str) -> None:
    from kodit.domain.nixpkgs.channel_location import parsed_channel

    if parsed_channel(location).had_credentials:
        notice("the credentials in the URL are not used and not kept")


Indexing = Callable[["Kodit", bool, "Watcher | None"], Awaitable["IndexReport"]]
"""Has a channel indexed; the others say whether it is waited for, and who watches."""


def _indexed(context: typer.Context, indexing: Indexing, *, wait: bool, as_json: bool) -> int:
    from kodit.bootstrap import start_logs
    from kodit.interfaces.cli.commands.index import ended
    from kodit.interfaces.cli.rendering.channels import report_document, show_report

    invocation = invocation_of(context)
    settings = invocation.settings()
    # The progress shows what goes wrong; log lines would break its drawing.
    start_logs(settings, silent=settings.log_level == "warning")

    async def followed(engine: "Kodit") -> "tuple[IndexReport, ChannelDetails]":
        if not wait:
            report = await indexing(engine, False, None)
        else:
            async with waiting_shown(engine, settings.server, queue_only="--background") as watch:
                report = await indexing(engine, True, watch)
        return report, await engine.channels.shown(report.source.name)

    try:
        report, details = invocation.asking(followed, settings=settings)
    except Interrupted:
        notice(stopped(settings.server, "the same command"))
        raise
    if as_json:
        document(report_document(report, details))
    else:
        show_report(report, details, waited=wait)
    code = ended(report, f"kodit nix channel sync {shlex.quote(report.source.name)}")
    misses = wait and details.walk.attributes and details.failures
    return code or (ExitCode.WORK_FAILED if misses else ExitCode.OK)
