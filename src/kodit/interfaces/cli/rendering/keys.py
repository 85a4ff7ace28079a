"""Keys, and who changed what."""

from collections.abc import Sequence

from kodit.application.access.keys import ListedKey
from kodit.domain.access.audit import AuditEntry
from kodit.interfaces.cli.rendering.figures import moment
from kodit.interfaces.cli.rendering.streams import notice
from kodit.interfaces.cli.rendering.tables import Fit, table

_KEYS = ("name", "id", "state", "scopes", "sources", "per_minute", "expires_at", "last_used_at", "created_at")
_KEYS_FIT = Fit(
    first=("name", "state", "scopes", "sources", "id", "last_used_at", "expires_at", "per_minute", "created_at"),
    elastic="sources",
)
_AUDIT = ("began_at", "caller", "action", "subject", "outcome", "address", "key_id", "request_id")
_AUDIT_FIT = Fit(
    first=("began_at", "caller", "action", "subject", "outcome", "address", "key_id", "request_id"), elastic="subject"
)


def show_keys(keys: Sequence[ListedKey]) -> None:
    """Every key, one a line."""
    if not keys:
        notice("there are no keys; make one: kodit keys create NAME --scope read")
        return
    table(_KEYS, [[_cell(key, name) for name in _KEYS] for key in keys], fit=_KEYS_FIT)


def show_audit(entries: Sequence[AuditEntry], *, limit: int) -> None:
    """Who changed what, one change a line."""
    if not entries:
        notice("nothing was changed through a server, and no key was handed out")
        return
    table(_AUDIT, [[_cell(entry, name) for name in _AUDIT] for entry in entries], fit=_AUDIT_FIT)
    if len(entries) == limit:
        notice(f"the last {limit:,}; more of them: --limit, or what was before: --before {entries[-1].id}")


def _cell(row: ListedKey | AuditEntry, name: str) -> object:
    value = getattr(row, name)
    if name.endswith("_at"):
        return moment(value)
    if name == "sources":
        return "all" if value is None else ", ".join(value) or "none"
    if name == "scopes":
        return ", ".join(value) or "none"
    if name == "outcome":
        return value or "unknown"
    return "-" if value is None else value
