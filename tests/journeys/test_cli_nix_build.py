"""The nixpkgs job as somebody runs it in a container: by variables, and by options."""

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    names = ("lynx", "w3m", "hello")
    entries: dict[str, Any] = {
        name: {"name": f"{name}-1.0", "pname": name, "version": "1.0", "meta": {"description": f"About {name}"}}
        for name in names
    }
    path = tmp_path / "packages.json"
    path.write_text(json.dumps({"version": 2, "packages": entries}))
    return path


def _job(tmp_path: Path, **variables: object) -> CommandLine:
    return CommandLine(tmp_path / "data", {name: str(value) for name, value in variables.items()})


def test_variables_alone_say_what_is_made_and_where_it_goes(packages: Path, tmp_path: Path) -> None:
    store, out = tmp_path / "store", tmp_path / "out"
    out.mkdir()
    job = _job(
        tmp_path,
        NIXPKGS_LOCATION=packages,
        OUTPUT_PATH=out / "full.duckdb",
        OUTPUT_MINIFIED_PATH=out / "minified.duckdb",
        ARTIFACTS_BUCKET=store,
        DUCKDB_DATA_KEY="snapshots/fdnix-data.duckdb",
        DUCKDB_MINIFIED_KEY="snapshots/fdnix.duckdb",
    )
    told = job.json("nix", "build")["phases"]
    assert [(one["phase"], one["state"], one["artifact"]["embedded"]) for one in told] == [
        ("metadata", "completed", 0),
        ("embedding", "completed", 3),
        ("minified", "completed", 3),
    ]
    assert (store / "snapshots" / "fdnix.duckdb").read_bytes() == (out / "minified.duckdb").read_bytes()

    fetched = job.json("artifact", "fetch", store / "snapshots", "fdnix.duckdb", "--exactly", "--to", tmp_path / "x")
    assert (fetched["path"], fetched["sha256"]) == (
        str(tmp_path / "x"),
        (json.loads((store / "snapshots" / "latest.json").read_text())["files"][1]["sha256"]),
    )
    [lynx] = [hit["attr"] for hit in job.json("artifact", "search", tmp_path / "x", "lynx", "--limit", "1")["results"]]
    assert lynx == "lynx"


def test_one_phase_says_on_a_line_what_it_made_and_beside_it_that_it_is_not_stored(
    packages: Path, tmp_path: Path
) -> None:
    job = _job(tmp_path, ARTIFACTS_BUCKET="my-bucket", AWS_REGION="eu-west-1")
    ended = job.ok("nix", "build", "--mode", "metadata", "--from", packages, "--full", tmp_path / "f.duckdb")
    assert "will not be stored in my-bucket, for want of DUCKDB_DATA_KEY" in ended.err
    [line] = ended.out.splitlines()
    assert line.startswith("metadata: 3 packages, in ")
    assert str(tmp_path / "f.duckdb") in line


def test_everything_that_is_missing_is_said_at_once_and_nothing_is_done(packages: Path, tmp_path: Path) -> None:
    job = _job(tmp_path, PUBLISH_LAYER="true", DUCKDB_KEY="old", BEDROCK_MODEL_ID="amazon.titan-embed-text-v2:0")
    ended = job.run("nix", "build", "--from", packages, "--full", tmp_path / "f.duckdb")
    assert ended.code == 4
    missing = (
        "DUCKDB_DATA_KEY",
        "AWS_REGION",
        "ARTIFACTS_BUCKET",
        "DUCKDB_MINIFIED_KEY",
        "LAYER_ARN",
        "BEDROCK_ROLE_ARN",
    )
    assert [name for name in missing if name not in ended.err] == []
    assert not (tmp_path / "f.duckdb").exists()


def test_what_is_no_list_of_packages_ends_the_job_with_what_was_wrong(tmp_path: Path) -> None:
    (tmp_path / "packages.json").write_text("{")
    args = ("nix", "build", "--mode", "metadata", "--from", tmp_path / "packages.json", "--full", tmp_path / "f.duckdb")
    ended = _job(tmp_path).run(*args, "--json")
    assert ended.code == 1
    assert "metadata:" in ended.err
    [phase] = json.loads(ended.out)["phases"]
    assert phase["error"]["message"] in ended.err


def test_a_minified_artifact_without_vectors_is_made_with_a_notice(packages: Path, tmp_path: Path) -> None:
    job, files = _job(tmp_path), ("--full", tmp_path / "f.duckdb", "--minified", tmp_path / "m.duckdb")
    job.ok("nix", "build", "--mode", "metadata", "--from", packages, *files)
    ended = job.ok("nix", "build", "--mode", "minified", *files, "--json")
    assert "no package has a vector" in ended.err
    [phase] = json.loads(ended.out)["phases"]
    assert (phase["error"], [text for text in phase["notices"] if text in ended.err]) == (None, phase["notices"])
    assert len(phase["notices"]) == 1


def test_a_mode_that_there_is_none_of_is_an_error_of_the_command_line(tmp_path: Path) -> None:
    ended = _job(tmp_path).run("nix", "build", "--mode", "foo")
    assert ended.code == 2
    assert "--mode" in ended.err


def test_an_index_of_code_is_built_and_published_in_one_run(copied: CommandLine, tmp_path: Path) -> None:
    store = tmp_path / "store"
    copied.ok("artifact", "build", "shop", "--minified", tmp_path / "shop.duckdb", "--publish", store)
    assert (store / "shop.duckdb").read_bytes() == (tmp_path / "shop.duckdb").read_bytes()
    told = copied.json("artifact", "publish", tmp_path / "shop.duckdb", "--to", store, "--release", "again")
    assert [file["snapshot"] for file in told["files"]] == ["again/shop.duckdb"]
