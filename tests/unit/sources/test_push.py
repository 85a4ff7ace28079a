"""Which sources a push concerns."""

from datetime import UTC, datetime

import pytest

from kodit.domain.errors import InvalidInput
from kodit.domain.sources.forge import Forge
from kodit.domain.sources.push import Push, place_of, pushed
from kodit.domain.sources.source import Source, SourceKind

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SPELLINGS = [
    "https://forge.example/owner/repo",
    "https://forge.example/owner/repo.git",
    "https://forge.example/owner/repo/",
    "https://forge.example:8443/owner/repo.git",
    "http://Forge.Example/Owner/Repo",
    "https://user:password@forge.example/owner/repo.git",
    "ssh://git@forge.example/owner/repo.git",
    "ssh://git@forge.example:2222/owner/repo.git",
    "git://forge.example/owner/repo.git",
    "git@forge.example:owner/repo.git",
    "git@forge.example:/owner/repo",
    "forge.example:owner/repo.git",
]
GITHUB = {
    "ref": "refs/heads/main",
    "after": "1" * 40,
    "repository": {
        "clone_url": "https://forge.example/owner/repo.git",
        "ssh_url": "git@forge.example:owner/repo.git",
        "html_url": "https://forge.example/owner/repo",
        "default_branch": "main",
        "master_branch": "master",
    },
}
GITLAB = {
    "object_kind": "push",
    "ref": "refs/heads/main",
    "after": "1" * 40,
    "project": {
        "git_http_url": "https://forge.example/owner/repo.git",
        "git_ssh_url": "git@forge.example:owner/repo.git",
        "web_url": "https://forge.example/owner/repo",
        "default_branch": "main",
    },
    "repository": {"name": "repo", "url": "git@forge.example:owner/repo.git"},
}
SAID = [
    (Forge.GITHUB, "push", GITHUB),
    (Forge.GITLAB, "push hook", GITLAB),
    (Forge.GITLAB, "tag push hook", GITLAB),
    (Forge.GITLAB, "system hook", GITLAB),
    (Forge.GITEA, "push", GITHUB),
    (Forge.FORGEJO, "push", GITHUB),
]


def a_source(location, kind=SourceKind.GIT):
    return Source(name="repo", kind=kind, location=location, created_at=NOON)


def a_push(ref="refs/heads/main", default="main"):
    return Push(frozenset(["forge.example/owner/repo"]), ref, default)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_a_repository_means_the_same_place(spelling):
    assert place_of(spelling) == "forge.example/owner/repo"


@pytest.mark.parametrize(
    "other",
    [
        "https://forge.example/owner/repo2",
        "https://forge.example/other/repo",
        "https://elsewhere.example/owner/repo",
        "https://forge.example/owner/repo/sub",
        "file:///forge.example/owner/repo",
        "https://[broken",
    ],
)
def test_other_repositories_lie_elsewhere(other):
    assert not a_push().concerns(a_source(other))


@pytest.mark.parametrize(("forge", "event", "document"), SAID)
def test_every_forge_tells_what_was_pushed_where(forge, event, document):
    assert pushed(forge, event, document) == a_push()


@pytest.mark.parametrize(("forge", "event", "document"), SAID)
def test_a_branch_that_was_deleted_is_no_push(forge, event, document):
    assert pushed(forge, event, {**document, "after": "0" * 40}) is None
    assert pushed(forge, event, {**document, "deleted": True}) is None


@pytest.mark.parametrize("event", ["ping", "issues", "", "create", "note hook", "workflow_job"])
def test_whatever_else_happens_is_no_push(event):
    assert [pushed(forge, event, {}) for forge in Forge] == [None] * len(Forge)


def test_a_system_hook_about_something_else_is_no_push():
    assert pushed(Forge.GITLAB, "system hook", {"event_name": "project_create"}) is None


@pytest.mark.parametrize(
    "document",
    [
        {},
        {**GITHUB, "ref": None},
        {**GITHUB, "ref": ["refs/heads/main"]},
        {**GITHUB, "repository": None},
        {**GITHUB, "repository": "owner/repo"},
        {**GITHUB, "repository": {"clone_url": 7}},
    ],
)
def test_a_push_that_does_not_say_where_and_what_makes_no_sense(document):
    with pytest.raises(InvalidInput):
        pushed(Forge.GITHUB, "push", document)


HERE = "https://forge.example/owner/repo"


@pytest.mark.parametrize(
    ("location", "ref", "default", "expected"),
    [
        (HERE, "refs/heads/main", "main", True),
        (HERE, "refs/heads/dev", "main", False),
        (HERE, "refs/heads/dev", None, True),
        (HERE, "refs/tags/main", "main", False),
        (f"{HERE}#refs/heads/dev", "refs/heads/dev", "main", True),
        (f"{HERE}#refs/heads/dev", "refs/heads/main", "main", False),
        (f"{HERE}#refs/heads/dev", "refs/tags/dev", "main", False),
        (f"{HERE}#refs/tags/v1", "refs/tags/v1", "main", True),
        (f"{HERE}#dev", "refs/heads/dev", "main", True),
        (f"{HERE}#dev", "refs/tags/dev", "main", True),
        (f"{HERE}#dev", "refs/heads/main", "main", False),
        (f"{HERE}#{'a' * 40}", "refs/heads/main", "main", False),
    ],
)
def test_a_source_is_concerned_by_what_it_reads(location, ref, default, expected):
    assert a_push(ref, default).concerns(a_source(location)) is expected


def test_a_directory_is_never_concerned():
    assert not a_push().concerns(a_source("forge.example/owner/repo", SourceKind.DIRECTORY))
