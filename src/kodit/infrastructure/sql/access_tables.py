"""The tables of access: keys, sessions, and who changed what."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from kodit.domain.access.audit import Action
from kodit.infrastructure.sql.embedding_tables import metadata as metadata  # noqa: PLC0414 - handed on, as mypy is told so
from kodit.infrastructure.sql.types import EnumText, Json, RowNumber, UtcDateTime, Words

api_keys = Table(
    "api_keys",
    metadata,
    # A secret shows its id; the digest is all that is kept of the rest.
    Column("id", String(16), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("scopes", Json, nullable=False),
    # Names of sources; null for all of them.
    Column("sources", Json),
    Column("per_minute", Integer),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("key_id", ForeignKey("api_keys.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

audit = Table(
    "audit",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("began_at", UtcDateTime, nullable=False, index=True),
    Column("caller", Words, nullable=False),
    # No row of api_keys need be there: what was done stays known.
    Column("key_id", String(16)),
    Column("address", Words),
    Column("request_id", Words),
    Column("action", EnumText(Action), nullable=False),
    Column("subject", Words, nullable=False),
    Column("outcome", Words),
    sqlite_autoincrement=True,
)
