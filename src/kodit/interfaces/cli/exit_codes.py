"""Every exit code, its meaning, and the errors that end in it."""

from enum import IntEnum

from kodit.domain import errors
from kodit.domain.errors import KoditError


class ExitCode(IntEnum):
    """What a command ends with. The numbers are promised: scripts rely on them."""

    OK = 0
    """Done; also a search without a result, and a worker that stopped when it was asked to."""
    WORK_FAILED = 1
    """The command itself went well, but a run failed or was cancelled, or something that it looked at is wrong."""
    USAGE = 2
    """The command line makes no sense: an unknown command or option, a missing or unreadable value."""
    NOT_FOUND = 3
    """A path, source, task or run that was named does not exist."""
    REFUSED = 4
    """An input that makes no sense, a permission that is missing, or a thing in another state than was asked for."""
    UNAVAILABLE = 5
    """A server does not answer, or another process holds what is needed: try again later."""
    STORAGE = 6
    """The disk is full, or the database is corrupt or newer than this kodit."""
    NOTHING_INDEXED = 7
    """A search was asked for before anything was indexed."""
    UNEXPECTED = 70
    """A fault of kodit itself."""
    INTERRUPTED = 130
    """Ctrl-C (SIGINT): what was done is kept."""
    TERMINATED = 143
    """SIGTERM: what was done is kept."""


_BY_ERROR: tuple[tuple[type[KoditError], ExitCode], ...] = (
    (errors.NotFound, ExitCode.NOT_FOUND),
    (errors.InvalidInput, ExitCode.REFUSED),
    (errors.Refused, ExitCode.REFUSED),
    (errors.Conflict, ExitCode.REFUSED),
    (errors.StorageFull, ExitCode.STORAGE),
    (errors.DatabaseUnusable, ExitCode.STORAGE),
    (errors.NothingIndexed, ExitCode.NOTHING_INDEXED),
    (errors.TransientError, ExitCode.UNAVAILABLE),
    (errors.BadAnswer, ExitCode.UNAVAILABLE),
)


def exit_code_of(error: KoditError) -> ExitCode:
    """The exit code for an error: that of the first row whose class it is."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ExitCode.WORK_FAILED)
