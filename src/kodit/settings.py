"""Every setting: its meaning, its default, and where its value comes from.

In rising order: the default, a TOML file, the environment (`KODIT_` and the name in capitals), a flag of the command.
The file is `config.toml` in the platform's configuration directory for kodit, or what `KODIT_CONFIG` names.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_config_path, user_data_path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from kodit.application.installation import ShownSetting
from kodit.domain.errors import InvalidInput
from kodit.domain.sources.location import without_credentials
from kodit.domain.sources.wanted import WantedSource, wanted_sources


def config_file() -> Path:
    """The TOML file that settings are read from, whether it exists or not."""
    named = os.environ.get("KODIT_CONFIG")
    return Path(named) if named else user_config_path("kodit") / "config.toml"


# Bounds that leave room for whatever is computed with a number: sums of dates, and what a database has 32 bits for.
Count = Annotated[int, Field(le=1_000_000_000)]
Rate = Annotated[float, Field(le=1_000_000_000)]
Seconds = Annotated[float, Field(le=3_153_600_000)]
Minutes = Annotated[float, Field(le=52_560_000)]
Days = Annotated[float, Field(le=365_000)]


class TaskPolicy(BaseModel):
    """What differs for one type of task; what is left out is as for every type."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    attempts: Count | None = Field(default=None, ge=1)
    base_seconds: Seconds | None = Field(default=None, ge=0)
    longest_seconds: Seconds | None = Field(default=None, ge=0)
    jitter: float | None = Field(default=None, ge=0, le=1)
    time_limit_seconds: Seconds | None = Field(default=None, gt=0)


