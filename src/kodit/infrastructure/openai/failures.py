"""Why an endpoint cannot be reached, in words, and what can be done about it.

Nothing that the endpoint wrote is repeated: it may echo the key.
"""

import os
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from kodit.domain.errors import Unavailable

_SETTING = "KODIT_OPENAI_BASE_URL"
_RUNNING = f"see that it runs and listens there, or correct {_SETTING}"
_NAMES = f"correct {_SETTING}, or see that this machine can look up names"
_NETWORK = f"see that this machine can reach it, or correct {_SETTING}"
_TRUST = f"have SSL_CERT_FILE name a file with the certificates to trust, or correct {_SETTING}"
_NO_TLS = f"write http:// in {_SETTING} where there is no TLS"
_SERVER = "when this goes on, see what the server itself logs"
_PROXY = "the way goes through a proxy: see HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY"

_NOT_HTTP = (
    "what answers there does not speak HTTP",
    f"see whether {_SETTING} must begin with https:// or name another port",
)
_CUT_SHORT = "it closed the connection before its answer was complete", _SERVER

_REASONS: tuple[tuple[type[OSError], str, str], ...] = (
    (socket.gaierror, "its name cannot be looked up", _NAMES),
    (ssl.SSLError, "it does not speak TLS as expected", _NO_TLS),
    (ConnectionRefusedError, "the connection was refused", _RUNNING),
    (ConnectionResetError, "it closed the connection", _SERVER),
    (BrokenPipeError, "it closed the connection", _SERVER),
    (TimeoutError, "the connection timed out", _NETWORK),
)


def unreachable(error: Exception, url: str) -> Unavailable:
    """The error for a request to `url` that got no answer. `url` is shown and has no credentials in it."""
    reason, remedy = _cause(error)
    if _goes_through_proxy(url):
        remedy = _PROXY
    return Unavailable(f"the model at {url} cannot be reached: {reason}", remedy=remedy)


def _cause(error: Exception) -> tuple[str, str]:
    for cause in reversed([*_chain(error)]):
        if found := _told(cause):
            return found
    return f"the request failed ({type(error).__name__})", _NETWORK


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it came from; of several addresses that were tried, the first."""
    while error is not None:
        yield error
        tried = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
        error = next(iter(tried), error.__cause__ or error.__context__)


def _told(cause: BaseException) -> tuple[str, str] | None:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({cause.verify_message})", _TRUST
    # Of a library that nothing else here imports, so it is known by its name.
    if type(cause).__name__ == "RemoteProtocolError":
        return _NOT_HTTP if "illegal status line" in str(cause) else _CUT_SHORT
    for kind, reason, remedy in _REASONS:
        if isinstance(cause, kind):
            return reason, remedy
    if isinstance(cause, OSError) and cause.errno:
        return os.strerror(cause.errno).lower(), _NETWORK
    return None


def _goes_through_proxy(url: str) -> bool:
    parts = urlsplit(url)
    proxies = getproxies()
    return (parts.scheme in proxies or "all" in proxies) and not proxy_bypass(parts.hostname or "")
