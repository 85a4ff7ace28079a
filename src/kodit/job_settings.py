"""Settings of the nixpkgs job, by the names of the environment variables that it is run with.

A flag goes before the environment, and that before the default. A variable that is empty counts as unset, as env-files
often have them so; only for FTS_STEMMER and FTS_STOPWORDS empty means none.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kodit.domain.artifacts.layer import Layer
from kodit.domain.artifacts.object_store import checked_key
from kodit.domain.artifacts.terms import STEMMERS
from kodit.domain.errors import InvalidInput
from kodit.settings import Seconds, wrong_with

Mode = Literal["metadata", "embedding", "minified", "both", "full"]

DIMENSIONS = (256, 512, 1024)
"""Lengths of a vector that Titan Text Embeddings V2 can give; "Amazon Titan Text Embeddings V2" of Bedrock's guide."""

GONE = {
    "DUCKDB_KEY": "is not read any more: DUCKDB_DATA_KEY is for the full database, DUCKDB_MINIFIED_KEY for the minified"
}
"""Variables of the past, and what takes their place."""

_KEYS = {"DUCKDB_DATA_KEY": "the full artifact", "DUCKDB_MINIFIED_KEY": "the minified artifact"}
"""Variables that name a file in the store."""

_KEEP_EMPTY = ("fts_stemmer", "fts_stopwords")


def _layer(text: str) -> str:
    try:
        Layer.parsed(text)
    except InvalidInput as error:
        raise ValueError(f"makes no sense: {error}; {error.remedy}") from None
    return text


def _key(key: str) -> str:
    try:
        return checked_key(key)
    except InvalidInput:
        raise ValueError(f"must be a key such as snapshots/fdnix.duckdb, not {key[:100]}") from None


def _role(arn: str) -> str:
    if re.fullmatch(r"arn:[a-z0-9-]+:iam::\d{12}:role/.+", arn) is None:
        raise ValueError(f"must look like arn:aws:iam::ACCOUNT:role/NAME, not {arn[:100]}")
    return arn


def _identifier(name: str) -> str:
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,62}", name) is None:
        raise ValueError(f"must be a name of letters, digits and _, not {name[:80]}")
    return name


def _stemmer(name: str) -> str:
    if (known := name.lower() or "none") not in STEMMERS:
        raise ValueError(f"must be a language such as english, porter or none, not {name[:40]}")
    return known


def _dimensions(number: int) -> int:
    if number not in DIMENSIONS:
        raise ValueError(f"must be 256, 512 or 1024, not {number}")
    return number


def _bucket(place: str) -> str:
    if "/" in place and not place.startswith("/"):
        raise ValueError(f"must be the name of a bucket, or a folder by its absolute path, not {place[:100]}")
    return place


def _words(text: object) -> object:
    return tuple(filter(None, (word.strip() for word in text.split(",")))) if isinstance(text, str) else text


Key = Annotated[str, AfterValidator(_key)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]


