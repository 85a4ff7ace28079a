"""What is said when something went wrong: one line, and one with the remedy."""

import sys

from kodit.domain.errors import KoditError
from kodit.interfaces.cli.exit_codes import ExitCode, exit_code_of
from kodit.interfaces.cli.rendering.streams import notice, one_line

USAGE = "Usage"
"""The kind of an error of the command line itself; that of any other is its class."""
FAULT = "Fault"
"""The kind of a fault of kodit itself."""


def explain(message: str, remedy: str | None = None) -> None:
    """An error, and what can be done about it, each on one line of stderr."""
    notice(f"error: {_one_line(message)}")
    if remedy:
        notice(f"remedy: {_one_line(remedy)}")


class Failures:
    """Tells of what ends a command: in words, or for programs, where `as_json` is set, as one line of JSON.

    With `verbose`, the trace comes before it.
    """

    def __init__(self, *, verbose: bool, as_json: bool) -> None:
        self._verbose = verbose
        self._as_json = as_json

    def foreseen(self, error: KoditError) -> ExitCode:
        """Explain an error that kodit raised on purpose."""
        if self._verbose:
            _show_trace(error)
        self._explain(type(error).__name__, str(error), error.remedy)
        return exit_code_of(error)

    def misused(self, message: str, remedy: str) -> ExitCode:
        """Explain what is wrong with the command line."""
        self._explain(USAGE, message, remedy)
        return ExitCode.USAGE

    def unforeseen(self, error: BaseException) -> ExitCode:
        """Explain a fault of kodit itself; the trace goes to a file, or to stderr when asked for."""
        if self._verbose:
            _show_trace(error)
        place = "the lines above" if self._verbose else f"what is in {_kept_trace(error)}"
        message = f"{type(error).__name__}: {error}"
        remedy = f"this is a fault of kodit; please report it with {place}"
        if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == "kodit":
            remedy = f"a part of kodit is missing: install it again; if that does not help, {remedy}"
        self._explain(FAULT, message, remedy)
        return ExitCode.UNEXPECTED

    def _explain(self, kind: str, message: str, remedy: str | None) -> None:
        if not self._as_json:
            explain(message, remedy)
            return
        import json

        told = {"kind": kind, "message": _one_line(message), "remedy": None if remedy is None else _one_line(remedy)}
        notice(json.dumps({"error": told}, ensure_ascii=False))


def _one_line(text: str) -> str:
    from kodit.domain.sources.location import without_credentials

    return one_line(without_credentials(text))


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
