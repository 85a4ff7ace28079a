"""Tells from what git says why it failed."""

import re
from collections.abc import Callable

from kodit.domain.errors import InvalidInput, KoditError, NotFound, RateLimited, Refused, StorageFull, Unavailable
from kodit.domain.sources.location import CREDENTIALS_REMEDY, without_credentials

_LONGEST_MESSAGE = 300

_SPEAKER = re.compile(r"^(fatal|error|ERROR|ssh): ")
_OF_SSH = "Could not read from remote repository"
"""What git says when ssh has failed; the line before is ssh's, and says why."""


def _refused(message: str) -> KoditError:
    return Refused(message, remedy=f"check the address and your access to it; {CREDENTIALS_REMEDY}")


def _not_found(message: str) -> KoditError:
    return NotFound(message, remedy="check the address; a private repository may look missing without credentials")


def _not_a_repository(message: str) -> KoditError:
    return InvalidInput(message, remedy="to index a directory that is no repository, give its path without file://")


def _foreign(message: str) -> KoditError:
    return Refused(message, remedy="the repository belongs to another user: see safe.directory in `git help config`")


def _unknown_host(message: str) -> KoditError:
    return Unavailable(message, remedy="check the spelling of the host, and that this machine can look up names")


def _unreached(message: str) -> KoditError:
    return Unavailable(message, remedy="see that the server runs and that this machine can reach it")


def _distrusted(message: str) -> KoditError:
    return Unavailable(
        message, remedy="have git trust the server's certificate: see http.sslCAInfo in `git help config`"
    )


def _no_ssh(message: str) -> KoditError:
    return Unavailable(message, remedy="install ssh, or use an https URL")


# In order: a line about space or access is followed by others that sound like a broken network. git runs with
# LC_ALL=C, so its messages are English.
_CAUSES: tuple[tuple[re.Pattern[str], Callable[[str], KoditError]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), error)
    for pattern, error in (
        (r"no space left on device|disk quota exceeded", StorageFull),
        (r"cannot run ssh", _no_ssh),
        (r"dubious ownership", _foreign),
        (r"returned error: 429|too many requests", RateLimited),
        (r"not our ref|couldn't find remote ref|unadvertised object", _not_found),
        (r"repository not found|returned error: 404|repository '.*' not found|repository not exported", _not_found),
        (
            r"authentication failed|could not read (username|password)|terminal prompts disabled|permission denied"
            r"|returned error: 40[13]|access denied|host key verification failed|invalid credentials",
            _refused,
        ),
        (r"could not resolve (host|proxy)|no address associated", _unknown_host),
        (r"certificate", _distrusted),
        (r"failed to connect|connection (refused|timed out)|couldn't connect|no route to host", _unreached),
        (r"not valid: is this a git repository|does not appear to be a git repository", _not_a_repository),
        (r"does not exist|no such file or directory", _not_found),
    )
)


def failure(stderr: bytes, what: str) -> KoditError:
    """The error for a git command that failed while it did `what` ("reading https://..."), free of credentials.

    What git says in no known words is taken for a fault of the network or the server, so it is tried again.
    """
    text = without_credentials(stderr.decode("utf-8", "replace"))
    lines = [line for line in text.splitlines() if line.strip()]
    said = next((line for line in lines if line.startswith(("fatal:", "error:", "ERROR:"))), "")
    if _OF_SSH in said and said in lines[1:]:
        said = lines[lines.index(said) - 1]
    said = said or (lines[-1] if lines else "git said nothing")
    shown = "".join(char for char in _SPEAKER.sub("", said) if char.isprintable()).strip() or said
    message = f"{what} failed: {shown[:_LONGEST_MESSAGE]}"
    for pattern, error in _CAUSES:
        if pattern.search(text):
            return error(message)
    return Unavailable(message)
