"""The socket that a server listens at."""

import errno
import socket
from contextlib import suppress

from kodit.domain.errors import Refused

BACKLOG = 2048
"""Connections that the system keeps waiting while the server is busy; as much as uvicorn asks for."""


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket bound to an address, not yet listening; port 0 is any that is free. Raises Refused."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _refused(host, port, error) from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            # `::` means IPv4 as well, where the system can do that.
            if family == socket.AF_INET6:
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.bind(address)
        # Only one of several who may have bound it can listen: better now than when all else is ready.
        bound.listen(BACKLOG)
        bound.setblocking(False)
    except OSError as error:
        bound.close()
        raise _refused(host, port, error) from error
    return bound


def url_of(bound: socket.socket, host: str) -> str:
    """What a browser on this machine is given to get there."""
    port = bound.getsockname()[1]
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _refused(host: str, port: int, error: OSError) -> Refused:
    if error.errno == errno.EADDRINUSE:
        return Refused(
            f"port {port} of {host} is taken: another server listens there",
            remedy="stop it, or choose another port: kodit serve --port 0 takes any that is free",
        )
    if error.errno == errno.EACCES:
        return Refused(f"port {port} may not be taken", remedy="choose one above 1023: kodit serve --port 8765")
    return Refused(
        f"{host}:{port} cannot be listened at: {error.strerror}",
        remedy="choose an address of this machine: kodit serve --host 127.0.0.1",
    )