class Settings(BaseSettings):
    """What can be set. `load` builds it and turns what is wrong into one readable error."""

    model_config = SettingsConfigDict(env_prefix="KODIT_", extra="forbid", frozen=True)

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("kodit"), description="Where kodit keeps all that it stores."
    )
    database_url: str | None = Field(
        default=None, description="SQLAlchemy URL of the database; empty means SQLite in the data directory."
    )
    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1, ge=1, le=1000, description="Processes that extract snippets."
    )
    concurrency: int = Field(default=3, ge=1, le=10_000, description="Tasks that one worker process runs at a time.")
    lease_seconds: Seconds = Field(default=60, gt=0, description="How long a silent worker keeps its tasks.")
    drain_seconds: Seconds = Field(default=30, ge=0, description="How long a stopping worker waits for what it runs.")
    retry_attempts: Count = Field(default=4, ge=1, description="Attempts at a task before it is a dead letter.")
    retry_base_seconds: Seconds = Field(default=60, ge=0, description="Pause after the first failed attempt.")
    retry_longest_seconds: Seconds = Field(default=1800, ge=0, description="Longest pause between attempts.")
    task_policies: dict[str, TaskPolicy] = Field(
        default_factory=dict, description="Attempts, pauses and time limit of single task types, by their name."
    )
    ageing_minutes: Minutes = Field(
        default=10, ge=0, description="After how long a waiting task gets a share of its own; 0 for never."
    )
    finish_first: bool = Field(default=False, description="Finish what was begun before beginning something else.")
    keep_days: Days = Field(default=7, gt=0, description="How long finished runs are kept.")
    keep_failed_days: Days = Field(default=90, gt=0, description="How long failed runs are kept.")
    keep_runs: Count = Field(default=10_000, ge=0, description="How many finished runs are kept at most.")
    keep_audit_days: Days = Field(default=365, gt=0, description="How long it is kept who changed what.")
    extract_seconds: Seconds = Field(default=30, gt=0, description="Time limit for extracting one file.")
    extract_megabytes: Count = Field(default=1000, ge=100, description="Memory that a process may take for extracting.")
    git_seconds: Seconds = Field(default=1800, gt=0, description="Time limit for one git fetch or clone.")
    git_depth: Count = Field(
        default=0, ge=0, description="Commits of history that the mirror of a new git source has; 0 for all."
    )
    nix_time_limit: Seconds = Field(
        default=60, gt=0, description="Seconds that nix may take for one attribute of a nixpkgs tree."
    )
    nix_memory_limit: Count = Field(
        default=4096, ge=512, description="MiB of memory that nix may take before it is started anew, to go on."
    )
    embedder: Literal["static", "sentence-transformers", "bedrock"] = Field(
        default="static", description="What turns texts into vectors."
    )
    embedder_model: str | None = Field(
        default=None, description="Model for the embedder: a directory or a name; empty means the embedded table."
    )
    describer: Literal["embedded", "openai"] = Field(
        default="embedded", description="What describes snippets in words: kodit's own rules, or a language model."
    )
    openai_base_url: str | None = Field(default=None, description="Base URL of an OpenAI-compatible endpoint.")
    openai_model: str | None = Field(default=None, description="Model to ask there.")
    openai_api_key: SecretStr | None = Field(default=None, description="Key for it.")
    openai_seconds: Seconds = Field(default=60, gt=0, description="Time limit for one answer of it.")
    openai_concurrency: Count = Field(default=4, ge=1, description="Questions under way to it at a time.")
    openai_per_minute: Rate = Field(
        default=0, ge=0, description="Questions to it a minute, of all workers together; 0 for any number."
    )
    server: str | None = Field(
        default=None, description="URL of a server that commands ask, in place of a data directory of this machine."
    )
    key: SecretStr | None = Field(default=None, description="Key to ask it with.")
    host: str = Field(default="127.0.0.1", description="Address where a server listens.")
    port: int = Field(default=8765, ge=0, le=65535, description="Port where a server listens; 0 for any that is free.")
    worker_enabled: bool = Field(default=True, description="Whether a server works on the queue as well.")
    scheduler_enabled: bool = Field(default=True, description="Whether a server has sources synchronised when due.")
    sync_minutes: Minutes = Field(
        default=30, ge=0, description="How far apart a source is synchronised that has no interval; 0 for never."
    )
    watch_enabled: bool = Field(default=True, description="Whether a server watches the directories of its machine.")
    webhook_secret: SecretStr | None = Field(
        default=None, description="What forges sign their webhooks with; without it a server takes none."
    )
    sources: Annotated[tuple[WantedSource, ...], NoDecode, BeforeValidator(wanted_sources)] = Field(
        default=(), description="Sources that a server adds when it starts: locations with commas between, or JSON."
    )
    mcp_enabled: bool = Field(default=True, description="Whether a server answers assistants, at /mcp.")
    web_enabled: bool = Field(default=True, description="Whether a server shows the web page, at /.")
    require_keys: Literal["exposed", "always", "never"] = Field(
        default="exposed", description="Who needs a key: callers from other machines, everybody, or nobody."
    )
    server_names: str | None = Field(
        default=None, description="Names that the server is called by, with commas between; others are refused."
    )
    cors_origins: str | None = Field(
        default=None, description="Origins whose pages may ask the server, with commas between; none by default."
    )
    trusted_proxies: str | None = Field(
        default=None, description="Addresses of proxies whose X-Forwarded headers are believed, with commas between."
    )
    body_kilobytes: Count = Field(default=1024, ge=0, description="What one request may send; 0 for any amount.")
    address_per_minute: Count = Field(
        default=1200, ge=0, description="Requests of one address that are answered in a minute; 0 for any number."
    )
    metrics_port: int | None = Field(
        default=None, ge=0, le=65535, description="Port where a worker serves metrics; 0 for any, empty for none."
    )
    metrics_host: str = Field(default="127.0.0.1", description="Address where a worker serves metrics.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="Least severe log lines that are written."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="Shape of log lines.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags before the environment before the file; no .env files are read."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=config_file())

    @property
    def database(self) -> str:
        """The database's URL with the default filled in."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'kodit.db'}"

    @property
    def database_file(self) -> Path | None:
        """The file of an SQLite database, None for any other."""
        scheme, _, path = self.database.partition(":///")
        return Path(path.partition("?")[0]) if scheme.startswith("sqlite") and path else None


def load(**flags: Any) -> Settings:
    """The settings in effect; a flag that is None was not given. Raises InvalidInput, naming what is wrong."""
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        name = ".".join(str(part) for part in error.errors(include_input=False, include_url=False)[0]["loc"])
        remedy = f"correct {_place(name.partition('.')[0], flags)}"
        raise InvalidInput(f"setting {name} {what_is_wrong(error)}", remedy=remedy) from None
    except SettingsError as error:
        # Only a setting with parts is read as JSON; the library tells its name in its message alone.
        names = [name for name in Settings.model_fields if f'"{name}"' in str(error)]
        name = next(iter(names), "")
        raise InvalidInput(f"setting {name} must be JSON", remedy=f"correct {_place(name, flags)}") from None
    except ValueError as error:
        raise InvalidInput(f"{config_file()} cannot be read: {error}", remedy="it must be TOML") from None


_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "finite": "a number",
    "bool": "true or false",
    "path": "a path",
    "string": "text",
}


def what_is_wrong(error: ValidationError) -> str:
    """The first thing wrong with a value, in words that follow its name: `must be at least 1, not 0`."""
    return wrong_with(error.errors(include_url=False)[0])


def wrong_with(first: Mapping[str, Any]) -> str:
    """The same of one of the errors that pydantic lists."""
    if first["type"] == "extra_forbidden":
        # Of a setting's parts there is no list here.
        near = get_close_matches(str(first["loc"][-1]), Settings.model_fields, n=1) if len(first["loc"]) == 1 else []
        return f"does not exist{f'; did you mean {near[0]}?' if near else ''}"
    if first["type"] == "value_error":
        return str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    context = first.get("ctx", {})
    bounds = [f"{words} {context[bound]:.16g}" for bound, words in _BOUNDS.items() if bound in context]
    wanted = [*bounds, *([context["expected"]] if "expected" in context else [])]
    kind = first["type"].partition("_")[0]
    wanted = wanted or [_KINDS.get(kind, "something else")]
    # What should be a number or a word from a list is no secret; a text may be one.
    value = "" if kind == "string" else f", not {without_credentials(str(first['input'])[:40])}"
    return f"must be {wanted[0]}{value}"


def origins(**flags: Any) -> dict[str, str]:
    """Where each setting's value comes from: `flag`, `environment`, `file` or `default`."""
    in_file = TomlConfigSettingsSource(Settings, toml_file=config_file())()
    found = {}
    for name in Settings.model_fields:
        if flags.get(name) is not None:
            found[name] = "flag"
        elif any(key.upper() == f"KODIT_{name.upper()}" for key in os.environ):
            found[name] = "environment"
        else:
            found[name] = "file" if name in in_file else "default"
    return found


_NO_SETTINGS = ("KODIT_CONFIG", "KODIT_TEST_")
"""How variables begin that are about kodit, but are no settings: where the file is, and what its tests may do."""


@dataclass(frozen=True, slots=True)
class UnknownVariable:
    """A variable of the environment that looks like a setting and is none; `near` is the one that may be meant."""

    name: str
    near: str | None


def unknown_variables(environment: Mapping[str, str]) -> Sequence[UnknownVariable]:
    """The variables that begin with KODIT_ and change nothing, by name."""
    known = [f"KODIT_{name.upper()}" for name in Settings.model_fields]
    strange = [
        name
        for name in sorted(environment)
        if name.upper().startswith("KODIT_") and name.upper() not in known and not name.startswith(_NO_SETTINGS)
    ]
    near = {name: get_close_matches(name.upper(), [*known, "KODIT_CONFIG"], n=1, cutoff=0.75) for name in strange}
    return [UnknownVariable(name, next(iter(near[name]), None)) for name in strange]


def described(settings: Settings, *, origins_of: Mapping[str, Any]) -> Sequence[ShownSetting]:
    """Every setting in effect; `origins_of` are the flags that were given."""
    found = origins(**origins_of)
    return [
        ShownSetting(name, _shown(getattr(settings, name)), found[name], field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def _shown(value: Any) -> str | int | float | None:
    if isinstance(value, dict):
        value = json.dumps({name: policy.model_dump(exclude_none=True) for name, policy in value.items()})
    if isinstance(value, tuple):
        value = ", ".join(one.location for one in value)
    return value if value is None or isinstance(value, int | float) else without_credentials(str(value))


def _place(name: str, flags: Mapping[str, Any]) -> str:
    """Where a value that is wrong was given."""
    places = {"flag": f"--{name.replace('_', '-')}", "environment": f"KODIT_{name.upper()}"}
    return places.get(origins(**flags).get(name, "file"), str(config_file()))
