"""The command `kodit`: its options, its subcommands, and how it ends."""

import gc
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from kodit import __version__
from kodit.domain.errors import KoditError
from kodit.interfaces.cli.arguments import Parsed, hoisted
from kodit.interfaces.cli.commands import (
    artifact,
    artifact_publish,
    artifact_search,
    audit,
    code_files,
    code_names,
    code_packages,
    config,
    database,
    grep,
    index,
    keys,
    mcp,
    mcp_install,
    nix,
    nix_build,
    nix_channel,
    nix_evaluate,
    nix_search,
    queue,
    queue_dead,
    queue_hold,
    queue_stats,
    queue_top,
    search,
    serve,
    sources,
    sources_set,
    status,
    watch,
    worker,
)
from kodit.interfaces.cli.exit_codes import ExitCode
from kodit.interfaces.cli.failures import Failures
from kodit.interfaces.cli.programs import Programs
from kodit.interfaces.cli.rendering.streams import ReaderGone, discard_output, is_full, notice, say, unwritable
from kodit.interfaces.cli.running import Interrupted, Invocation

EPILOG = """
Begin with:  kodit index .   and then:  kodit search "parse http headers"

--data-dir, --server and --verbose may stand before or behind the command's name.
"""

_MISUSED = typer.BadParameter.__mro__[2]
"""Whatever is wrong with a command line: a class of the library below typer, which does not give it a name."""

# Help is plain text: drawing it would take longer than all the rest.
app = typer.Typer(
    name="kodit",
    help="Index code, and search it by name and by meaning, offline.",
    epilog=EPILOG,
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(given: bool) -> None:
    if given:
        say(f"kodit {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Where kodit keeps all that it stores.", metavar="PATH")
    ] = None,
    server: Annotated[
        str | None,
        typer.Option("--server", help="Ask this server, and no data directory of this machine.", metavar="URL"),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="More log lines, and traces of errors.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Keep what holds for every command; without one, say what there is."""
    context.obj = Invocation(data_dir=data_dir, server=server, verbose=verbose, programs=context.obj)
    if context.invoked_subcommand is None:
        say(context.get_help())


for _room in (
    index,
    watch,
    search,
    grep,
    code_names,
    code_files,
    code_packages,
    sources,
    sources_set,
    queue,
    queue_dead,
    queue_hold,
    queue_stats,
    queue_top,
    worker,
    serve,
    keys,
    audit,
    mcp,
    mcp_install,
    nix,
    nix_build,
    nix_channel,
    nix_evaluate,
    nix_search,
    status,
    database,
    config,
    artifact,
    artifact_publish,
    artifact_search,
):
    _room.register(app)


def run(arguments: list[str], programs: Programs) -> int:
    """Carry out a command line; gives the exit code."""
    # Nothing that is imported becomes garbage: looking for some takes a tenth of a short command's time.
    gc.disable()
    for stream in (sys.stdout, sys.stderr):
        # A file name may hold bytes that are no text, and the terminal's encoding may lack letters.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = _carried_out(hoisted(arguments), programs)
        sys.stdout.flush()
    except (ReaderGone, BrokenPipeError):
        # Nobody reads any more.
        discard_output()
        return ExitCode.OK
    return code


def _carried_out(parsed: Parsed, programs: Programs) -> int:
    try:
        return _dispatched(parsed.arguments, programs)
    except ReaderGone:
        raise
    except Interrupted as interruption:
        return 128 + interruption.number
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except typer.Abort:
        notice("nothing was done")
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the outermost boundary
        return _failed(error, Failures(verbose=parsed.verbose, as_json=parsed.as_json))


def _failed(error: Exception, failures: Failures) -> ExitCode:
    if isinstance(error, KoditError):
        return failures.foreseen(error)
    if isinstance(error, _MISUSED):
        return failures.misused(*_misuse(error))
    if isinstance(error, OSError) and is_full(error):
        # The library for command lines writes the help texts itself.
        discard_output()
        return failures.foreseen(unwritable(error))
    return failures.unforeseen(error)


def _dispatched(arguments: list[str], programs: Programs) -> int:
    command = typer.main.get_command(app)
    code: Any = command.main(args=arguments, prog_name="kodit", standalone_mode=False, obj=programs)
    return code if isinstance(code, int) else ExitCode.OK


def _misuse(error: Any) -> tuple[str, str]:
    """What is wrong with the command line, as the library for command lines tells it, and where the right is told."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "kodit"
    wrong, help_is_at = _wrong(error), f"see {path} --help"
    # What begins with a dash is taken for an argument behind -- only.
    is_behind_dashes = "unexpected extra argument" in wrong and re.search(r"[( ]-", wrong)
    return wrong, f"options belong before --; {help_is_at}" if is_behind_dashes else help_is_at


def _wrong(error: Any) -> str:
    """What the library says, but what it has from yet another library in our own words."""
    from pydantic import ValidationError

    from kodit.settings import what_is_wrong

    said: str = error.format_message()
    if not isinstance(error.__cause__, ValidationError):
        return said
    return said.replace(error.message, what_is_wrong(error.__cause__))
