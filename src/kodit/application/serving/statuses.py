"""Which status of HTTP an error has, the same at every server."""

from kodit.domain.errors import (
    Conflict,
    InvalidInput,
    KoditError,
    Locked,
    NotFound,
    NothingIndexed,
    RateLimited,
    Refused,
    StorageFull,
    Unavailable,
)

_STATUSES: tuple[tuple[type[KoditError], int], ...] = (
    (InvalidInput, 422),
    (NotFound, 404),
    (NothingIndexed, 409),
    (Refused, 403),
    (Conflict, 409),
    (RateLimited, 429),
    (Locked, 503),
    (Unavailable, 503),
    (StorageFull, 503),
)
"""An error has the status of the first class that it is one of. RFC 9110, section 15, says what they mean."""
UNFORESEEN = 500


def status_of(error: Exception) -> int:
    """The status of an error; `UNFORESEEN` for what is not kodit's, and for what only the server's owner can mend."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), UNFORESEEN)
