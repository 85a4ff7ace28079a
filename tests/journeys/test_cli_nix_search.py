"""`kodit nix search`, `kodit nix show` and `kodit nix has`, as a user has them."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import CommandLine

from package_world import FIREFOX

PACKAGES = {
    "firefox": FIREFOX,
    "w3m": {"name": "w3m-0.5", "meta": {"description": "A text-mode web browser", "license": "mit", "broken": True}},
    "python3": {"name": "python3-3.5.1", "meta": {"description": "A programming language"}},
    "python35Packages.numpy": {"name": "python3.5-numpy-1.11", "meta": {"description": "Arrays of numbers"}},
    "acme": {
        "name": "acme-1",
        "meta": {"description": "Editor of text", "license": {"free": False, "fullName": "Own"}},
    },
}


@pytest.fixture(scope="module")
def kodit(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    root = tmp_path_factory.mktemp("packages")
    command = CommandLine(root / "data")
    for name, packages in {"old": PACKAGES, "new": {"firefox": {"name": "firefox-99.0"}}}.items():
        path = root / f"{name}.json"
        path.write_text(json.dumps({"version": 2, "packages": packages}))
        command.ok("nix", "channel", "add", name, "--from", path)
    return command


def attrs(kodit: CommandLine, *arguments: str) -> list[str]:
    found = kodit.json("nix", "search", *arguments)
    return [result["attr"] for result in found["results"]]


def test_the_exact_name_comes_first_in_each_channel(kodit: CommandLine):
    found = kodit.ok("nix", "search", "firefox", "--limit", "2").out.splitlines()
    assert found[0].split() == ["ATTRIBUTE", "VERSION", "DESCRIPTION", "CHANNEL"]
    assert [line.split()[:2] for line in found[1:]] == [["firefox", "99.0"], ["firefox", "47.0"]]


def test_words_that_say_what_it_does_need_no_quotes(kodit: CommandLine):
    assert attrs(kodit, "text", "web", "browser")[0] == "w3m"


def test_plain_output_has_nothing_but_three_columns(kodit: CommandLine):
    found = kodit.ok("nix", "search", "python3", "--plain", "--limit", "1")
    assert found.out == "python3\t3.5.1\tA programming language\n"
    assert found.err == ""


def test_plain_output_and_json_exclude_each_other(kodit: CommandLine):
    ended = kodit.run("nix", "search", "python3", "--plain", "--json")
    assert ended.code == 2
    assert ended.out == ""
    assert "--json and --plain exclude each other" in ended.err


def test_how_a_misspelt_name_was_understood_is_told(kodit: CommandLine):
    found = kodit.ok("nix", "search", "pyton3", "--json")
    answered = json.loads(found.out)
    assert answered["understood"] == {"pyton3": ["python3"]}
    assert answered["results"][0]["attr"] == "python3"
    assert found.err == "nothing is called pyton3; looked for python3\n"


def test_answers_without_a_word_of_the_question_are_told_to_be_the_nearest_only(kodit: CommandLine):
    found = kodit.ok("nix", "search", "qqqxxx", "vvvwww", "--json")
    assert json.loads(found.out)["by_meaning_only"] is True
    assert found.err == "no answer has a word of the query: these are the nearest by meaning\n"


def test_only_what_passes_every_filter_is_found(kodit: CommandLine):
    assert attrs(kodit, "browser", "--no-broken", "--license", "mpl20", "--license", "mit") == ["firefox"]
    assert attrs(kodit, "text", "--unfree", "--platform", "x86_64-linux") == ["acme"]


def test_a_result_has_the_packages_fields(kodit: CommandLine):
    [result] = kodit.json("nix", "search", "firefox", "--channel", "old", "--limit", "1")["results"]
    told = {name: value for name, value in result.items() if name not in ("score", "ranks")}
    assert told == {
        "channel": "old",
        "attr": "firefox",
        "pname": "firefox",
        "version": "47.0",
        "description": "A web browser",
        "long_description": "Shows pages.\n\nAnd more pages.",
        "homepages": ["https://firefox.example"],
        "licenses": [{"name": "Mozilla Public License 2.0", "spdx_id": "MPL-2.0", "is_free": True}],
        "maintainers": [{"name": "Ann", "email": "ann@example.org", "github": "ann"}],
        "platforms": ["i686-linux", "x86_64-linux"],
        "assigned_in": None,
        "implemented_in": {"path": "pkgs/browsers/firefox.nix", "line": 12},
        "main_program": "ff",
        "outputs": [],
        "system": "x86_64-linux",
        "is_broken": False,
        "is_unfree": False,
        "is_insecure": False,
        "is_unsupported": False,
    }


def test_nothing_found_is_no_error(kodit: CommandLine):
    narrowed = kodit.ok("nix", "search", "web", "--insecure")
    assert narrowed.out == ""
    assert narrowed.err == "nothing found; fewer filters may help\n"


@pytest.mark.parametrize("text", ["", " ", ";"])
def test_a_text_without_a_word_is_told_to_have_none(kodit: CommandLine, text):
    for more in ((), ("--insecure",)):
        found = kodit.ok("nix", "search", text, *more)
        assert found.err == "nothing found; there is no word to look for in the query\n"


@pytest.mark.parametrize(
    ("arguments", "error", "remedy"),
    [
        (("search", "x", "--license", "MTI"), "no package has the licence MTI", "did you mean MIT?"),
        (("search", "x", "--platform", "x86_64-linus"), "no package has the platform", "did you mean x86_64-linux?"),
        (("search", "x", "--channel", "nope"), "there is no channel named nope", "list them: kodit nix channel list"),
        (("show", "firefux"), "there is no package firefux", "did you mean firefox?"),
        (("show", "numpy"), "there is no package numpy", "did you mean python35Packages.numpy?"),
        (("show", "a..b"), "'a..b' is no attribute path", "names with dots"),
    ],
)
def test_what_there_is_none_of_is_an_error_that_helps(kodit: CommandLine, arguments, error, remedy):
    ended = kodit.run("nix", *arguments)
    assert ended.code in (3, 4)
    assert ended.error.startswith(error)
    assert ended.remedy.startswith(remedy)


def test_a_package_is_shown_whole_in_each_channel(kodit: CommandLine):
    shown = kodit.ok("nix", "show", "Firefox").out
    assert "description     A web browser\n" in shown
    assert "licence         Mozilla Public License 2.0 (MPL-2.0)\n" in shown
    assert "maintainers     Ann <ann@example.org> (@ann)\n" in shown
    assert "implemented in  pkgs/browsers/firefox.nix:12\n" in shown
    assert shown.rstrip().endswith("Shows pages.\n\nAnd more pages.")
    assert [one["version"] for one in kodit.json("nix", "show", "firefox")] == ["99.0", "47.0"]
    assert [one["channel"] for one in kodit.json("nix", "show", "firefox", "--channel", "old")] == ["old"]


def test_whether_something_is_called_so_is_told_by_the_exit_code(kodit: CommandLine):
    there = kodit.run("nix", "has", "python35packages.numpy", "FF", "--channel", "old")
    assert there.code == 0
    assert there.out.splitlines() == [
        "python35packages.numpy  old  python35Packages.numpy",
        "FF  old  firefox",
    ]

    missing = kodit.run("nix", "has", "firefox", "no-such-thing")
    assert missing.code == 3
    assert missing.err == "nothing is called no-such-thing\n"


def test_what_does_not_exist_is_told_without_looking_at_packages(kodit: CommandLine, tmp_path: Path):
    data = tmp_path / "data"
    data.mkdir()
    with sqlite3.connect(kodit.data_dir / "kodit.db") as whole, sqlite3.connect(data / "kodit.db") as copy:
        whole.backup(copy)
        copy.execute("DROP TABLE nix_names")
        copy.execute("DROP TABLE nix_packages")
    whole.close()
    copy.close()

    ended = CommandLine(data).run("nix", "has", "no-such-thing", "--json")

    assert ended.code == 3
    assert json.loads(ended.out) == [{"name": "no-such-thing", "exists": False, "packages": {}, "by_filters": True}]


def test_a_server_is_asked_in_the_same_words_and_its_answers_look_the_same(kodit: CommandLine, fresh: CommandLine):
    parts = ("--workers", "0", "--no-scheduler", "--no-watch", "--no-web", "--no-mcp")
    server = kodit.start("serve", "--port", "0", *parts)
    try:
        assert server.stdout is not None
        url = server.stdout.readline().split()[-1]
        for asked in (
            ("search", "pyton3", "--license", "MIT", "--limit", "2"),
            ("show", "firefox"),
            ("has", "w3m", "no-such-thing"),
            ("channel", "list"),
        ):
            here, there = kodit.run("nix", *asked), fresh.run("nix", *asked, "--server", url)
            assert (there.code, there.out, there.err) == (here.code, here.out, here.err), asked
            assert here.out
    finally:
        server.terminate()
        server.communicate()


def test_without_a_channel_it_is_said_how_to_add_one(fresh: CommandLine):
    fresh.ok("nix", "channel", "list")
    ended = fresh.run("nix", "search", "firefox")
    assert ended.code == 7
    assert ended.remedy.startswith("add one: kodit nix channel add ")


def test_a_search_imports_nothing_that_it_does_not_need(kodit: CommandLine):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "kodit", "nix", "search", "firefox"],
        env=kodit.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "kodit.application.nixpkgs.package_search_service" in imported
    assert not imported & {
        "sqlalchemy",
        "structlog",
        "alembic",
        "tree_sitter",
        "httpx",
        "rich",
        "rapidfuzz",
        "filelock",
    }