class JobSettings(BaseModel):
    """What the job can be told. `load_job` builds it and turns everything that is wrong into one readable error."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    processing_mode: Mode = Field(default="both", description="The phases that are run; both and full are all three.")
    nixpkgs_location: str = Field(
        default="https://channels.nixos.org/nixpkgs-unstable/packages.json.br",
        description="Where packages are read from: a nixpkgs tree, a list of packages, or the URL of one.",
    )
    aws_region: str | None = Field(default=None, description="Region of the AWS services.")
    output_path: Path = Field(default=Path("/out/fdnix-data.duckdb"), description="Where the full database is written.")
    output_minified_path: Path = Field(
        default=Path("/out/fdnix.duckdb"), description="Where the minified database is written."
    )
    duckdb_path: Path | None = Field(
        default=None, description="The full database that vectors are added to; empty means OUTPUT_PATH."
    )
    artifacts_bucket: Annotated[str, AfterValidator(_bucket)] | None = Field(
        default=None, description="S3 bucket for artifacts, or a folder: an absolute path."
    )
    duckdb_data_key: Key | None = Field(default=None, description="Key of the full database there.")
    duckdb_minified_key: Key | None = Field(default=None, description="Key of the minified database there.")
    artifacts_snapshots: bool = Field(
        default=True, description="Whether every upload is kept beside its key, below the name of its release."
    )
    bedrock_model_id: str = Field(default="amazon.titan-embed-text-v2:0", description="Bedrock's model that embeds.")
    bedrock_output_dimensions: Annotated[int, AfterValidator(_dimensions)] = Field(
        default=256, description="Length of its vectors: 256, 512 or 1024."
    )
    bedrock_batch_size: int = Field(default=50_000, ge=100, le=50_000, description="Most records of a batch job.")
    bedrock_poll_interval: Seconds = Field(default=60, gt=0, description="Seconds between two looks at a batch job.")
    bedrock_max_wait_time: Seconds = Field(default=7200, gt=0, description="Seconds that a batch job may take.")
    bedrock_role_arn: Annotated[str, AfterValidator(_role)] | None = Field(
        default=None, description="Role that Bedrock reads and writes S3 with."
    )
    bedrock_input_bucket: str | None = Field(
        default=None, description="Bucket for what is to be embedded; empty means ARTIFACTS_BUCKET."
    )
    bedrock_output_bucket: str | None = Field(
        default=None, description="Bucket for the vectors; empty means ARTIFACTS_BUCKET."
    )
    publish_layer: bool = Field(
        default=False, description="Whether the minified database is published as a Lambda layer."
    )
    layer_arn: Annotated[str, AfterValidator(_layer)] | None = Field(
        default=None, description="Name of that layer, or its ARN without a version."
    )
    layer_runtimes: Words = Field(default=(), description="Runtimes that the layer is for, with commas between.")
    layer_architectures: Words = Field(
        default=(), description="Architectures that the layer is for, with commas between."
    )
    fts_stopwords: Literal["english", "none"] = Field(
        default="english", description="Words that full-text search leaves out; empty means none."
    )
    fts_stemmer: Annotated[str, AfterValidator(_stemmer)] = Field(
        default="english", description="Language whose word endings full-text search cuts off; empty means none."
    )
    fts_index_name: Annotated[str, AfterValidator(_identifier)] = Field(
        default="packages_fts_idx", description="What the full-text index is called."
    )
    vss_hnsw_m: int = Field(default=16, ge=2, le=256, description="Neighbours of a vector in the HNSW index.")
    vss_ef_construction: int = Field(default=200, ge=2, le=10_000, description="Candidates looked at when building it.")
    vss_ef_search: int = Field(default=40, ge=1, le=10_000, description="Candidates looked at when searching it.")

    @property
    def phases(self) -> tuple[str, ...]:
        """The phases that the mode stands for, in order."""
        all_three = ("metadata", "embedding", "minified")
        return all_three if self.processing_mode in ("both", "full") else (self.processing_mode,)

    @property
    def full_path(self) -> Path:
        """The full database that the phase of embedding opens."""
        return self.duckdb_path or self.output_path

    @property
    def input_bucket(self) -> str | None:
        """Where Bedrock's batch jobs read."""
        return self.bedrock_input_bucket or self.artifacts_bucket

    @property
    def output_bucket(self) -> str | None:
        """Where Bedrock's batch jobs write."""
        return self.bedrock_output_bucket or self.artifacts_bucket

    @property
    def keeps_in_s3(self) -> bool:
        """Whether artifacts go to S3, and not to a folder or nowhere."""
        return self.artifacts_bucket is not None and not self.artifacts_bucket.startswith("/")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a variable, in words that follow its name."""

    variable: str
    text: str


Rule = Callable[[JobSettings], Sequence[Problem]]
"""What must be set together; a variable that is wrong in itself is not complained of a second time."""


def needs_of_storing(settings: JobSettings) -> Sequence[Problem]:
    """What uploading needs."""
    given = [name for name in _KEYS if getattr(settings, name.lower()) is not None]
    why = f"{' and '.join(given)} names a key there"
    needs: list[tuple[str, object, str]] = [("ARTIFACTS_BUCKET", settings.artifacts_bucket, why)] if given else []
    if settings.keeps_in_s3:
        needs.append(("AWS_REGION", settings.aws_region, "ARTIFACTS_BUCKET is a bucket of S3"))
    elif settings.artifacts_bucket is not None and not given:
        # A bucket may be for Bedrock's own files alone, and a folder for nothing but artifacts.
        needs += [(name, None, "ARTIFACTS_BUCKET is a folder for artifacts") for name in _keys_of(settings)]
    same = len(given) == 2 and settings.duckdb_data_key == settings.duckdb_minified_key
    return _missing(needs) + ([Problem("DUCKDB_MINIFIED_KEY", "must differ from DUCKDB_DATA_KEY")] if same else [])


def left_unstored(settings: JobSettings) -> str | None:
    """What will not be uploaded though there is a place for it, in words; None where all will be, or there is none."""
    lacking = [name for name in _keys_of(settings) if getattr(settings, name.lower()) is None]
    if settings.artifacts_bucket is None or not lacking:
        return None
    files = " and ".join(_KEYS[name] for name in lacking)
    return f"{files} will not be stored in {settings.artifacts_bucket}, for want of {' and '.join(lacking)}"


def _keys_of(settings: JobSettings) -> Sequence[str]:
    """What names the files in the store that the last phase has made or found."""
    return list(_KEYS)[: 2 if "minified" in settings.phases else 1]


def needs_of_layers(settings: JobSettings) -> Sequence[Problem]:
    """What publishing a layer needs, when it is switched on and there will be something to publish."""
    if not settings.publish_layer or "minified" not in settings.phases:
        return ()
    why = "PUBLISH_LAYER is on"
    needs = [
        ("AWS_REGION", settings.aws_region, why),
        ("ARTIFACTS_BUCKET", settings.artifacts_bucket if settings.keeps_in_s3 else None, f"{why}: a bucket of S3"),
        ("DUCKDB_MINIFIED_KEY", settings.duckdb_minified_key, why),
        ("LAYER_ARN", settings.layer_arn, why),
    ]
    return [*_missing(needs), *_layer_elsewhere(settings)]


def _layer_elsewhere(settings: JobSettings) -> Sequence[Problem]:
    try:
        Layer.parsed(settings.layer_arn or "unknown").must_lie_in(settings.aws_region)
    except InvalidInput as error:
        return [Problem("LAYER_ARN", f"does not fit: {error}")]
    return ()


def needs_of_bedrock(settings: JobSettings) -> Sequence[Problem]:
    """What embedding by Bedrock's batch jobs needs."""
    why = "Bedrock embeds"
    buckets = [
        ("BEDROCK_INPUT_BUCKET", settings.bedrock_input_bucket, f"{why}; ARTIFACTS_BUCKET would do for both"),
        ("BEDROCK_OUTPUT_BUCKET", settings.bedrock_output_bucket, f"{why}; ARTIFACTS_BUCKET would do for both"),
    ]
    return _missing(
        [
            ("AWS_REGION", settings.aws_region, why),
            ("BEDROCK_ROLE_ARN", settings.bedrock_role_arn, why),
            *(() if settings.keeps_in_s3 else buckets),
        ]
    )


