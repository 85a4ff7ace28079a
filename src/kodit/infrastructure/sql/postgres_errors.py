"""What PostgreSQL says went wrong, in the words of the domain.

The codes are those of appendix A of PostgreSQL's manual; two letters stand for their whole class. No message carries
anything of the URL but the server's name and the database's.
"""

from sqlalchemy import URL

from kodit.domain.errors import (
    DatabaseAway,
    DatabaseBusy,
    DatabaseUnusable,
    InvalidInput,
    KoditError,
    NotFound,
    Refused,
    StorageFull,
)
from kodit.domain.sources.location import without_credentials

_AGAIN = "try again in a moment"
_SETTING = "correct KODIT_DATABASE_URL"
_BY_STATE: dict[str, tuple[type[KoditError], str, str]] = {
    "08": (DatabaseAway, "the connection to {server} broke", _AGAIN),
    "57": (DatabaseAway, "{server} is stopping or starting", _AGAIN),
    # Idle in a transaction for too long, and a transaction that takes too long: the server has hung up.
    "25P03": (DatabaseAway, "{server} ended a transaction that did nothing", _AGAIN),
    "25P04": (DatabaseAway, "{server} ended a transaction that took too long", _AGAIN),
    "40": (DatabaseBusy, "another transaction was at the same rows", _AGAIN),
    "55P03": (DatabaseBusy, "another transaction holds what is needed", _AGAIN),
    "53": (DatabaseAway, "{server} has no connection or no memory left", "try again later, or raise its limits"),
    "53100": (StorageFull, "the disk of {server} is full", "free some space there and try again"),
    "25006": (Refused, "{server} only lets us read", "connect to the primary server, as a user who may write"),
    "42501": (Refused, "{server} denies the permission", "have the database's owner grant it to kodit's user"),
    "28": (Refused, "{server} refuses the user or the password", _SETTING),
    "3D": (NotFound, "{server} has no database {database}", "create it: createdb {database}"),
    "22001": (InvalidInput, "a name is longer than the database takes", "choose a shorter one"),
    "XX": (DatabaseUnusable, "the database is corrupt", "restore a copy of it"),
    # The tables are no longer what a prepared statement took them for: another kodit has just upgraded them.
    "0A000": (DatabaseAway, "the tables were changed by another process", _AGAIN),
}

_CLOSED = "55000"
"""While connecting: somebody keeps everybody out of the database, to look after it."""


def of_state(url: URL, state: str | None) -> KoditError | None:
    """The error for one of PostgreSQL's codes; None where only a bug can cause it."""
    known = _BY_STATE.get(state or "") or _BY_STATE.get((state or "")[:2])
    if known is None:
        return None
    kind, message, remedy = known
    words = {"server": server(url), "database": url.database}
    return kind(message.format(**words), remedy=remedy.format(**words))


def of_connecting(url: URL, error: Exception) -> KoditError:
    """The error for a connection that could not be made."""
    state = getattr(error, "sqlstate", None)
    if found := of_state(url, state):
        return found
    if state == _CLOSED:
        message = f"{server(url)} lets nobody into database {url.database}"
        return DatabaseAway(message, remedy="try again later, or have its owner allow connections to it again")
    if isinstance(error, OSError):
        return unreachable(url, error.strerror or str(error) or "no answer in time")
    return InvalidInput(f"{server(url)} cannot be connected to: {without_credentials(str(error))}", remedy=_SETTING)


def unreachable(url: URL, reason: str) -> DatabaseAway:
    """The error for a server that does not answer."""
    return DatabaseAway(
        f"{server(url)} does not answer: {without_credentials(reason)}",
        remedy="see that it runs and can be reached, and try again",
    )


def server(url: URL) -> str:
    """The server's name for people."""
    place = url.host or url.query.get("host") or "localhost"
    port = f":{url.port}" if url.port else ""
    return f"the PostgreSQL server {place if isinstance(place, str) else ', '.join(place)}{port}"
