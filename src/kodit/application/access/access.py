"""Who may use a server, and what was done through it."""

from dataclasses import dataclass

from kodit.application.access.audit_trail import AuditTrail
from kodit.application.access.authentication import Authentication
from kodit.application.access.keys import Keys


@dataclass(frozen=True, slots=True)
class Access:
    """What knows keys, verifies them, and writes down what is changed."""

    keys: Keys
    authentication: Authentication
    trail: AuditTrail
