"""Which schema this kodit knows. Apart, because whoever only compares it needs no SQLAlchemy."""

SCHEMA = "0013"
"""The newest revision in alembic/versions."""
