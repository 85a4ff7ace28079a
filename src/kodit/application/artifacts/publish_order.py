"""What is to be published, and where, as a task's payload has it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from kodit.domain.artifacts.layer import Layer, LayerTerms
from kodit.domain.artifacts.publication import FileToPublish
from kodit.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerOrder:
    """Which file is to be published as which layer, by name or ARN."""

    layer: str
    path: str
    runtimes: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.parsed()

    def parsed(self) -> Layer:
        """The layer. Raises InvalidInput."""
        return Layer.parsed(self.layer)

    def terms(self, release: str) -> LayerTerms:
        """What is said of the version that has a release."""
        return LayerTerms(description=release, runtimes=self.runtimes, architectures=self.architectures)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOrder:
    """Files and where they go; `store` is a folder or `s3://BUCKET/PREFIX`, and `region` that of the bucket.

    Without `snapshots` files are stored under their keys alone; with `latest` the pointer is moved to them. `release`
    is what they are called by, None for what the first of them says itself. `layer` is None where none is published.
    """

    store: str
    files: tuple[FileToPublish, ...]
    region: str | None = None
    release: str | None = None
    snapshots: bool = True
    latest: bool = True
    layer: LayerOrder | None = None

    @property
    def payload(self) -> Mapping[str, Any]:
        """The order as JSON, beside which a payload may have other orders."""
        return {"publish": asdict(self)}

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Self:
        """The order in a payload. Raises InvalidInput where there is none."""
        try:
            told = dict(payload["publish"])
            files = tuple(FileToPublish(**file) for file in told.pop("files"))
            layer = told.pop("layer")
            lists = (
                {"runtimes": tuple(layer["runtimes"]), "architectures": tuple(layer["architectures"])} if layer else {}
            )
            return cls(files=files, layer=LayerOrder(**{**layer, **lists}) if layer else None, **told)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput(f"the task does not say what is to be published: {error}") from None
