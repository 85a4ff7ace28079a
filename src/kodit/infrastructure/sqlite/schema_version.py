"""What schema an SQLite file has, asked without all that could change it."""

import sqlite3
from contextlib import closing
from pathlib import Path


def schema_version(path: Path) -> str | None:
    """The revision that the file is at; None when it does not say, for whatever reason."""
    if not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(path)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return None
    return row and str(row[0])
