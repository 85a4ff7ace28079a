"""Who changed files and when, as the commits say, and never more than they say."""

import random
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from repositories import at, git

from kodit.domain.sources.history import History, Touch
from kodit.infrastructure.git.working_copies import GitWorkingCopies


def moment(day: int) -> datetime:
    return datetime(2026, 1, day, 12, tzinfo=UTC)


class Writer:
    """Commits as somebody, on some day of January."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self._monkeypatch = monkeypatch

    def becomes(self, name: str, day: int) -> None:
        self._monkeypatch.setenv("GIT_AUTHOR_NAME", name)
        for what in ("AUTHOR", "COMMITTER"):
            self._monkeypatch.setenv(f"GIT_{what}_DATE", f"{moment(day).timestamp():.0f} +0500")

    def commits(self, name: str, day: int, **files: str | None) -> str:
        self.becomes(name, day)
        for path, text in files.items():
            if text is None:
                (self.root / path).unlink()
            else:
                (self.root / path).parent.mkdir(exist_ok=True)
                (self.root / path).write_text(text)
        git(self.root, "add", "--all")
        git(self.root, "commit", "--quiet", "--message=more\n\nbody")
        return git(self.root, "rev-parse", "HEAD")

    def tries_to_merge(self, branch: str) -> None:
        """Merge, as far as that goes without somebody who settles what is in conflict."""
        subprocess.run(["git", "merge", "--quiet", branch], cwd=self.root, check=False, capture_output=True)


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Writer:
    root = tmp_path / "written"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    return Writer(root, monkeypatch)


def touch(name: str, changed: int, created: int | None = None) -> Touch:
    return Touch(
        author=f"{name} <a@example.invalid>",
        changed_at=moment(changed),
        created_at=None if created is None else moment(created),
    )


async def history(copies: GitWorkingCopies, writer: Writer, since: str | None = None) -> History:
    return await (await copies.refresh(at(writer.root))).history(since)


async def test_the_last_to_change_a_file_is_its_author_and_the_first_created_it(
    copies: GitWorkingCopies, writer: Writer
) -> None:
    writer.commits("Ann", 1, **{"a": "1", "b c\n.py": "1"})
    writer.commits("Zoë Ü", 2, **{"a": "2", "d/e": "1"})

    told = await history(copies, writer)

    assert told.touches == {"a": touch("Zoë Ü", 2, 1), "b c\n.py": touch("Ann", 1, 1), "d/e": touch("Zoë Ü", 2, 2)}
    assert (told.committed_at, told.follows) == (moment(2), False)


async def test_only_what_came_after_a_commit_is_looked_at(copies: GitWorkingCopies, writer: Writer) -> None:
    first = writer.commits("Ann", 1, a="1", b="1")
    second = writer.commits("Bob", 2, a="2")

    assert (await history(copies, writer, first)) == History(
        touches={"a": touch("Bob", 2)}, committed_at=moment(2), follows=True
    )
    assert (await history(copies, writer, second)).touches == {}


@pytest.mark.parametrize("since", ["1" * 40, "nonsense"])
async def test_after_a_commit_that_is_gone_or_on_another_branch_all_is_looked_at(
    copies: GitWorkingCopies, writer: Writer, since: str
) -> None:
    writer.commits("Ann", 1, a="1")
    git(writer.root, "checkout", "--quiet", "-b", "side")
    side = writer.commits("Bob", 2, b="1")
    git(writer.root, "checkout", "--quiet", "main")
    writer.commits("Cid", 3, c="1")

    for unrelated in (since, side):
        told = await history(copies, writer, unrelated)
        assert (sorted(told.touches), told.follows) == (["a", "c"], False)


async def test_a_merge_is_a_change_of_what_it_settled_and_of_nothing_else(
    copies: GitWorkingCopies, writer: Writer
) -> None:
    writer.commits("Ann", 1, both="1", mine="1", theirs="1")
    git(writer.root, "checkout", "--quiet", "-b", "side")
    writer.commits("Bob", 2, both="bob", theirs="bob")
    git(writer.root, "checkout", "--quiet", "main")
    writer.commits("Cid", 3, both="cid", mine="cid")
    writer.becomes("Dee", 4)
    writer.tries_to_merge("side")
    writer.commits("Dee", 4, both="dee")

    assert (await history(copies, writer)).touches == {
        "both": touch("Dee", 4, 1),
        "mine": touch("Cid", 3, 1),
        "theirs": touch("Bob", 2, 1),
    }


async def test_a_file_that_came_back_was_created_when_it_came_back(copies: GitWorkingCopies, writer: Writer) -> None:
    writer.commits("Ann", 1, a="1", b="1")
    writer.commits("Bob", 2, a=None)
    writer.commits("Cid", 3, a="1")

    assert (await history(copies, writer)).touches["a"] == touch("Cid", 3, 3)


async def test_a_shallow_mirror_tells_only_what_it_knows(copies: GitWorkingCopies, writer: Writer) -> None:
    writer.commits("Ann", 1, old="1", changed="1")
    writer.commits("Bob", 2, boundary="1")
    shallow = replace(at(f"file://{writer.root}"), depth=1)
    first = await copies.refresh(shallow)
    assert await first.history(None) == History(committed_at=moment(2))

    writer.commits("Cid", 3, changed="2", new="1")
    second = await copies.refresh(shallow)

    known = {"changed": touch("Cid", 3), "new": touch("Cid", 3, 3)}
    assert (await second.history(first.commit)).touches == known
    assert (await second.history(None)).touches == known


async def test_times_that_no_calendar_has_and_odd_names_cost_nothing_but_themselves(
    copies: GitWorkingCopies, writer: Writer
) -> None:
    writer.commits("Ann", 1, a="1", b="1")
    tree = git(writer.root, "rev-parse", "HEAD^{tree}")
    parent = git(writer.root, "rev-parse", "HEAD")
    raw = (
        f"tree {tree}\nparent {parent}\nauthor \x02 Odd\x7f\t{'x' * 500} <o@x> 99999999999999 +0000\n"
        "committer C <c@x> 99999999999999 +0000\n\nodd\n"
    )
    hashed = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
        cwd=writer.root,
        input=raw.encode(),
        check=True,
        capture_output=True,
    )
    git(writer.root, "update-ref", "refs/heads/main", hashed.stdout.decode().strip())

    told = await history(copies, writer)

    assert sorted(told.touches) == ["a", "b"]
    assert told.touches["a"] == touch("Ann", 1, 1)


async def test_an_empty_repository_has_no_history(copies: GitWorkingCopies, writer: Writer) -> None:
    assert await history(copies, writer) == History()


async def test_looked_at_in_parts_a_history_tells_what_it_tells_as_a_whole(
    copies: GitWorkingCopies, writer: Writer
) -> None:
    dice = random.Random(3)
    known: dict[str, Touch] = {}
    since = None
    for day in range(1, 21):
        branch = day > 1 and dice.random() < 0.3
        if branch:
            git(writer.root, "checkout", "--quiet", "-b", f"side{day}")
        there = [path.name for path in writer.root.iterdir() if path.is_file()]
        files: dict[str, str | None] = {dice.choice("abcd"): str(day)}
        if len(there) > 2:
            files[dice.choice(there)] = None
        writer.commits(dice.choice(["Ann", "Bob"]), day, **files)
        if branch:
            git(writer.root, "checkout", "--quiet", "main")
            writer.commits("Cid", day, **{f"main{day}": "1"})
            writer.becomes("Dee", day)
            writer.tries_to_merge(f"side{day}")
            git(writer.root, "add", "--all")
            git(writer.root, "commit", "--quiet", "--allow-empty", "--message=settled")
        if dice.random() < 0.5 or day == 20:
            copy = await copies.refresh(at(writer.root))
            part = await copy.history(since)
            listed = {entry.path for entry in await copy.entries()}
            known = {path: one for path, one in known.items() if path in listed}
            for path, one in part.touches.items():
                if path in listed:
                    known[path] = one.after(known[path]) if path in known else one
            whole = await copy.history(None)
            assert known == {path: one for path, one in whole.touches.items() if path in listed}
            since = copy.commit
