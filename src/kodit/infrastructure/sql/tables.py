"""The whole schema on one page. Column names are the fields of the domain.

Predicates of partial indexes are literals, not parameters: neither SQLite nor a generic plan of PostgreSQL matches a
parameter to them. They are told as SQLite's, because naming PostgreSQL's would import its dialect, for 25 ms;
alembic/env.py hands them on.

Rows that work makes again and again are numbered with 64 bits, as RowNumber: tasks and runs, files and snippets, what
is found in them, entries of the audit. So is what a step or a handler counts as it likes. Everything else has 32 bits:
what people add, such as sources; what a file or a manifest holds a few of; and what is bounded before it is stored, as
priorities, attempts, limits, slots and types are by kodit.application.tasks.admission.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from kodit.domain.code.marks import Derived
from kodit.domain.code.snippet import SnippetKind
from kodit.domain.sources.file import FileStatus, SkipReason
from kodit.domain.sources.source import SourceKind
from kodit.domain.tasks.progress import StepState
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import task_type
from kodit.infrastructure.sql.attempt_errors import error_of, error_told
from kodit.infrastructure.sql.types import (
    Count,
    EnumText,
    Json,
    RowNumber,
    Several,
    Span,
    StepName,
    TaskNumber,
    UtcDateTime,
    Words,
)

metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("pipeline", String(64), nullable=False),
    Column("dedup_key", String(200), nullable=False),
    Column("payload", Json, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", EnumText(RunState), nullable=False),
    Column("again", Integer),
    Column("counts", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    sqlite_autoincrement=True,
)
# Told by what a claim leaves alone, so that it need not touch the index: whatever is over has its moment, nothing else.
is_live = text("finished_at IS NULL")
is_over = text("finished_at IS NOT NULL")
Index("runs_live_key", runs.c.dedup_key, unique=True, sqlite_where=is_live)
Index("runs_over", runs.c.finished_at, runs.c.id, sqlite_where=is_over)
Index("runs_key", runs.c.dedup_key, runs.c.id)

tasks = Table(
    "tasks",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("type", TaskNumber, nullable=False),
    Column("state", EnumText(TaskState), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("payload", Json, nullable=False),
    Column("needs", Several(task_type, int), nullable=False),
    Column("dedup_key", String(200), nullable=False),
    Column("place", String(64), nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ready_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("lease_owner", String(200)),
    Column("lease_token", String(64)),
    Column("leased_until", UtcDateTime),
    Column("cancel_requested", Boolean, nullable=False),
    Column("errors", Several(error_of, error_told), nullable=False),
    Column("note", Words),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("snoozes", Count, nullable=False, server_default="0"),
    sqlite_autoincrement=True,
)
# Each waits in an index of its own, so that what is not due costs a claim nothing.
is_ready = text("state = 'ready'")
is_scheduled = text("state = 'scheduled'")
is_running = text("state = 'running'")
is_dead = text("state = 'dead'")
is_retry = text("state = 'scheduled' AND attempts > 0")
Index(
    "tasks_next",
    tasks.c.place,
    tasks.c.type,
    tasks.c.priority.desc(),
    tasks.c.created_at,
    tasks.c.id,
    sqlite_where=is_ready,
)
Index(
    "tasks_waiting",
    tasks.c.place,
    tasks.c.type,
    tasks.c.ready_at,
    tasks.c.id,
    sqlite_where=is_ready,
)
Index("tasks_due", tasks.c.ready_at, sqlite_where=is_scheduled)
Index("tasks_leases", tasks.c.leased_until, sqlite_where=is_running)
Index("tasks_over", tasks.c.finished_at, sqlite_where=is_over)
# What an operator looks at, however much succeeded beside it or waits for its first try.
Index("tasks_dead", tasks.c.finished_at, tasks.c.type, sqlite_where=is_dead)
Index("tasks_retries", tasks.c.ready_at, sqlite_where=is_retry)
# A live task's key is the only one of its kind because its run's is, and each phase is in a run once.
Index("tasks_phase", tasks.c.run_id, tasks.c.type, unique=True)

controls = Table(
    "queue_controls",
    metadata,
    # A task type's number, or 0 for every type.
    Column("type", Integer, primary_key=True, autoincrement=False),
    Column("paused", Boolean, nullable=False),
    Column("most", Integer),
)

rate_limits = Table(
    "rate_limits",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("free_at", UtcDateTime, nullable=False),
)

workers = Table(
    "workers",
    metadata,
    Column("owner", String(200), primary_key=True),
    Column("machine", String(64), nullable=False),
    Column("host", Words, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("types", Several(task_type), nullable=False),
    Column("places", Several(str), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("alive_until", UtcDateTime, nullable=False),
)

progress = Table(
    "progress",
    metadata,
    Column("task_id", ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True),
    Column("step", StepName, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("state", EnumText(StepState), nullable=False),
    Column("current", Count, nullable=False),
    Column("total", Count),
    Column("message", Words),
    Column("started_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("kind", EnumText(SourceKind), nullable=False),
    Column("location", Text, nullable=False, unique=True),
    Column("commit", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("indexed_at", UtcDateTime),
    Column("committed_at", UtcDateTime),
    Column("depth", Integer),
    Column("follows_submodules", Boolean, nullable=False, server_default=false()),
    Column("rules", Integer),
    Column("extracted_as", Integer),
    sqlite_autoincrement=True,
)

schedules = Table(
    "schedules",
    metadata,
    Column("index_id", ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Column("every", Span),
    Column("due_at", UtcDateTime),
    Column("failures", Integer, nullable=False),
    # No reference: runs are removed when they are old, and what is said of one that is gone is nothing.
    Column("run_id", RowNumber),
    Column("place", String(64), nullable=False),
)

submodules = Table(
    "submodules",
    metadata,
    Column("index_id", ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("url", Words),
    Column("commit", String(64), nullable=False),
    Column("problem", Words),
)

files = Table(
    "files",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("index_id", ForeignKey("sources.id", ondelete="CASCADE"), nullable=False),
    Column("path", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("status", EnumText(FileStatus), nullable=False),
    Column("extracted_hash", String(64)),
    Column("language", String(40)),
    Column("skip_reason", EnumText(SkipReason)),
    Column("author", Words),
    Column("changed_at", UtcDateTime),
    Column("created_at", UtcDateTime),
    Column("former_paths", Several(str)),
    UniqueConstraint("index_id", "path"),
    sqlite_autoincrement=True,
)
is_changed = text("status <> 'clean'")
Index("files_changed", files.c.index_id, files.c.path, sqlite_where=is_changed)

snippets = Table(
    "snippets",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("index_id", ForeignKey("sources.id", ondelete="CASCADE"), nullable=False),
    Column("file_id", ForeignKey("files.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("start_line", Integer, nullable=False),
    Column("end_line", Integer, nullable=False),
    Column("kind", EnumText(SnippetKind), nullable=False),
    Column("symbol", Text),
    Column("header", Text),
    Column("language", String(40), nullable=False),
    Column("content", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    # An id is never used again: the derived indexes know snippets by it.
    sqlite_autoincrement=True,
)
Index("snippets_index", snippets.c.index_id, snippets.c.id, snippets.c.file_id)
Index("snippets_content", snippets.c.content_hash)

gone_snippets = Table(
    "gone_snippets",
    metadata,
    Column("snippet_id", RowNumber, primary_key=True, autoincrement=False),
    Column("index_id", ForeignKey("sources.id", ondelete="CASCADE"), nullable=False, index=True),
)

marks = Table(
    "marks",
    metadata,
    Column("index_id", ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Column("derived", EnumText(Derived), primary_key=True),
    Column("model", String(200), nullable=False),
    Column("snippet_id", RowNumber, nullable=False),
)

embeddings = Table(
    "embeddings",
    metadata,
    Column("content_hash", String(64), primary_key=True),
    Column("model", String(200), primary_key=True),
    Column("dimension", Integer, primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

enrichments = Table(
    "enrichments",
    metadata,
    Column("content_hash", String(64), primary_key=True),
    Column("model", String(200), primary_key=True),
    Column("text", Words, nullable=False),
    Column("text_hash", String(64), nullable=False),
    sqlite_with_rowid=False,
)