def _missing(needs: Sequence[tuple[str, object, str]]) -> list[Problem]:
    return [Problem(name, f"is missing ({why})") for name, value, why in needs if value is None]


def load_job(
    *rules: Rule, environment: Mapping[str, str] | None = None, flags: Mapping[str, Any] | None = None
) -> JobSettings:
    """The settings in effect, where no rule finds anything wrong; a flag that is None was not given.

    Raises InvalidInput with everything that is wrong or missing in one message.
    """
    environment = os.environ if environment is None else environment
    given = _given(environment) | {name: value for name, value in (flags or {}).items() if value is not None}
    problems = [Problem(name, text) for name, text in GONE.items() if environment.get(name)]
    try:
        settings = JobSettings(**given)
    except ValidationError as error:
        wrong = {str(one["loc"][0]): wrong_with(one) for one in error.errors(include_url=False)}
        problems += [Problem(name.upper(), text) for name, text in wrong.items()]
        # What is missing is told in the same breath: with defaults in place of what makes no sense.
        settings = JobSettings(**{name: value for name, value in given.items() if name not in wrong})
    told = {problem.variable for problem in problems}
    for problem in (problem for rule in rules for problem in rule(settings)):
        if problem.variable not in told:
            told.add(problem.variable)
            problems.append(problem)
    if problems:
        raise InvalidInput(
            "; ".join(f"{problem.variable} {problem.text}" for problem in problems),
            remedy="see docs/how-to/run-the-nixpkgs-job.md for every variable",
        )
    return settings


def _given(environment: Mapping[str, str]) -> dict[str, Any]:
    found = {
        name: environment[name.upper()].strip() for name in JobSettings.model_fields if name.upper() in environment
    }
    given: dict[str, Any] = {name: value for name, value in found.items() if value or name in _KEEP_EMPTY}
    return given if given.get("fts_stopwords") != "" else given | {"fts_stopwords": "none"}
