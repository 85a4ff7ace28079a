"""`kodit mcp install`."""

import os
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kodit.domain.errors import InvalidInput
from kodit.interfaces.cli.arguments import examples
from kodit.interfaces.cli.commands.mcp import group
from kodit.interfaces.cli.rendering.streams import notice, say
from kodit.interfaces.cli.running import invocation_of


class ClientName(StrEnum):
    """The assistants that kodit can be made known to."""

    CLAUDE_CODE = "claude-code"
    CLAUDE_DESKTOP = "claude-desktop"
    CODEX = "codex"
    CURSOR = "cursor"
    GEMINI = "gemini"
    VSCODE = "vscode"
    WINDSURF = "windsurf"
    ZED = "zed"


def register(_: typer.Typer) -> None:
    """Add the command to its group, which has added itself."""
    group.command(
        name="install",
        epilog=examples(
            "kodit mcp install --client claude-code",
            "kodit mcp install --client vscode --print",
            "kodit mcp install --client cursor --url http://127.0.0.1:8765/mcp",
            "kodit mcp install --client codex --url https://code.example.org/mcp --key-variable CODE_KEY",
        ),
    )(install)


def install(
    context: typer.Context,
    client: Annotated[ClientName, typer.Option(help="The assistant.")],
    only_print: Annotated[
        bool, typer.Option("--print", help="Print what belongs into its file, and write nothing.")
    ] = False,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="Ask this server, whose path is /mcp, instead of starting kodit.")
    ] = None,
    key_variable: Annotated[
        str | None, typer.Option(metavar="NAME", help="Environment variable of the assistant's with the server's key.")
    ] = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="What the assistant calls it.")] = "kodit",
    replace: Annotated[bool, typer.Option("--replace", help="Replace another server of this name.")] = False,
) -> None:
    """Make kodit known to an assistant, in that one's own file.

    All else in the file stays as it is, comments too; where that cannot be, nothing is written.
    No key is ever written: an assistant takes it from its environment.
    """
    from kodit.interfaces.cli.assistants import written
    from kodit.interfaces.cli.assistants.clients import CLIENTS, Machine, Reach

    invocation = invocation_of(context)
    _check(name, url, key_variable)
    chosen = CLIENTS[client.value]
    path = chosen.path(Machine(platform=sys.platform, home=Path.home(), environment=os.environ))
    command = (*_this_program(), *_data_dir(invocation.data_dir), "mcp")
    entry = chosen.entry(Reach(command=command, url=url, key_variable=key_variable))
    if only_print:
        notice(f"{chosen.title} reads this from {path}:")
        say(written.snippet(chosen, name, entry).rstrip())
        return
    text = written.read(path)
    merged = written.merged(chosen, text, name, entry, replace=replace)
    if merged == text:
        say(f"{chosen.title} knows {name} already: {path}")
        return
    written.write(path, merged)
    say(f"{chosen.title} knows {name} from now on: {path}")
    notice(f"next: {chosen.afterwards}")


def _check(name: str, url: str | None, key_variable: str | None) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise InvalidInput(f"{name!r} is no name of a server", remedy="use letters, digits, - and _")
    if url is not None and not re.fullmatch(r"https?://[^\s@]+", url):
        raise InvalidInput(f"{url} is no URL of a server", remedy="such as http://127.0.0.1:8765/mcp, without a key")
    if key_variable is not None and url is None:
        raise InvalidInput("a key is for a server", remedy="give its --url")
    if key_variable is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key_variable):
        raise InvalidInput(
            "--key-variable is no name of a variable", remedy="give the name of the variable, not the key itself"
        )


def _this_program() -> tuple[str, ...]:
    """How this kodit is started from anywhere: an assistant has another PATH, and other Pythons."""
    beside = Path(sys.executable).with_name("kodit.exe" if sys.platform == "win32" else "kodit")
    return (str(beside),) if beside.is_file() else (sys.executable, "-m", "kodit")


def _data_dir(data_dir: Path | None) -> tuple[str, ...]:
    return () if data_dir is None else ("--data-dir", str(data_dir.absolute()))
