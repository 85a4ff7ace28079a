"""The nixpkgs job is told what it needs by name, and says at once all that is missing or wrong."""

from pathlib import Path

import pytest

from kodit.domain.errors import InvalidInput
from kodit.job_settings import (
    GONE,
    JobSettings,
    left_unstored,
    load_job,
    needs_of_bedrock,
    needs_of_layers,
    needs_of_storing,
)

RULES = (needs_of_storing, needs_of_layers, needs_of_bedrock)
ROLE = "arn:aws:iam::123456789012:role/BedrockBatchRole"
WHOLE = {
    "AWS_REGION": "us-east-1",
    "PROCESSING_MODE": "both",
    "ARTIFACTS_BUCKET": "my-bucket",
    "DUCKDB_DATA_KEY": "snapshots/fdnix-data.duckdb",
    "DUCKDB_MINIFIED_KEY": "snapshots/fdnix.duckdb",
    "BEDROCK_ROLE_ARN": ROLE,
    "BEDROCK_MODEL_ID": "amazon.titan-embed-text-v2:0",
    "BEDROCK_OUTPUT_DIMENSIONS": "256",
}


def _complaint(**environment: str) -> str:
    with pytest.raises(InvalidInput) as refused:
        load_job(*RULES, environment=environment)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_without_any_variable_the_defaults_are_those_of_the_document() -> None:
    settings = load_job(needs_of_storing, needs_of_layers, environment={})
    assert (settings.processing_mode, settings.phases) == ("both", ("metadata", "embedding", "minified"))
    assert (settings.output_path, settings.output_minified_path) == (
        Path("/out/fdnix-data.duckdb"),
        Path("/out/fdnix.duckdb"),
    )
    assert settings.full_path == settings.output_path
    assert (settings.bedrock_model_id, settings.bedrock_output_dimensions) == ("amazon.titan-embed-text-v2:0", 256)
    assert (settings.bedrock_batch_size, settings.bedrock_poll_interval, settings.bedrock_max_wait_time) == (
        50_000,
        60,
        7200,
    )
    assert (settings.vss_hnsw_m, settings.vss_ef_construction, settings.vss_ef_search) == (16, 200, 40)
    assert (settings.fts_stemmer, settings.fts_stopwords, settings.fts_index_name) == (
        "english",
        "english",
        "packages_fts_idx",
    )
    assert not settings.publish_layer


def test_what_the_document_shows_is_accepted_as_it_stands() -> None:
    settings = load_job(*RULES, environment=WHOLE | {"PUBLISH_LAYER": "1", "LAYER_ARN": "fdnix-db-layer"})
    assert settings.bedrock_output_dimensions == 256
    assert settings.publish_layer
    assert (settings.input_bucket, settings.output_bucket) == ("my-bucket", "my-bucket")


@pytest.mark.parametrize("name", JobSettings.model_fields)
def test_an_empty_variable_is_as_good_as_none_but_for_full_text_search(name: str) -> None:
    settings = load_job(environment={name.upper(): " "})
    if name in ("fts_stemmer", "fts_stopwords"):
        assert getattr(settings, name) == "none"
    else:
        assert settings == load_job(environment={})


def test_a_flag_goes_before_the_environment() -> None:
    given = {"processing_mode": "metadata", "output_path": None}
    settings = load_job(environment=WHOLE | {"OUTPUT_PATH": "/there.duckdb"}, flags=given)
    assert (settings.processing_mode, settings.output_path) == ("metadata", Path("/there.duckdb"))


@pytest.mark.parametrize("mode", ["both", "full"])
def test_both_names_of_all_phases_mean_all_phases(mode: str) -> None:
    assert load_job(environment={"PROCESSING_MODE": mode}).phases == ("metadata", "embedding", "minified")


def test_everything_that_is_missing_or_wrong_is_told_in_one_message() -> None:
    told = _complaint(
        DUCKDB_KEY="old.duckdb",
        PUBLISH_LAYER="yes",
        BEDROCK_POLL_INTERVAL="-1",
        BEDROCK_OUTPUT_DIMENSIONS="300",
        VSS_HNSW_M="many",
    )
    assert told.split("; ")[:4] == [
        f"DUCKDB_KEY {GONE['DUCKDB_KEY']}",
        "BEDROCK_OUTPUT_DIMENSIONS must be 256, 512 or 1024, not 300",
        "BEDROCK_POLL_INTERVAL must be more than 0, not -1",
        "VSS_HNSW_M must be a whole number, not many",
    ]
    missing = ("AWS_REGION", "ARTIFACTS_BUCKET", "DUCKDB_MINIFIED_KEY", "LAYER_ARN", "BEDROCK_ROLE_ARN")
    assert [name for name in missing if f"{name} is missing" not in told] == []


