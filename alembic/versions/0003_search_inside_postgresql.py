"""On PostgreSQL, the tables of keyword search and of vectors."""

import sqlalchemy as sa
from alembic import op

from kodit.domain.errors import DatabaseUnusable

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OLDEST_PGVECTOR = (0, 8)
"""The first that goes on scanning where filters leave too little."""

TABLES = (
    "CREATE SEQUENCE keyword_document_numbers",
    """
    CREATE TABLE keyword_documents (
        number bigint PRIMARY KEY,
        index_id integer NOT NULL,
        snippet_id bigint NOT NULL,
        language text NOT NULL,
        path text NOT NULL,
        lengths integer[] NOT NULL,
        UNIQUE (index_id, snippet_id)
    )
    """,
    """
    CREATE TABLE keyword_sizes (
        index_id integer NOT NULL,
        field smallint NOT NULL,
        documents bigint NOT NULL,
        tokens bigint NOT NULL,
        PRIMARY KEY (index_id, field)
    )
    """,
    "CREATE TABLE keyword_segments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, documents bigint NOT NULL)",
    """
    CREATE TABLE keyword_postings (
        field smallint NOT NULL,
        token text COLLATE "C" NOT NULL,
        segment bigint NOT NULL,
        held integer NOT NULL,
        postings bigint[] NOT NULL,
        PRIMARY KEY (token, field, segment)
    )
    """,
    "CREATE INDEX keyword_postings_segment ON keyword_postings (segment)",
    # Nothing is ever searched in the lists, and gathering statistics of their elements takes long.
    "ALTER TABLE keyword_postings ALTER COLUMN postings SET STATISTICS 0",
    """
    CREATE TABLE vector_sets (
        kind text NOT NULL,
        index_id integer NOT NULL,
        model text NOT NULL,
        dimension integer NOT NULL,
        vectors bigint NOT NULL,
        PRIMARY KEY (kind, index_id)
    )
    """,
    """
    CREATE TABLE vectors (
        kind text NOT NULL,
        index_id integer NOT NULL,
        snippet_id bigint NOT NULL,
        file_id bigint NOT NULL,
        model text NOT NULL,
        dimension integer NOT NULL,
        vector vector,
        PRIMARY KEY (kind, index_id, snippet_id)
    )
    """,
    "CREATE INDEX vectors_file ON vectors (kind, file_id)",
    "ALTER TABLE vectors ALTER COLUMN vector SET STATISTICS 0",
)


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    _require_pgvector(connection)
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in ("vectors", "vector_sets", "keyword_postings", "keyword_segments", "keyword_sizes"):
        op.drop_table(table)
    op.drop_table("keyword_documents")
    op.execute("DROP SEQUENCE keyword_document_numbers")


def _require_pgvector(connection: sa.Connection) -> None:
    """Have the extension in this database. Raises DatabaseUnusable where that cannot be done."""
    query = sa.text("SELECT default_version, installed_version FROM pg_available_extensions WHERE name = 'vector'")
    row = connection.execute(query).one_or_none()
    if row is None:
        raise DatabaseUnusable(
            "the PostgreSQL server does not have pgvector",
            remedy="install pgvector 0.8 or newer on the server, then run in the database: CREATE EXTENSION vector",
        )
    version = row.installed_version or row.default_version
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_PGVECTOR:
        raise DatabaseUnusable(
            f"the database has pgvector {version}, and kodit needs 0.8 or newer",
            remedy="install a newer pgvector on the server, then run in the database: ALTER EXTENSION vector UPDATE",
        )
    if row.installed_version is None:
        try:
            connection.execute(sa.text("CREATE EXTENSION vector"))
        except sa.exc.DBAPIError as error:
            raise DatabaseUnusable(
                "the database does not have pgvector, and kodit's user may not add it",
                remedy="have a superuser run in the database: CREATE EXTENSION vector",
            ) from error
    if connection.scalar(sa.text("SELECT to_regtype('vector')")) is None:
        raise DatabaseUnusable(
            "pgvector is in a schema of the database that is not looked into",
            remedy="name that schema too: ?search_path=NAME,public in KODIT_DATABASE_URL",
        )
