"""What several suites of this folder begin with."""

import pytest


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path, monkeypatch):
    """An empty database for the queue of another program, on a machine of its own."""
    monkeypatch.setenv("KODIT_DATA_DIR", str(tmp_path / "data"))
    return f"sqlite:///{tmp_path / 'jobs.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
