"""What one process has of access, by a clock that is set."""

from datetime import UTC, datetime, timedelta

from kodit.application.access.access import Access
from kodit.application.access.audit_trail import AuditTrail
from kodit.application.access.authentication import Authentication
from kodit.application.access.keys import Keys
from kodit.domain.access.api_key import Grant
from kodit.domain.access.scope import Scope
from kodit.infrastructure.sql.unit_of_work import SqlStorage
from kodit.interfaces.gate.rules import GateRules

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
READING = Grant(scopes=frozenset({Scope.READ}))


LOCAL_RULES = GateRules()
EXPOSED = GateRules(exposed=True)
ELSEWHERE = "192.0.2.7"


class SetClock:
    """Shows what it is set to."""

    def __init__(self):
        self.time = NOON

    def now(self):
        return self.time

    async def follow(self):
        pass


class Counting:
    """A storage that counts how often it is asked, and that fails when it is told to."""

    def __init__(self, storage):
        self._storage = storage
        self.asked = 0
        self.fault = None

    def __getattr__(self, verb):
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return getattr(self._storage, verb)


class Desk:
    """What one process has of access."""

    def __init__(self, database, clock):
        self.clock = clock
        self.storage = Counting(SqlStorage(database))
        self.trail = AuditTrail(storage=self.storage, clock=clock, keep=timedelta(days=1))
        self.doors = Authentication(storage=self.storage, clock=clock)
        self.keys = Keys(storage=self.storage, clock=clock, trail=self.trail, authentication=self.doors)

    @property
    def access(self):
        return Access(self.keys, self.doors, self.trail)


async def whoami(scope, receive, send):
    """Answers with what the gate says of the caller."""
    state = scope["state"]
    caller = state["caller"]
    said = "|".join((caller.name, scope["client"][0], scope["scheme"], ",".join(sorted(caller.scopes))))
    assert state["visit"].caller is caller
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": said.encode()})
