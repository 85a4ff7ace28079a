"""Which changes concern a source: the same files that indexing it would list."""

import shutil

import pytest

from kodit.infrastructure.filesystem.changed_paths import left_in
from kodit.infrastructure.filesystem.listing import list_files

TREE = {
    ".gitignore": "*.log\nbuild/\n",
    "a.py": "1",
    "debug.log": "1",
    "src/b.py": "1",
    "src/.gitignore": "!kept.log\nsecret.py\n",
    "src/kept.log": "1",
    "src/secret.py": "1",
    "build/out.py": "1",
    "node_modules/pkg/index.js": "1",
    ".git/HEAD": "ref: refs/heads/main",
    "venv/pyvenv.cfg": "home = /usr",
    "venv/lib/six.py": "1",
    "vendored/.noindex": "",
    "vendored/lib.c": "1",
    "data/kodit.db": "1",
}


@pytest.fixture
def root(tmp_path):
    for path, content in TREE.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    return tmp_path


def changed(root, *paths):
    return left_in(str(root), [str(root / "data")], paths)


def test_a_change_concerns_a_source_if_and_only_if_the_file_is_listed(root):
    listed = [entry.path for entry in list_files(root, frozenset([str(root / "data")]))]

    assert changed(root, *TREE) == listed
    assert "src/kept.log" in listed


def test_what_is_gone_is_judged_by_the_rules_that_are_left(root):
    shutil.rmtree(root / "build")
    shutil.rmtree(root / "node_modules")
    for path in ("a.py", "debug.log", "src/secret.py"):
        (root / path).unlink()

    gone = ("a.py", "debug.log", "src/secret.py", "build", "build/out.py", "node_modules", "node_modules/pkg/index.js")
    assert changed(root, *gone) == ["a.py"]


def test_directories_concern_it_unless_they_are_left_out(root):
    (root / "new").mkdir()

    assert changed(root, "new", "src", "build", "node_modules", ".git", "vendored", "venv", "data") == ["new", "src"]


def test_a_file_in_a_directory_that_is_gone_as_well_concerns_it(root):
    shutil.rmtree(root / "src")

    assert changed(root, "src", "src/b.py", "src/kept.log") == ["src", "src/b.py"]


def test_a_change_of_the_directory_itself_concerns_it(root):
    assert changed(root, ".") == ["."]
