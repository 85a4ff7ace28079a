"""Where kodit keeps what it stores, and with which versions."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """A setting as it is shown: secrets and credentials in URLs are masked.

    `origin` is where its value comes from: `flag`, `environment`, `file` or `default`.
    """

    name: str
    value: str | int | float | bool | None
    origin: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A data directory as `kodit status` shows it.

    `machine` is the id of this one: the place of tasks that only it can do. `database` is a URL without its password.
    `schema` is the revision of the database. `keyword_ranking` says how keywords are ranked; `embedder` and `describer`
    name the models in force. `bytes_on_disk` is by what the bytes are for.
    """

    data_dir: str
    machine: str
    database: str
    schema: str
    keyword_ranking: str
    embedder: str
    describer: str
    bytes_on_disk: Mapping[str, int]
