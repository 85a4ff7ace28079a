"""Everything that can go wrong, as one tree. The class decides whether trying again can help.

KoditError
 +-- TransientError            the world failed; trying again may help
 |    +-- Unavailable          a server, a network or a remote repository does not answer
 |    |    +-- DatabaseAway    kodit's own database does not
 |    +-- RateLimited          a remote endpoint asked us to wait
 |    +-- Locked               another process holds what is needed
 |    |    +-- DatabaseBusy    it holds what is needed of kodit's own database
 |    +-- StorageFull          no space left on the disk
 +-- PermanentError            trying again cannot help
      +-- NotFound             the thing named does not exist
      +-- InvalidInput         an argument, a setting or a source makes no sense
      +-- Refused              permission or authentication was denied
      |    +-- Unreadable      a file's disk or file system fails at it
      +-- Conflict             it exists, but not in the state asked for
      |    +-- LeaseLost       somebody else owns the task by now
      |    +-- IllegalMove     a task cannot go from that state to this one
      +-- BadAnswer            a remote endpoint answered, but not with what it promises
      +-- DatabaseUnusable     the database is corrupt, or written by a newer kodit
      |    +-- Damaged         a part of a file is missing, or is not what was written there
      +-- NothingIndexed       a search was asked for before anything was indexed
"""

from datetime import timedelta


class KoditError(Exception):
    """Root of every error that kodit raises on purpose.

    `str(error)` is one line that a user can read; `remedy` is what they can do about it.
    """

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy


class TransientError(KoditError):
    """The world failed; trying again may help."""


class Unavailable(TransientError):
    """A server, a network or a remote repository does not answer."""


class DatabaseAway(Unavailable):
    """Kodit's own database does not answer, which is no fault of the task that finds it so."""


class RateLimited(TransientError):
    """A remote endpoint asked us to wait.

    `retry_after` is how long it asked for, or None when it did not say.
    """

    def __init__(self, message: str, *, retry_after: timedelta | None = None, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after = retry_after


class Locked(TransientError):
    """Another process holds what is needed."""


class DatabaseBusy(Locked):
    """Others hold what is needed of kodit's own database, which is no fault of the task that finds it so."""


class StorageFull(TransientError):
    """No space is left on the disk."""


class PermanentError(KoditError):
    """Trying again cannot help."""


class NotFound(PermanentError):
    """The thing named does not exist."""


class InvalidInput(PermanentError):
    """An argument, a setting or a source makes no sense."""


class Refused(PermanentError):
    """Permission or authentication was denied."""


class Unreadable(Refused):
    """A file is there, but its disk or file system fails at it."""


class Conflict(PermanentError):
    """The thing exists, but not in the state asked for."""


class LeaseLost(Conflict):
    """Somebody else owns the task by now."""


class IllegalMove(Conflict):
    """A task cannot go from its state to the one asked for."""


class BadAnswer(PermanentError):
    """A remote endpoint answered, but not with what it promises."""


class DatabaseUnusable(PermanentError):
    """The database is corrupt, or was written by a newer kodit."""


class Damaged(DatabaseUnusable):
    """A part of a file is missing, or is not what was written there."""


class NothingIndexed(PermanentError):
    """A search was asked for before anything was indexed."""
