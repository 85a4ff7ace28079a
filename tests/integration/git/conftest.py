from pathlib import Path

import pytest
from repositories import commit, git

from kodit.infrastructure.git.working_copies import GitWorkingCopies


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git as on a machine where nobody has configured it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_ASKPASS", "/bin/false")
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "A")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@example.invalid")


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    root = tmp_path / "upstream"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root, a="one")
    return root


@pytest.fixture
def mirrors(tmp_path: Path) -> Path:
    return tmp_path / "data" / "mirrors"


@pytest.fixture
def copies(mirrors: Path) -> GitWorkingCopies:
    return GitWorkingCopies(mirrors)
