"""`kodit status`, `kodit db`, `kodit config`."""

import shutil
import sqlite3
from contextlib import closing

from command_line import CommandLine
from journey_world import World

import kodit


def test_status_says_where_everything_is_and_how_much(world: World):
    status = world.kodit.json("status")
    assert status["data_dir"] == str(world.kodit.data_dir)
    assert status["database"].endswith("/kodit.db")
    assert (status["sources"], status["files"], status["workers"]) == (2, 7, [])
    assert status["queue"] == {"succeeded": 10}
    assert status["embedder"]
    assert status["describer"]
    assert {"kodit.db", "keywords", "vectors", "mirrors"} <= status["bytes_on_disk"].keys()


def test_a_sound_world_passes_the_check_and_is_up_to_date(world: World):
    assert world.kodit.json("db", "check") == {"sound": True, "problems": []}
    upgraded = world.kodit.json("db", "upgrade")
    assert upgraded["before"] == upgraded["after"]


def test_an_index_that_lost_its_vectors_is_found_repaired_and_filled_again(world: World, copied: CommandLine):
    shutil.rmtree(copied.data_dir / "vectors")

    broken = copied.run("db", "check")
    repaired = copied.run("db", "check", "--repair")
    copied.ok("index", world.shop)
    copied.ok("index", f"file://{world.library}")

    assert broken.code == 1
    assert "shop: code vectors: " in broken.out
    assert broken.remedy == "kodit db check --repair"
    assert repaired.code == 0
    assert f"kodit index {world.shop}" in repaired.err
    assert copied.json("db", "check")["sound"]


def test_a_dangling_row_is_found(copied: CommandLine):
    with closing(sqlite3.connect(copied.data_dir / "kodit.db")) as database:
        database.execute("DELETE FROM files WHERE id = (SELECT file_id FROM snippets LIMIT 1)")
        database.commit()
    ended = copied.run("db", "check", "--repair")
    assert ended.code == 1
    assert "refers to a row of files that does not exist" in ended.out


def test_config_names_each_setting_with_its_origin_and_hides_secrets(fresh, tmp_path):
    file = tmp_path / "config.toml"
    file.write_text('openai_api_key = "very-secret"\nretry_attempts = 7\n')
    given = {"KODIT_CONFIG": str(file), "KODIT_DATABASE_URL": "postgresql+asyncpg://me:hush@host/db"}
    config = CommandLine(fresh.data_dir, given).json("config")
    settings = {setting["name"]: setting for setting in config["settings"]}

    assert (config["file"], config["file_exists"]) == (str(file), True)
    assert (settings["retry_attempts"]["value"], settings["retry_attempts"]["origin"]) == (7, "file")
    assert settings["data_dir"]["origin"] == "environment"
    assert settings["lease_seconds"]["origin"] == "default"
    assert all(setting["description"] for setting in settings.values())
    assert "very-secret" not in str(config)
    assert "hush" not in str(config)


def test_a_flag_goes_before_the_environment_wherever_it_stands(fresh, tmp_path):
    for arguments in (["--data-dir", tmp_path / "flag", "config"], ["config", f"--data-dir={tmp_path / 'flag'}"]):
        settings = {setting["name"]: setting for setting in fresh.json(*arguments)["settings"]}
        assert (settings["data_dir"]["value"], settings["data_dir"]["origin"]) == (str(tmp_path / "flag"), "flag")


def test_the_version_is_told(fresh):
    assert fresh.ok("--version").out == f"kodit {kodit.__version__}\n"


def test_a_misspelt_variable_is_told_once_and_changes_nothing(fresh):
    misspelt = {"KODIT_DATABSE_URL": "sqlite:///secret.db", "KODIT_TEST_POSTGRES_URL": "x", "KODIT_WHATEVER": "1"}
    ended = CommandLine(fresh.data_dir, misspelt).run("sources")
    assert ended.code == 0
    warnings = [line for line in ended.err.splitlines() if line.startswith("warning: ")]
    assert [line.split()[1] for line in warnings] == ["KODIT_DATABSE_URL", "KODIT_WHATEVER"]
    assert "did you mean KODIT_DATABASE_URL?" in warnings[0]
    assert "secret" not in ended.err


def test_config_lists_variables_that_are_no_settings(fresh):
    misspelt = CommandLine(fresh.data_dir, {"KODIT_DATADIR": "/hidden-away"})
    assert misspelt.json("config")["unknown"] == [{"name": "KODIT_DATADIR", "near": "KODIT_DATA_DIR"}]
    shown = misspelt.run("config").out
    assert "Did you mean KODIT_DATA_DIR?" in shown
    assert "hidden-away" not in shown
