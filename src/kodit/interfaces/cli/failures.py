"""What is said when something went wrong: one line, and one with the remedy."""

import sys

from kodit.domain.errors import KoditError
from kodit.interfaces.cli.exit_codes import ExitCode, exit_code_of
from kodit.interfaces.cli.rendering.streams import notice


def explain(message: str, remedy: str | None = None) -> None:
    """An error, and what can be done about it, each on one line of stderr."""
    notice(f"error: {_one_line(message)}")
    if remedy:
        notice(f"remedy: {_one_line(remedy)}")


def foreseen(error: KoditError, *, verbose: bool) -> ExitCode:
    """Explain an error that kodit raised on purpose."""
    if verbose:
        _show_trace(error)
    explain(str(error), error.remedy)
    return exit_code_of(error)


def unforeseen(error: BaseException, *, verbose: bool) -> ExitCode:
    """Explain a fault of kodit itself; the trace goes to a file, or to stderr when asked for."""
    message = f"{type(error).__name__}: {error}"
    if verbose:
        _show_trace(error)
        explain(message, "this is a fault of kodit; please report it with the lines above")
    else:
        explain(message, f"this is a fault of kodit; please report it with what is in {_kept_trace(error)}")
    return ExitCode.UNEXPECTED


def _one_line(text: str) -> str:
    from kodit.domain.sources.location import without_credentials

    return " ".join(without_credentials(text).split())


def _trace(error: BaseException) -> str:
    import traceback

    from kodit.domain.sources.location import without_credentials

    return without_credentials("".join(traceback.format_exception(error)))


def _show_trace(error: BaseException) -> None:
    sys.stderr.write(_trace(error))


def _kept_trace(error: BaseException) -> str:
    import tempfile

    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="kodit-fault-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(_trace(error))
    except OSError:
        return "the output of the same command with --verbose"
    return file.name
