"""`kodit artifact`: an index carried away as files, and asked where there is nothing else of kodit's."""

import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pytest
from command_line import CommandLine

from kodit.infrastructure.duckdb.session import load
from kodit.interfaces.cli.exit_codes import ExitCode

HOW_TO = (Path(__file__).parents[2] / "docs" / "how-to" / "build-an-artifact.md").read_text()

PACKAGES = {
    "lynx": ("2.8", {"description": "A text-mode web browser", "license": {"spdxId": "GPL-2.0-only"}}),
    "firefox": ("47.0", {"description": "A web browser", "license": {"spdxId": "MPL-2.0"}, "unfree": False}),
    "python3Packages.numpy": ("1.11", {"description": "Arrays of numbers", "license": {"spdxId": "MIT"}}),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with both forms of a channel's artifact, built there by relative paths."""
    directory = tmp_path_factory.mktemp("artifacts")
    kodit = CommandLine(directory / "data")
    packages = {attr: {"name": f"{attr}-{version}", "meta": meta} for attr, (version, meta) in PACKAGES.items()}
    (directory / "packages.json").write_text(json.dumps({"version": 2, "packages": packages}))
    kodit.ok("nix", "channel", "add", "nixos", "--from", "packages.json")
    ended = kodit.ok("artifact", "build", "nixos", "--full", "full.duckdb", "--minified", "small.duckdb")
    assert "EXPORT: succeeded" in ended.err
    assert f"{directory}/full.duckdb: full, 3 packages, 3 with a vector" in ended.out
    assert f"{directory}/small.duckdb: minified, 3 packages, 3 with a vector" in ended.out
    return directory


@pytest.fixture
def elsewhere(built: Path, tmp_path: Path) -> CommandLine:
    """A machine that has the files and no index."""
    for name in ("full.duckdb", "small.duckdb"):
        shutil.copy(built / name, tmp_path)
    return CommandLine(tmp_path / "data")


def test_an_artifact_answers_by_name_word_and_meaning_where_nothing_is_indexed(elsewhere):
    table = elsewhere.ok("artifact", "search", "small.duckdb", "browsers").out.splitlines()
    assert table[0].split() == ["ATTRIBUTE", "VERSION", "LICENCE", "DESCRIPTION"]
    assert {line.split()[0] for line in table[1:3]} == {"firefox", "lynx"}
    first = elsewhere.json("artifact", "search", "small.duckdb", "numpy")["results"][0]
    assert (first["attr"], first["version"], first["licenses"]) == ("python3Packages.numpy", "1.11", "MIT")
    found = elsewhere.json("artifact", "search", "full.duckdb", "web browser", "--mode", "vector", "--limit", "2")
    assert {row["attr"] for row in found["results"]} == {"firefox", "lynx"}
    only = elsewhere.json("artifact", "search", "small.duckdb", "browser", "--license", "MPL-2.0")["results"]
    assert [row["attr"] for row in only] == ["firefox"]
    for file in ("small.duckdb", "full.duckdb"):
        near = elsewhere.ok("artifact", "search", file, "zzqqx")
        assert near.err == "no answer has a word of the query: these are the nearest by meaning\n"
        assert elsewhere.json("artifact", "search", file, "zzqqx")["by_meaning_only"] is True
        assert elsewhere.json("artifact", "search", file, "text browser")["by_meaning_only"] is False
    nothing = elsewhere.ok("artifact", "search", "small.duckdb", "zzz", "--mode", "keyword")
    assert (nothing.out, nothing.err) == ("", "nothing found; fewer or other words, or fewer filters, may help\n")
    assert not elsewhere.data_dir.exists()


@pytest.mark.parametrize("file", ["small.duckdb", "full.duckdb"])
def test_a_word_that_no_package_has_is_taken_for_a_name_and_that_is_told(elsewhere, file):
    mistyped = elsewhere.ok("artifact", "search", file, "firfox", "--limit", "1")
    assert mistyped.out.splitlines()[1].startswith("firefox")
    assert mistyped.err == "nothing is called firfox; looked for firefox\n"
    told = elsewhere.json("artifact", "search", file, "text borwser", "--mode", "hybrid")
    assert told["understood"] == {}
    assert elsewhere.json("artifact", "search", file, "numpi")["understood"] == {"numpi": ["numpy"]}
    assert elsewhere.json("artifact", "search", file, "browsers")["understood"] == {}


def test_an_artifact_says_what_it_is_and_whether_it_is_sound(elsewhere):
    told = elsewhere.json("artifact", "info", "full.duckdb")
    assert (told["form"], told["contents"], told["source"], told["embedded"]) == ("full", "packages", "nixos", 3)
    assert told["tables"]["packages"]["rows"] == 3
    assert told["hnsw"] == {"m": 16, "ef_construction": 200, "ef_search": 40}
    assert "packages_fts_idx, stemmer english" in elsewhere.ok("artifact", "info", "small.duckdb").out
    sound = elsewhere.ok("artifact", "verify", "small.duckdb").out
    assert sound == "small.duckdb is sound: 9 rows in 3 tables as they were written; the index of words answered\n"

    with duckdb.connect(str(elsewhere.data_dir.parent / "small.duckdb")) as plain:
        plain.execute("UPDATE packages SET version = '48'")
    ended = elsewhere.run("artifact", "verify", "small.duckdb")
    assert ended.code == ExitCode.WORK_FAILED
    assert ended.out == "small.duckdb: what stands in packages is not what was written there\n"


def test_a_file_that_did_not_come_whole_is_damaged(elsewhere):
    file = elsewhere.data_dir.parent / "small.duckdb"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    ended = elsewhere.run("artifact", "verify", "small.duckdb")
    assert (ended.code, ended.out) == (ExitCode.WORK_FAILED, "small.duckdb is damaged: a part of it is missing\n")
    assert ended.remedy == "build it again, or fetch it again"
    asked = elsewhere.run("artifact", "search", "small.duckdb", "browser")
    assert (asked.code, asked.remedy) == (ExitCode.STORAGE, "build it again, or fetch it again")


def test_a_full_artifact_is_minified_where_nothing_is_indexed(elsewhere):
    command = ("artifact", "minify", "full.duckdb", "made.duckdb", "--stemmer", "none", "--fts-index-name", "mine")
    assert "made.duckdb: minified, 3 packages, 3 with a vector" in elsewhere.ok(*command).out
    assert elsewhere.json("artifact", "info", "made.duckdb")["fts"] == {
        "stemmer": "none",
        "stopwords": "english",
        "index_name": "mine",
    }


def test_code_is_carried_away_too(copied, tmp_path):
    file = tmp_path / "shop.duckdb"
    told = copied.json("artifact", "build", "shop", "--minified", file, "--no-embeddings")
    assert (told["state"], told["artifacts"][0]["contents"]) == ("completed", "code")
    found = copied.json("search", "parse price", "--source", "shop", "--mode", "keyword")["results"][0]
    elsewhere = CommandLine(tmp_path / "elsewhere")
    carried = elsewhere.json("artifact", "search", file, "parse price", "--mode", "keyword")
    assert carried["results"][0]["path"] == found["path"]
    assert not carried["by_meaning_only"]
    assert elsewhere.ok("artifact", "search", file, "parse price").out.startswith(f"{found['path']}:")


def shown(language: str) -> list[str]:
    """What the how-to shows in a language."""
    return re.findall(rf"^```{language}\n(.+?)^```", HOW_TO, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("shows", shown("python"))
def test_the_python_that_the_how_to_shows_answers(elsewhere, shows):
    directory = elsewhere.data_dir.parent
    shutil.copy(directory / "small.duckdb", directory / "fdnix.duckdb")
    if "await" in shows:
        shows = f"async def main():\n{textwrap.indent(shows, '    ')}    print(answers.hits[0].row.attr)\n"
        shows += "\nimport asyncio\nasyncio.run(main())\n"
    here = {"cwd": directory, "env": elsewhere.environment}
    ended = subprocess.run([sys.executable, "-c", shows], check=False, **here, capture_output=True, text=True)
    assert any(attr in ended.stdout for attr in PACKAGES), ended.stderr


@pytest.mark.parametrize("statements", shown("sql"))
def test_the_sql_that_the_how_to_shows_answers_in_plain_duckdb(built, statements):
    wanted = json.dumps([1.0] + 255 * [0.0])
    with duckdb.connect(str(built / "small.duckdb"), read_only=True) as plain:
        for name in ("fts", "vss"):
            load(plain, name)
        for statement in plain.extract_statements(statements.replace("[...]", wanted)):
            assert plain.execute(statement).fetchall()


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("info", "none.duckdb"), ExitCode.NOT_FOUND, "there is no artifact none.duckdb"),
        (("info", "letter"), ExitCode.REFUSED, "letter is no artifact"),
        (("minify", "full.duckdb", "letter"), ExitCode.REFUSED, "is there and is no artifact"),
        (("search", "small.duckdb", "x", "--license", "MITT"), ExitCode.REFUSED, "no package has the licence MITT"),
        (("search", "full.duckdb", "x", "--mode", "keyword"), ExitCode.REFUSED, "no full-text index"),
        (("minify", "full.duckdb", "x", "--stemmer", "klingon"), ExitCode.REFUSED, "no stemmer klingon"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_to_do(elsewhere, arguments, code, error):
    (elsewhere.data_dir.parent / "letter").write_text("dear reader")
    ended = elsewhere.run("artifact", *arguments)
    assert (ended.code, error in ended.error) == (code, True), ended
    assert (elsewhere.data_dir.parent / "letter").read_text() == "dear reader"


def test_building_needs_an_index_and_a_place(world, tmp_path):
    here = world.kodit
    assert "there is no source named none" in here.run("artifact", "build", "none", "--full", tmp_path / "x").error
    assert "it was not said where" in here.run("artifact", "build", "shop").error


def test_building_in_the_background_is_left_to_a_worker(copied, tmp_path):
    file = tmp_path / "later.duckdb"
    queued = copied.ok("artifact", "build", "shop", "--minified", file, "--no-embeddings", "--background").out
    assert "queued the artifact of shop as run" in queued
    assert not file.exists()
    copied.ok("worker", "--drain")
    assert copied.json("artifact", "info", file)["source"] == "shop"
