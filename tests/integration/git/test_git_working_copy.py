"""Git repositories by path: what is read of them, and what goes wrong on this machine."""

import asyncio
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from filelock import FileLock
from repositories import at, commit, contents, git

from kodit.domain.errors import (
    InvalidInput,
    Locked,
    NotFound,
)
from kodit.infrastructure.git.process import GitLimits
from kodit.infrastructure.git.working_copies import GitWorkingCopies

# --- what is read -------------------------------------------------------------------------------------------------


async def test_a_commit_is_opened_without_its_repository_and_without_new_commits(
    copies: GitWorkingCopies, upstream: Path
) -> None:
    first = (await copies.refresh(at(upstream))).commit
    commit(upstream, a="two")
    second = (await copies.refresh(at(upstream))).commit
    upstream.rename(f"{upstream}-moved")

    assert await contents(await copies.open(at(upstream, first))) == {"a": "one"}
    assert await contents(await copies.open(at(upstream, second))) == {"a": "two"}
    assert (await copies.open(at(upstream))).commit == second


async def test_a_commit_that_this_machine_lacks_is_fetched(copies: GitWorkingCopies, upstream: Path) -> None:
    await copies.refresh(at(upstream))
    newer = commit(upstream, a="two")

    assert await contents(await copies.open(at(upstream, newer))) == {"a": "two"}


async def test_a_commit_that_exists_nowhere_is_not_found(copies: GitWorkingCopies, upstream: Path) -> None:
    for unknown in ("0" * 40, "no such commit", "--help"):
        with pytest.raises(NotFound):
            await copies.open(at(upstream, unknown))


async def test_the_remote_head_is_followed_to_another_branch_and_through_a_forced_push(
    copies: GitWorkingCopies, upstream: Path
) -> None:
    await copies.refresh(at(upstream))
    git(upstream, "checkout", "--quiet", "--orphan", "other")
    commit(upstream, a="other")
    assert await contents(await copies.refresh(at(upstream))) == {"a": "other"}

    git(upstream, "commit", "--quiet", "--amend", "--message=forced")
    forced = git(upstream, "rev-parse", "HEAD")
    assert (await copies.refresh(at(upstream))).commit == forced

    git(upstream, "checkout", "--quiet", "main")
    git(upstream, "branch", "--quiet", "-D", "other")
    assert await contents(await copies.refresh(at(upstream))) == {"a": "one"}


async def test_a_detached_head_is_followed(copies: GitWorkingCopies, upstream: Path) -> None:
    await copies.refresh(at(upstream))
    git(upstream, "checkout", "--quiet", "--detach")
    detached = commit(upstream, a="detached")

    assert (await copies.refresh(at(upstream))).commit == detached


async def test_a_shallow_clone_is_mirrored_and_followed(
    copies: GitWorkingCopies, upstream: Path, tmp_path: Path
) -> None:
    second = commit(upstream, a="two")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{upstream}", str(shallow))

    assert (await copies.refresh(at(shallow))).commit == second
    third = commit(upstream, a="three")
    git(shallow, "fetch", "--quiet", "--depth=1")
    git(shallow, "reset", "--quiet", "--hard", "origin/main")
    assert await contents(await copies.refresh(at(shallow))) == {"a": "three"}
    assert (await copies.open(at(shallow))).commit == third


async def test_an_empty_repository_has_no_commit_and_no_files_until_it_has(
    copies: GitWorkingCopies, tmp_path: Path
) -> None:
    root = tmp_path / "empty"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    empty = await copies.refresh(at(root))
    assert (empty.commit, await empty.entries()) == (None, [])
    assert (await copies.open(at(root))).commit is None

    first = commit(root, a="one")

    assert (await copies.refresh(at(root))).commit == first


async def test_a_head_without_its_branch_gives_way_to_the_usual_one(
    copies: GitWorkingCopies, upstream: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "bare.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=unborn", str(bare))
    git(upstream, "push", "--quiet", str(bare), "main")

    assert await contents(await copies.refresh(at(bare))) == {"a": "one"}


async def test_branches_and_tags_are_mirrored_and_nothing_else(
    copies: GitWorkingCopies, upstream: Path, mirrors: Path
) -> None:
    git(upstream, "tag", "v1")
    git(upstream, "branch", "dev")
    git(upstream, "update-ref", "refs/pull/1/head", "HEAD")

    await copies.refresh(at(upstream))
    git(upstream, "branch", "-D", "dev")
    await copies.refresh(at(upstream))

    [mirror] = mirrors.glob("*.git")
    assert git(mirror, "for-each-ref", "--format=%(refname)").split() == ["refs/heads/main", "refs/tags/v1"]