def test_a_variable_is_complained_of_once() -> None:
    assert _complaint(**WHOLE | {"BEDROCK_ROLE_ARN": "me"}).count("BEDROCK_ROLE_ARN") == 1


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"ARTIFACTS_BUCKET": ""}, "ARTIFACTS_BUCKET is missing (DUCKDB_DATA_KEY and DUCKDB_MINIFIED_KEY names"),
        ({"AWS_REGION": ""}, "AWS_REGION is missing"),
        ({"ARTIFACTS_BUCKET": "rel/dir"}, "a folder by its absolute path, not rel/dir"),
        ({"DUCKDB_MINIFIED_KEY": "snapshots/fdnix-data.duckdb"}, "must differ from DUCKDB_DATA_KEY"),
        ({"DUCKDB_DATA_KEY": "/snapshots/x"}, "DUCKDB_DATA_KEY must be a key"),
        ({"DUCKDB_DATA_KEY": "a/../b"}, "DUCKDB_DATA_KEY must be a key"),
        ({"PUBLISH_LAYER": "perhaps"}, "PUBLISH_LAYER must be true or false"),
        ({"FTS_STEMMER": "klingon"}, "FTS_STEMMER must be a language"),
        ({"FTS_INDEX_NAME": "x; drop"}, "FTS_INDEX_NAME must be a name"),
        ({"PROCESSING_MODE": "everything"}, "PROCESSING_MODE must be 'metadata'"),
        ({"BEDROCK_BATCH_SIZE": "50001"}, "BEDROCK_BATCH_SIZE must be at most 50000"),
        (
            {"PUBLISH_LAYER": "1", "LAYER_ARN": "arn:aws:lambda:eu-west-1:123456789012:layer:x"},
            "lies in eu-west-1, not in us-east-1",
        ),
        ({"LAYER_ARN": "arn:aws:lambda:us-east-1:123456789012:layer:x:3"}, "leave out :3"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(changed: dict[str, str], told: str) -> None:
    assert told in _complaint(**WHOLE | changed)


def test_what_was_removed_is_refused_with_its_successors_even_where_all_else_is_right() -> None:
    told = _complaint(**WHOLE, DUCKDB_KEY="fdnix.duckdb")
    assert "DUCKDB_DATA_KEY" in told
    assert "DUCKDB_MINIFIED_KEY" in told


def test_without_aws_nothing_of_aws_is_needed() -> None:
    kept = {"ARTIFACTS_BUCKET": "/srv/artifacts", "DUCKDB_DATA_KEY": "full.duckdb"}
    assert not load_job(needs_of_storing, needs_of_layers, environment=kept).keeps_in_s3


def test_a_folder_for_artifacts_without_a_key_is_a_mistake() -> None:
    told = _complaint(ARTIFACTS_BUCKET="/srv/artifacts", PROCESSING_MODE="minified")
    assert "DUCKDB_DATA_KEY is missing" in told
    assert "DUCKDB_MINIFIED_KEY is missing" in told
    assert "DUCKDB_MINIFIED_KEY" not in _complaint(ARTIFACTS_BUCKET="/srv/artifacts", PROCESSING_MODE="metadata")


@pytest.mark.parametrize(
    ("mode", "key", "told"),
    [
        ("metadata", "DUCKDB_DATA_KEY", "the full artifact will not be stored in my-bucket, for want of"),
        ("embedding", "DUCKDB_DATA_KEY", "the full artifact will not be stored in my-bucket, for want of"),
        ("both", "DUCKDB_MINIFIED_KEY", "the minified artifact will not be stored in my-bucket, for want of"),
        ("metadata", "DUCKDB_MINIFIED_KEY", None),
        ("both", "AWS_REGION", None),
        ("both", "ARTIFACTS_BUCKET", None),
    ],
)
def test_what_a_bucket_is_not_told_the_key_of_is_said(mode: str, key: str, told: str | None) -> None:
    settings = load_job(environment=WHOLE | {"PROCESSING_MODE": mode, key: ""})
    assert left_unstored(settings) == (told and f"{told} {key}")


def test_a_layer_needs_nothing_where_nothing_will_be_minified() -> None:
    load_job(needs_of_layers, environment={"PUBLISH_LAYER": "1", "PROCESSING_MODE": "metadata"})


def test_bedrock_takes_two_buckets_in_place_of_one() -> None:
    two = {"AWS_REGION": "eu-west-1", "BEDROCK_ROLE_ARN": ROLE, "BEDROCK_INPUT_BUCKET": "in"}
    with pytest.raises(InvalidInput, match="BEDROCK_OUTPUT_BUCKET is missing"):
        load_job(needs_of_bedrock, environment=two)
    settings = load_job(needs_of_bedrock, environment=two | {"BEDROCK_OUTPUT_BUCKET": "out"})
    assert (settings.input_bucket, settings.output_bucket) == ("in", "out")
