"""Branches, tags and commits of one repository, read from one mirror."""

from dataclasses import replace
from pathlib import Path

import pytest
from repositories import at, commit, contents, git

from kodit.domain.errors import NotFound
from kodit.domain.sources.source import Source
from kodit.infrastructure.git.working_copies import GitWorkingCopies


def of(location: object, selection: str, depth: int | None = None) -> Source:
    return replace(at(f"{location}#{selection}"), depth=depth)


@pytest.fixture
def forked(upstream: Path) -> Path:
    """A repository whose branch `dev`, tag `v1` and HEAD differ; `both` is a branch and a tag."""
    git(upstream, "tag", "--annotate", "v1", "--message=one")
    git(upstream, "checkout", "--quiet", "-b", "dev")
    commit(upstream, a="dev")
    git(upstream, "branch", "both")
    git(upstream, "tag", "both", "v1")
    git(upstream, "checkout", "--quiet", "main")
    commit(upstream, a="head")
    return upstream


@pytest.mark.parametrize(
    ("selection", "content"),
    [
        ("refs/heads/dev", "dev"),
        ("refs/tags/v1", "one"),
        ("dev", "dev"),
        ("v1", "one"),
        ("both", "dev"),
        ("refs/tags/both", "one"),
    ],
)
async def test_what_is_selected_is_read(copies: GitWorkingCopies, forked: Path, selection: str, content: str) -> None:
    source = of(forked, selection)

    refreshed = await copies.refresh(source)

    assert await contents(refreshed) == {"a": content}
    assert (await copies.open(source)).commit == refreshed.commit


async def test_a_branch_is_followed_and_a_commit_stays(copies: GitWorkingCopies, forked: Path) -> None:
    first = git(forked, "rev-parse", "dev")
    git(forked, "checkout", "--quiet", "dev")
    await copies.refresh(of(forked, first))
    second = commit(forked, a="newer")

    assert (await copies.refresh(of(forked, "refs/heads/dev"))).commit == second
    assert (await copies.refresh(of(forked, first))).commit == first
    assert (await copies.refresh(of(forked, second[:9]))).commit == second


async def test_all_that_is_selected_of_a_repository_shares_one_mirror(
    copies: GitWorkingCopies, forked: Path, mirrors: Path
) -> None:
    for selection in ("dev", "refs/tags/v1", git(forked, "rev-parse", "dev")):
        await copies.refresh(of(forked, selection))
    await copies.refresh(at(forked))

    assert len(list(mirrors.glob("*.git"))) == 1


async def test_a_commit_once_fetched_is_read_without_the_repository_whatever_becomes_of_its_branch(
    copies: GitWorkingCopies, forked: Path, mirrors: Path
) -> None:
    wanted = git(forked, "rev-parse", "dev")
    await copies.refresh(of(forked, wanted))
    git(forked, "branch", "--quiet", "-D", "dev", "both")
    await copies.refresh(at(forked))
    [mirror] = mirrors.glob("*.git")
    git(mirror, "gc", "--quiet", "--prune=now")
    forked.rename(f"{forked}-moved")

    assert await contents(await copies.refresh(of(forked, wanted))) == {"a": "dev"}


async def test_a_commit_that_no_branch_holds_is_asked_for_by_its_id(copies: GitWorkingCopies, forked: Path) -> None:
    git(forked, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(forked, "checkout", "--quiet", "--detach")
    lone = commit(forked, a="lone")
    git(forked, "checkout", "--quiet", "main")

    assert await contents(await copies.refresh(of(forked, lone))) == {"a": "lone"}


@pytest.mark.parametrize(
    ("selection", "kind", "near"),
    [("refs/heads/dve", "branch dve", "dev"), ("refs/tags/v2", "tag v2", "v1"), ("mian", "mian", "main")],
)
async def test_what_there_is_none_of_is_not_found_and_what_is_like_it_is_named(
    copies: GitWorkingCopies, forked: Path, selection: str, kind: str, near: str
) -> None:
    with pytest.raises(NotFound, match=kind) as raised:
        await copies.refresh(of(forked, selection))

    assert near in (raised.value.remedy or "")


async def test_a_commit_that_there_is_none_of_is_not_found(copies: GitWorkingCopies, forked: Path) -> None:
    for unknown in ("1" * 40, "1" * 9):
        with pytest.raises(NotFound):
            await copies.refresh(of(forked, unknown))


async def test_a_branch_that_was_deleted_is_not_found_and_never_an_empty_source(
    copies: GitWorkingCopies, forked: Path, tmp_path: Path
) -> None:
    await copies.refresh(of(forked, "refs/heads/dev"))
    git(forked, "branch", "--quiet", "-D", "dev")
    with pytest.raises(NotFound):
        await copies.refresh(of(forked, "refs/heads/dev"))

    git(tmp_path, "init", "--quiet", "empty")
    with pytest.raises(NotFound):
        await copies.refresh(of(tmp_path / "empty", "refs/heads/main"))


async def test_a_working_tree_a_linked_one_and_a_bare_repository_are_mirrored(
    copies: GitWorkingCopies, forked: Path, tmp_path: Path
) -> None:
    git(forked, "worktree", "add", "--quiet", str(tmp_path / "linked"), "dev")
    git(tmp_path, "clone", "--quiet", "--bare", str(forked), "bare.git")
    (forked / "a").write_text("not committed")

    assert await contents(await copies.refresh(of(forked, "main"))) == {"a": "head"}
    assert await contents(await copies.refresh(at(tmp_path / "linked"))) == {"a": "dev"}
    assert await contents(await copies.refresh(of(tmp_path / "bare.git", "dev"))) == {"a": "dev"}


class TestDepth:
    @staticmethod
    def commits(mirrors: Path) -> int:
        [mirror] = mirrors.glob("*.git")
        return int(git(mirror, "rev-list", "--count", "HEAD"))

    async def test_a_shallow_mirror_has_as_many_commits_as_were_asked_for_and_then_all_that_are_new(
        self, copies: GitWorkingCopies, upstream: Path, mirrors: Path
    ) -> None:
        for number in range(5):
            commit(upstream, a=f"{number}")
        shallow = replace(at(f"file://{upstream}"), depth=2)
        await copies.refresh(shallow)
        assert self.commits(mirrors) == 2

        commit(upstream, a="newer")
        commit(upstream, a="newest")

        assert await contents(await copies.refresh(shallow)) == {"a": "newest"}
        assert self.commits(mirrors) == 4

    async def test_a_mirror_deep_enough_is_not_cut(
        self, copies: GitWorkingCopies, upstream: Path, mirrors: Path
    ) -> None:
        shallow = replace(at(f"file://{upstream}"), depth=9)
        for number in range(3):
            commit(upstream, a=f"{number}")
            await copies.refresh(shallow)

        assert self.commits(mirrors) == 4

    async def test_a_source_that_needs_the_history_completes_the_mirror_once(
        self, copies: GitWorkingCopies, upstream: Path, mirrors: Path
    ) -> None:
        git(upstream, "branch", "dev")
        commit(upstream, a="two")
        commit(upstream, a="three")
        whole = at(f"file://{upstream}")
        await copies.refresh(replace(whole, depth=1))
        assert self.commits(mirrors) == 1

        await copies.refresh(whole)
        await copies.refresh(replace(whole, depth=1))

        assert self.commits(mirrors) == 3