async def test_submodules_are_left_out(copies: GitWorkingCopies, upstream: Path) -> None:
    git(upstream, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    git(upstream, "commit", "--quiet", "--message=module")

    assert [entry.path for entry in await (await copies.refresh(at(upstream))).entries()] == ["a"]


async def test_a_tree_that_names_places_outside_itself_loses_these_names(
    copies: GitWorkingCopies, upstream: Path
) -> None:
    blob = git(upstream, "rev-parse", "HEAD:a")

    def tree(*entries: str) -> str:
        text = "".join(f"{entry}\n" for entry in entries)
        made = subprocess.run(["git", "mktree"], cwd=upstream, input=text, check=True, capture_output=True, text=True)
        return made.stdout.strip()

    inner = tree(f"100644 blob {blob}\tb")
    outer = tree(f"100644 blob {blob}\ta", f"040000 tree {inner}\t..", f"040000 tree {inner}\t.git")
    git(upstream, "update-ref", "HEAD", git(upstream, "commit-tree", outer, "-m", "hostile"))

    assert [entry.path for entry in await (await copies.refresh(at(upstream))).entries()] == ["a"]


async def test_file_urls_work_and_hooks_of_the_repository_do_not_run(
    copies: GitWorkingCopies, upstream: Path, tmp_path: Path
) -> None:
    for hook in ("post-checkout", "reference-transaction", "post-update", "pre-auto-gc"):
        (upstream / ".git" / "hooks").mkdir(exist_ok=True)
        (upstream / ".git" / "hooks" / hook).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        (upstream / ".git" / "hooks" / hook).chmod(0o755)

    assert await contents(await copies.refresh(at(f"file://{upstream}"))) == {"a": "one"}
    assert not (tmp_path / "ran").exists()


async def test_settings_of_the_repository_that_the_user_stands_in_are_not_read(
    copies: GitWorkingCopies, upstream: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    git(here, "init", "--quiet")
    git(here, "config", "url.file:///nowhere/.insteadOf", f"{tmp_path}/")
    monkeypatch.chdir(here)
    monkeypatch.setenv("GIT_DIR", str(here / ".git"))

    assert await contents(await copies.refresh(at(upstream))) == {"a": "one"}


# --- what goes wrong on this machine ------------------------------------------------------------------------------


async def test_a_directory_without_repository_is_invalid(copies: GitWorkingCopies, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()

    with pytest.raises(InvalidInput):
        await copies.refresh(at(tmp_path / "plain"))


async def test_nothing_is_left_of_a_first_fetch_that_failed_or_was_killed(
    copies: GitWorkingCopies, upstream: Path, mirrors: Path
) -> None:
    await copies.refresh(at(upstream))
    [mirror] = mirrors.glob("*.git")
    half = mirror.with_name(f"{mirror.name}.partial")
    shutil.copytree(mirror, half)
    shutil.rmtree(mirror)
    (half / "HEAD.lock").touch()

    assert await contents(await copies.refresh(at(upstream))) == {"a": "one"}
    assert not half.exists()


async def test_locks_and_half_packs_of_a_killed_fetch_stop_nobody(
    copies: GitWorkingCopies, upstream: Path, mirrors: Path
) -> None:
    await copies.refresh(at(upstream))
    [mirror] = mirrors.glob("*.git")
    (mirror / "objects" / "pack").mkdir(exist_ok=True)
    left = [mirror / "HEAD.lock", mirror / "packed-refs.lock", mirror / "refs/heads/main.lock"]
    left.append(mirror / "objects" / "pack" / "tmp_pack_x")
    for path in left:
        path.touch()
    newer = commit(upstream, a="two")

    assert (await copies.refresh(at(upstream))).commit == newer
    assert not any(path.exists() for path in left)


async def test_two_refreshes_of_one_mirror_take_turns(copies: GitWorkingCopies, upstream: Path, mirrors: Path) -> None:
    both = await asyncio.gather(*(GitWorkingCopies(mirrors).refresh(at(upstream)) for _ in range(2)))

    assert both[0].commit == both[1].commit == git(upstream, "rev-parse", "HEAD")


async def test_a_mirror_that_somebody_else_refreshes_for_too_long_is_locked(
    copies: GitWorkingCopies, upstream: Path, mirrors: Path
) -> None:
    await copies.refresh(at(upstream))
    [lock] = mirrors.glob("*.lock")
    impatient = GitWorkingCopies(mirrors, GitLimits(lock=timedelta(0)))

    with FileLock(lock):
        for attempt in (impatient.refresh, impatient.discard):
            with pytest.raises(Locked):
                await attempt(at(upstream))
    await impatient.refresh(at(upstream))


async def test_discarding_deletes_the_mirror_and_only_that_one(
    copies: GitWorkingCopies, upstream: Path, mirrors: Path
) -> None:
    await copies.refresh(at(upstream))
    await copies.refresh(at(f"file://{upstream}"))

    await copies.discard(at(upstream))

    assert len(list(mirrors.glob("*.git"))) == 1
    assert (await copies.open(at(f"file://{upstream}"))).commit
    assert (upstream / "a").read_text() == "one"


async def test_git_that_is_not_installed_is_named(
    copies: GitWorkingCopies, upstream: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotFound) as raised:
        await copies.refresh(at(upstream))

    assert "git is not installed" in str(raised.value)
