"""Runs git, so that it neither asks, nor runs what a repository tells it to, nor outlives its caller."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType

from kodit.domain.errors import NotFound, Unavailable
from kodit.infrastructure.git.failures import failure

# Variables that would point git at another repository, or make it print what it sends; also what decides about
# protocols and prompts, which is set below.
_UNWANTED = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_QUARANTINE_PATH",
    "GIT_SHALLOW_FILE",
    "GIT_EXTERNAL_DIFF",
)

_SETTLED = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",  # empty, so that neither SSH_ASKPASS nor core.askPass steps in
    "SSH_ASKPASS_REQUIRE": "never",
    "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
}

_READING = "Reading the mirror"

_READ_LIMIT = 1024 * 1024
"""How much of git's output waits in memory for its reader, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitLimits:
    """How long kodit waits for git.

    `network` for one fetch, `stall` for a connection over which nothing comes, `local` for a command that reads
    the mirror, `lock` for another process that refreshes the same mirror.
    """

    network: timedelta = timedelta(hours=1)
    stall: timedelta = timedelta(minutes=1)
    local: timedelta = timedelta(minutes=5)
    lock: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Git:
    """The git command."""

    limits: GitLimits = GitLimits()

    async def remote(self, *arguments: str, what: str, mirror: Path | None = None) -> bytes:
        """Run a command that talks to another repository, and return what it printed.

        `what` says what it is for, in messages. Raises the errors of `failure`, and Unavailable after too long.
        """
        ssh = await self._ssh_command()
        ended = await self._run(arguments, mirror, what=what, limit=self.limits.network, ssh=ssh)
        return ended.output_of(what)

    async def local(self, *arguments: str, mirror: Path) -> bytes:
        """Run a command on a mirror, and return what it printed. Raises as `remote` does."""
        ended = await self._run(arguments, mirror, what=_READING, limit=self.limits.local)
        return ended.output_of(_READING)

    async def answer(self, *arguments: str, mirror: Path | None = None) -> bytes | None:
        """Ask for something that may not exist: None when it does not (exit status 1). Raises as `remote` does."""
        ended = await self._run(arguments, mirror, what=_READING, limit=self.limits.local)
        return None if ended.status == 1 else ended.output_of(_READING)

    def conversation(self, *arguments: str, mirror: Path, stdin: int = PIPE) -> "Started":
        """A git that answers what is written to it, for an `async with`; its complaints are not read."""
        return Started(self._command(arguments, mirror), _environment(None), stdin=stdin, stderr=DEVNULL)

    async def _run(
        self, arguments: tuple[str, ...], mirror: Path | None, *, what: str, limit: timedelta, ssh: str | None = None
    ) -> "_Ended":
        command = self._command(arguments, mirror)
        try:
            async with asyncio.timeout(limit.total_seconds()), Started(command, _environment(ssh)) as process:
                output, stderr = await process.communicate()
        except TimeoutError as error:
            raise Unavailable(f"{what} took longer than {limit.total_seconds():g} seconds.") from error
        return _Ended(process.returncode, output, stderr)

    async def _ssh_command(self) -> str | None:
        """The user's way to run ssh, told never to ask; None for a program of the user's own, which is left alone."""
        if "GIT_SSH_COMMAND" not in os.environ and "GIT_SSH" in os.environ:
            return None
        configured = await self.answer("config", "--get", "core.sshCommand")
        settings = (os.environ.get("GIT_SSH_COMMAND"), os.fsdecode(configured or b"").strip(), "ssh")
        ssh = next(setting for setting in settings if setting)
        stall = self._stall_seconds()
        return f"{ssh} -oBatchMode=yes -oConnectTimeout={stall} -oServerAliveInterval={stall}"

    def _stall_seconds(self) -> int:
        return max(1, round(self.limits.stall.total_seconds()))

    def _command(self, arguments: tuple[str, ...], mirror: Path | None) -> list[str]:
        settings = {
            "core.hooksPath": os.devnull,
            "core.fsmonitor": "false",
            "core.askPass": "",
            "credential.interactive": "false",
            "fetch.recurseSubmodules": "false",
            # Tidying up must end with the command, or it would work on while the mirror is unlocked.
            "gc.autoDetach": "false",
            "maintenance.autoDetach": "false",
            "http.lowSpeedLimit": "1",
            "http.lowSpeedTime": str(self._stall_seconds()),
        }
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return ["git", *flags, *([f"--git-dir={mirror}"] if mirror else []), *arguments]


class Started:
    """A git that runs for the length of a block, and never longer: it and its children are killed at the end.

    A class, where a generator would do: an event loop that ends closes all generators at once, in no order.
    """

    def __init__(
        self, command: list[str], environment: dict[str, str], *, stdin: int = DEVNULL, stderr: int = PIPE
    ) -> None:
        self._command = command
        self._environment = environment
        self._stdin = stdin
        self._stderr = stderr

    async def __aenter__(self) -> Process:
        """Start it. Raises NotFound when git is not installed."""
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=self._stdin,
                stdout=PIPE,
                stderr=self._stderr,
                env=self._environment,
                # Not where the user stands: that may be a repository whose own settings name programs to run.
                cwd=os.sep,
                start_new_session=True,
                limit=_READ_LIMIT,
            )
        except FileNotFoundError as error:
            raise NotFound("git is not installed.", remedy="install git 2.30 or newer") from error
        return self._process

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Kill what still runs, with its group: git leaves the talking to children of its own."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.communicate()  # reads the pipes to their end, so that they are closed


@dataclass(frozen=True, slots=True)
class _Ended:
    """What is left of a git that has ended."""

    status: int | None
    output: bytes
    stderr: bytes

    def output_of(self, what: str) -> bytes:
        if self.status:
            raise failure(self.stderr, what)
        return self.output


def _environment(ssh: str | None) -> dict[str, str]:
    """The caller's environment, so that credential helpers and proxies work, without what leads astray."""
    kept = {
        name: value for name, value in os.environ.items() if name not in _UNWANTED and not name.startswith("GIT_TRACE")
    }
    return kept | ({"GIT_SSH_COMMAND": ssh} if ssh else {}) | _SETTLED
