"""Repositories inside repositories: recorded always, and followed where that is wanted."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from repositories import at, commit, git

from kodit.domain.sources.ports import WorkingCopy
from kodit.domain.sources.source import Source
from kodit.domain.sources.submodule import Submodule
from kodit.infrastructure.git.working_copies import GitWorkingCopies


def link(root: Path, path: str, target: str, url: str | None) -> None:
    """Name a commit of another repository in this one, as `git submodule add` does."""
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{target},{path}")
    if url is not None:
        git(root, "config", "--file", ".gitmodules", f"submodule.{path}.path", path)
        git(root, "config", "--file", ".gitmodules", f"submodule.{path}.url", url)
        git(root, "add", ".gitmodules")
    git(root, "commit", "--quiet", "--message=linked")


def following(location: object) -> Source:
    return replace(at(location), follows_submodules=True)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    root = tmp_path / "library"
    (root / "src").mkdir(parents=True)
    git(root, "init", "--quiet", "--initial-branch=main")
    (root / "src" / "lib.py").write_text("library")
    commit(root, readme="read me")
    return root


async def texts(copy: WorkingCopy) -> dict[str, str | None]:
    paths = [entry.path for entry in await copy.entries()]
    return {path: None if content is None else content.decode() async for path, content in copy.read(paths)}


async def test_submodules_are_recorded_with_their_repositories_and_commits(
    copies: GitWorkingCopies, upstream: Path, library: Path
) -> None:
    head = git(library, "rev-parse", "HEAD")
    link(upstream, "vendor/lib", head, "../library")
    link(upstream, "nameless", "1" * 40, None)
    link(upstream, "run", "2" * 40, "ext::sh -c true")

    copy = await copies.refresh(at(upstream))

    named, nameless, run = sorted(await copy.submodules(), key=lambda one: one.path != "vendor/lib")
    assert named == Submodule(path="vendor/lib", commit=head, url=str(library))
    assert (nameless.path, nameless.url, bool(nameless.problem)) == ("nameless", None, True)
    assert (run.path, run.url, bool(run.problem)) == ("run", None, True)
    assert ".gitmodules" in await texts(copy)
    assert "vendor/lib/readme" not in await texts(copy)


async def test_followed_submodules_are_read_at_the_commit_that_is_named(
    copies: GitWorkingCopies, upstream: Path, library: Path
) -> None:
    link(upstream, "vendor/lib", git(library, "rev-parse", "HEAD"), "../library")
    commit(library, readme="newer")

    for copy in (await copies.refresh(following(upstream)), await copies.open(following(upstream))):
        found = await texts(copy)
        assert {path: found[path] for path in found if path != ".gitmodules"} == {
            "a": "one",
            "vendor/lib/readme": "read me",
            "vendor/lib/src/lib.py": "library",
        }
        assert await copy.hash_of("vendor/lib/readme") == git(library, "rev-parse", "HEAD~1:readme")
        assert [
            content async for _, content in copy.read(["vendor/lib/readme", "a", "vendor/lib", "vendor/lib/x"])
        ] == [
            b"read me",
            b"one",
            None,
            None,
        ]


async def test_a_submodule_that_moves_on_asks_for_a_listing_and_one_that_stays_does_not(
    copies: GitWorkingCopies, upstream: Path, library: Path
) -> None:
    link(upstream, "lib", git(library, "rev-parse", "HEAD"), "../library")
    before = (await copies.refresh(following(upstream))).commit or ""
    (upstream / "b").write_text("b")
    git(upstream, "add", "b")
    git(upstream, "commit", "--quiet", "--message=b")
    copy = await copies.refresh(following(upstream))
    changes = await copy.changes_since(before)
    assert changes is not None
    assert [entry.path for entry in changes.entries] == ["b"]

    git(upstream, "update-index", "--cacheinfo", f"160000,{commit(library, readme='newer')},lib")
    git(upstream, "commit", "--quiet", "--message=moved on")

    copy = await copies.refresh(following(upstream))
    assert await copy.changes_since(before) is None
    assert (await texts(copy))["lib/readme"] == "newer"


async def test_submodules_inside_submodules_are_followed_and_a_circle_ends(
    copies: GitWorkingCopies, upstream: Path, library: Path
) -> None:
    link(library, "back", git(upstream, "rev-parse", "HEAD"), str(upstream))
    link(upstream, "lib", git(library, "rev-parse", "HEAD"), str(library))

    copy = await copies.refresh(following(upstream))

    assert (await texts(copy))["lib/back/a"] == "one"
    assert [one.path for one in await copy.submodules()] == ["lib", "lib/back"]
    assert (await copy.history(None)).touches.keys() >= {"a", "lib/readme", "lib/back/a"}


async def test_a_submodule_that_cannot_be_had_costs_only_its_own_files(
    copies: GitWorkingCopies, upstream: Path, library: Path
) -> None:
    link(upstream, "gone", "1" * 40, "../library")
    link(upstream, "lost", "1" * 40, "../nowhere")
    link(upstream, "there", git(library, "rev-parse", "HEAD"), "../library")

    copy = await copies.refresh(following(upstream))

    problems = {one.path: one.problem is not None for one in await copy.submodules()}
    assert problems == {"gone": True, "lost": True, "there": False}
    assert "there/readme" in await texts(copy)


async def test_the_outer_rules_hold_inside_a_submodule_and_its_own_do_too(
    copies: GitWorkingCopies, upstream: Path, library: Path
) -> None:
    (library / ".noindex").write_text("readme\n")
    commit(library, kept="1")
    link(upstream, "lib", git(library, "rev-parse", "HEAD"), "../library")
    link(upstream, "left-out", git(library, "rev-parse", "HEAD"), "../library")
    (upstream / ".noindex").write_text("src/\n/left-out/\n")
    git(upstream, "add", ".noindex")
    git(upstream, "commit", "--quiet", "--message=rules")

    found = await texts(await copies.refresh(following(upstream)))

    assert sorted(found) == [".gitmodules", ".noindex", "a", "lib/.noindex", "lib/kept"]


async def test_a_list_of_submodules_that_makes_no_sense_names_none(
    copies: GitWorkingCopies, upstream: Path, library: Path
) -> None:
    link(upstream, "lib", git(library, "rev-parse", "HEAD"), None)
    (upstream / ".gitmodules").write_text('[submodule "lib\npath = lib\n')
    git(upstream, "add", ".gitmodules")
    git(upstream, "commit", "--quiet", "--message=broken")

    [found] = await (await copies.refresh(following(upstream))).submodules()

    assert (found.path, found.url) == ("lib", None)


async def test_paths_that_differ_in_case_only_are_files_of_their_own(copies: GitWorkingCopies, upstream: Path) -> None:
    commit(upstream, **{"README": "1", "readme": "2", "ReadMe": "3"})

    found = await texts(await copies.refresh(at(upstream)))

    assert {path: found[path] for path in ("README", "readme", "ReadMe")} == {
        "README": "1",
        "readme": "2",
        "ReadMe": "3",
    }


async def test_links_lead_nowhere_in_a_submodule_either(
    copies: GitWorkingCopies, upstream: Path, library: Path
) -> None:
    os.symlink("/etc/passwd", library / "passwd")  # noqa: PTH211 - as short as it is clear
    commit(library)
    link(upstream, "lib", git(library, "rev-parse", "HEAD"), "../library")

    copy = await copies.refresh(following(upstream))

    assert "lib/passwd" not in await texts(copy)
    assert [content async for _, content in copy.read(["lib/passwd"])] == [None]
