"""`kodit config`."""

import os
from typing import TYPE_CHECKING, Any

import typer

from kodit.interfaces.cli.arguments import JsonOption, examples
from kodit.interfaces.cli.rendering.streams import document, notice
from kodit.interfaces.cli.running import invocation_of

if TYPE_CHECKING:
    from kodit.settings import UnknownVariable


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="config", epilog=examples("kodit config", "kodit config --json"))(config)


def config(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show every setting in effect, and where it comes from.

    That is a flag, the environment, the file or the default. Variables that look like settings and are none stand last.
    """
    from kodit.interfaces.cli.rendering.tables import table
    from kodit.settings import config_file, described, unknown_variables

    invocation = invocation_of(context)
    file = config_file()
    rows = described(invocation.settings(), origins_of=invocation.flags)
    unknown = unknown_variables(os.environ)
    if as_json:
        settings: list[Any] = [
            {"name": row.name, "value": row.value, "origin": row.origin, "description": row.description} for row in rows
        ]
        document({"file": str(file), "file_exists": file.is_file(), "settings": settings, "unknown": unknown})
        return
    notice(f"file: {file}{'' if file.is_file() else ' (does not exist)'}; environment: KODIT_ and the name in capitals")
    table(
        ("name", "value", "origin", "meaning"),
        [
            *((row.name, "-" if row.value is None else row.value, row.origin, row.description) for row in rows),
            *((variable.name, "-", "environment", _no_setting(variable)) for variable in unknown),
        ],
    )


def _no_setting(variable: "UnknownVariable") -> str:
    return "This is no setting." + (f" Did you mean {variable.near}?" if variable.near else "")
