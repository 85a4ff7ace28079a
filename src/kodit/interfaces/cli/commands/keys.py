"""`kodit keys`."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import JsonOption, examples, span_of
from kodit.interfaces.cli.groups import group_of
from kodit.interfaces.cli.rendering.streams import document, notice, say
from kodit.interfaces.cli.running import invocation_of

if TYPE_CHECKING:
    from kodit.application.access.keys import HandedOut, ListedKey
    from kodit.application.engine import Kodit
    from kodit.domain.access.api_key import Grant

CREATING = (
    "kodit keys create ada --scope read",
    "kodit keys create ci --scope read --scope write --source stdlib --expires 90d --per-minute 600",
)
EXAMPLES = examples(*CREATING, "kodit keys list", "kodit keys revoke ada")

group = group_of("keys", "Who may use the server: create, list, rotate, revoke.", epilog=EXAMPLES)

ScopesOption = Annotated[
    list[str] | None,
    typer.Option("--scope", metavar="SCOPE", help="read, write or admin; may be given again. Each stands for itself."),
]
GivenSources = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME", help="Only this source exists for the key; may be given again."),
]
Expires = Annotated[
    str | None, typer.Option("--expires", metavar="TIME", help="It ends after this time: 12h, 90d. Never by default.")
]
PerMinute = Annotated[
    int | None,
    typer.Option("--per-minute", metavar="N", min=1, max=1_000_000, help="Requests that are answered in a minute."),
]
Which = Annotated[str, typer.Argument(metavar="KEY", help="Its name or its id, as `kodit keys list` shows them.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group)


@group.callback()
def keys(context: typer.Context, as_json: JsonOption = False) -> None:
    """List by default."""
    if context.invoked_subcommand is None:
        listed(context, as_json=as_json)


@group.command(epilog=examples(*CREATING))
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whom or what it is for, as the audit log calls them.")],
    *,
    scopes: ScopesOption = None,
    sources: GivenSources = None,
    expires: Expires = None,
    per_minute: PerMinute = None,
    as_json: JsonOption = False,
) -> None:
    """Create a key, and print it, this once.

    Only its digest is stored, so that nobody can be shown it again. Without a scope it may do nothing. Without --source
    every source exists for it, also those still to come.
    """
    span = None if expires is None else span_of(expires)

    async def made(engine: "Kodit") -> "HandedOut":
        from kodit.domain.access.audit import HERE

        return await engine.access().keys.create(name, _grant(engine, scopes, sources, per_minute, span), visit=HERE)

    _hand_out(invocation_of(context).with_engine(made), as_json=as_json)


@group.command(name="list", epilog=examples("kodit keys list", "kodit keys list --json"))
def listed(context: typer.Context, as_json: JsonOption = False) -> None:
    """List every key, also those that have ended, the oldest first."""
    from kodit.interfaces.cli.rendering.keys import show_keys

    async def found(engine: "Kodit") -> "Sequence[ListedKey]":
        return await engine.access().keys.listed()

    every = invocation_of(context).with_engine(found)
    if as_json:
        document(every)
    else:
        show_keys(every)


@group.command(epilog=examples("kodit keys rotate ci", "kodit keys rotate ci --grace 1h"))
def rotate(
    context: typer.Context,
    key: Which,
    grace: Annotated[
        str | None, typer.Option("--grace", metavar="TIME", help="How long the old one is good still: 1h, 7d.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Replace a key by a new one for the same, and print it."""
    span = span_of(grace) if grace is not None else timedelta()

    async def made(engine: "Kodit") -> "HandedOut":
        from kodit.domain.access.audit import HERE

        return await engine.access().keys.rotate(key, grace=span, visit=HERE)

    _hand_out(invocation_of(context).with_engine(made), as_json=as_json)


@group.command(epilog=examples("kodit keys revoke ada", "kodit keys revoke 000jvB3wii --json"))
def revoke(context: typer.Context, key: Which, as_json: JsonOption = False) -> None:
    """Take a key back, or all of a name. A server that runs lets it in for five seconds more at most."""

    async def revoked(engine: "Kodit") -> "Sequence[ListedKey]":
        from kodit.domain.access.audit import HERE

        return await engine.access().keys.revoke(key, visit=HERE)

    ended = invocation_of(context).with_engine(revoked)
    if as_json:
        document(ended)
    else:
        for one in ended:
            say(f"revoked {one.name} ({one.id})")


def _grant(
    engine: "Kodit",
    scopes: Sequence[str] | None,
    sources: Sequence[str] | None,
    per_minute: int | None,
    span: timedelta | None,
) -> "Grant":
    from kodit.domain.access.api_key import Grant, scopes_named

    return Grant(
        scopes=scopes_named(scopes or ()),
        sources=None if sources is None else frozenset(sources),
        per_minute=per_minute,
        expires_at=None if span is None else engine.access().keys.after(span),
    )


def _hand_out(made: "HandedOut", *, as_json: bool) -> None:
    if as_json:
        document(made)
        return
    say(made.secret)
    if not made.key.scopes:
        notice("it may do nothing: it was given no scope")
    notice(f"this is the key of {made.key.name}; keep it now, as it cannot be shown again")
