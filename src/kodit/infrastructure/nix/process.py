"""Runs nix as a child that sees the tree and nothing else, within limits, and never longer than it is listened to."""

import asyncio
import os
import secrets
import signal
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from kodit.infrastructure.nix.hearing import Hearing
from kodit.infrastructure.nix.limits import Cause, Death, NixLimits
from kodit.infrastructure.nix.messages import is_starved, message_of
from kodit.infrastructure.nix.request import Request

# A shell sets the limits for itself and then becomes nix: Python could set them only in between, where little is safe.
# It asks to be killed when kodit is gone, where the system has a command for that.
_LAUNCH = """
ulimit -c 0; ulimit -v "$1" 2>/dev/null; shift
setpriv --pdeathsig KILL true 2>/dev/null && exec setpriv --pdeathsig KILL "$@"
exec "$@"
"""

_CHUNK = 64 * 1024
_READ_LIMIT = 256 * 1024
"""How much of what nix prints waits in memory for whoever listens, in bytes."""


@dataclass(frozen=True, slots=True)
class Nix:
    """The command, and the directories that it has for itself below `home`."""

    program: str
    home: Path
    limits: NixLimits

    def command(self, root: Path) -> Sequence[str]:
        """What evaluates an expression from its standard input, and may read below the root."""
        settings = {
            "restrict-eval": "true",
            "allow-import-from-derivation": "false",
            # Nothing is built and nothing fetched: there is neither a store to put it in nor one to have it from.
            "substitute": "false",
            "allowed-uris": "",
        }
        options = [part for name, value in settings.items() for part in ("--option", name, value)]
        allowed = ("-I", f"tree={root}")
        nix = (self.program, "--eval", "--store", "dummy://", *options, *allowed, "-")
        return ["/bin/sh", "-c", _LAUNCH, "sh", str(self.limits.memory * 1024), *nix]

    def environment(self) -> Mapping[str, str]:
        """Nothing of the caller's, but where programs are."""
        places = {
            "HOME": "home",
            "TMPDIR": "tmp",
            "NIX_STATE_DIR": "state",
            "NIX_STORE_DIR": "store",
            "NIX_LOG_DIR": "log",
            "NIX_CONF_DIR": "conf",
            "XDG_CACHE_HOME": "cache",
            "XDG_CONFIG_HOME": "config",
        }
        own = {name: str(self.home / place) for name, place in places.items()}
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "NO_COLOR": "1", "TERM": "dumb", **own}

    def asked(self, request: Request, root: Path) -> "Asked":
        """A process that answers a request, for an `async with`."""
        return Asked(self, request, root)


class Asked:
    """A nix at work for the length of a block: it is killed at the end.

    A class, where a generator would do: an event loop that ends closes all generators at once, in no order.
    """

    def __init__(self, nix: Nix, request: Request, root: Path) -> None:
        self._nix = nix
        self._root = root
        token = secrets.token_hex(8)
        self._expression = request.expression(token).encode()
        self._hearing = Hearing(token)
        self._is_silent = False

    async def __aenter__(self) -> "Asked":
        self._process = await asyncio.create_subprocess_exec(
            *self._nix.command(self._root),
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=PIPE,
            env=self._nix.environment(),
            cwd=self._nix.home,
            start_new_session=True,
            limit=_READ_LIMIT,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._kill()
        await self._process.communicate()  # reads the pipes to their end, so that they are closed

    async def lines(self) -> Sequence[bytes]:
        """What the walk says next, at least a line; nothing at all when the process has ended, or was silent too long.

        Whatever else it prints does not count: a package may print for ever.
        """
        said: Sequence[bytes] = ()
        try:
            async with asyncio.timeout(self._nix.limits.silence.total_seconds()):
                await self._ask()
                while not said and (chunk := await self._output.read(_CHUNK)):
                    said = self._hearing.feed(chunk)
        except TimeoutError:
            self._is_silent = True
        return said

    async def death(self) -> Death:
        """Why there are no more lines."""
        if self._is_silent:
            self._kill()
            await self._process.wait()
            return Death(Cause.SILENCE, f"it takes longer than {self._nix.limits.silence.total_seconds():g} seconds")
        status = await self._process.wait()
        others = self._hearing.others
        if status == -signal.SIGKILL or is_starved(others):
            return Death(Cause.MEMORY, f"it takes more than {self._nix.limits.memory:,} MiB of memory")
        if status < 0:
            return Death(Cause.ERROR, f"nix was ended by {signal.Signals(-status).name}")
        return Death(Cause.ERROR, message_of(others, str(self._root)))

    async def _ask(self) -> None:
        stdin = self._process.stdin
        if stdin is None or stdin.is_closing():
            return
        with suppress(BrokenPipeError, ConnectionResetError):
            stdin.write(self._expression)
            await stdin.drain()
        stdin.close()

    @property
    def _output(self) -> asyncio.StreamReader:
        assert self._process.stderr is not None  # noqa: S101 - it was started with a pipe there
        return self._process.stderr

    def _kill(self) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
