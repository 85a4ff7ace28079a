"""The table of batch jobs."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, UniqueConstraint

from kodit.domain.search.embedding_job import JobState
from kodit.domain.search.ports import VectorKind
from kodit.infrastructure.sql.tables import metadata as metadata  # noqa: PLC0414 - handed on
from kodit.infrastructure.sql.types import EnumText, RowNumber, Several, UtcDateTime, Words

embedding_jobs = Table(
    "embedding_jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("index_id", ForeignKey("sources.id", ondelete="CASCADE"), nullable=False),
    Column("task_id", RowNumber, nullable=False),
    Column("kind", EnumText(VectorKind), nullable=False),
    Column("model", String(200), nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("token", String(64), nullable=False),
    Column("round", Integer, nullable=False),
    Column("records", Integer, nullable=False),
    Column("embedded", Integer, nullable=False),
    Column("refused", Several(str), nullable=False),
    Column("state", EnumText(JobState), nullable=False),
    Column("name", Words),
    Column("message", Words),
    Column("reads_from", Words),
    Column("writes_to", Words),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("looked_at", UtcDateTime),
    UniqueConstraint("index_id", "kind", "model", "token"),
)
