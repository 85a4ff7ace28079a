"""`kodit sources`: what is indexed."""

from pathlib import Path

from command_line import CommandLine
from journey_world import World, git


def _everything(root: Path) -> dict[str, tuple[int, int, bytes]]:
    """Each file below a directory with its mode, modification time and content."""
    return {
        str(path.relative_to(root)): (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }


def test_sources_are_listed_with_all_that_there_is_to_know(world: World):
    library, shop = world.kodit.json("sources")

    assert list(shop) == [
        *("name", "kind", "location", "ref", "commit", "committed_at", "depth", "files", "snippets", "symbols"),
        *("indexed_at", "state", "error", "remedy", "every_seconds", "due_at"),
    ]
    assert (shop["name"], shop["kind"], shop["location"]) == ("shop", "directory", str(world.shop))
    assert (shop["commit"], shop["state"], shop["error"], shop["remedy"]) == (None, "indexed", None, None)
    assert "remedy" not in world.kodit.ok("sources", "show", "shop").out
    assert shop["files"] == 6
    assert shop["snippets"] > shop["symbols"] > 0
    assert (library["name"], library["kind"], library["commit"]) == ("library", "git", world.commit)


def test_a_branch_is_a_source_of_its_own_and_is_shown_with_its_commit_and_its_submodules(
    world: World, copied: CommandLine
):
    url = f"file://{world.library}"
    git("branch", "--force", "next", "HEAD", cwd=world.library)
    indexed = copied.json("index", url, "--branch", "next", "--depth", "1")
    assert indexed["source"]["location"] == f"{url}#refs/heads/next"

    [name] = [row["name"] for row in copied.json("sources") if row["ref"]]
    shown = copied.json("sources", "show", name)
    assert (shown["ref"], shown["commit"], shown["depth"]) == ("refs/heads/next", world.commit, 1)
    assert shown["committed_at"]
    assert shown["submodules"] == []

    [line] = [line for line in copied.ok("sources").out.splitlines() if line.startswith(name)]
    assert name.endswith("library@next")
    assert "branch next" in line
    assert f"{url} " in line


def test_what_cannot_be_selected_is_refused_with_a_remedy(world: World):
    for options in (["--branch", "a..b"], ["--branch", "a", "--tag", "b"], ["--commit", "xyz"]):
        failed = world.kodit.run("index", f"file://{world.library}", *options)
        assert (failed.code, bool(failed.remedy)) == (4, True)
    failed = world.kodit.run("index", str(world.shop), "--branch", "main")
    assert "is a directory" in failed.error


def test_a_piped_list_has_one_line_for_each_source_and_cuts_nothing_off(world: World):
    header, library, shop = world.kodit.ok("sources").out.splitlines()
    assert header.split()[:3] == ["NAME", "KIND", "LOCATION"]
    assert shop.split()[:3] == ["shop", "directory", str(world.shop)]
    assert library.split()[2] == f"file://{world.library}"


def test_one_source_is_shown_with_what_was_skipped_and_why(world: World):
    shown = world.kodit.json("sources", "show", "shop")
    assert shown["skipped"] == {"binary": 1, "empty": 1}
    assert shown["languages"]["javascript"] == 1


def test_removing_a_source_forgets_it_and_leaves_its_files_alone(world: World, copied: CommandLine):
    before = _everything(world.shop)

    unknown = copied.run("sources", "remove", "nope")
    asked = copied.run("sources", "remove", "shop")
    removed = copied.ok("sources", "remove", "shop", "--yes")

    assert (unknown.code, unknown.remedy) == (3, "list them: kodit sources")
    assert (asked.code, asked.remedy) == (4, "add --yes")
    assert removed.out.strip() == f"removed shop; {world.shop} itself is untouched"
    assert _everything(world.shop) == before
    assert [source["name"] for source in copied.json("sources")] == ["library"]
    results = copied.json("search", "parse_price")["results"]
    assert {result["source"] for result in results} <= {"library"}


def test_removing_a_git_source_removes_its_mirror_but_not_the_repository(world: World, copied: CommandLine):
    before = _everything(world.library)
    copied.ok("sources", "remove", "library", "--yes")

    mirrors = copied.data_dir / "mirrors"
    assert _everything(world.library) == before
    assert not mirrors.exists() or [path for path in mirrors.iterdir() if path.is_dir()] == []
