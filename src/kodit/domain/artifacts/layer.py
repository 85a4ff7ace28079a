"""What an AWS Lambda layer may be called, and how large it may be."""

import re
from dataclasses import dataclass
from typing import Protocol, Self

from kodit.domain.errors import InvalidInput

UNZIPPED_LIMIT = 250 * 1024 * 1024
"""Bytes that a function and all its layers may have together, unzipped; AWS Lambda quotas, "Deployment package"."""

DIRECT_LIMIT = 50 * 1024 * 1024
"""Bytes of a ZIP that may be sent to Lambda in a request; a larger one is fetched by Lambda from S3. The same page."""

PLACE = "fdnix/fdnix.duckdb"
"""Where the database lies in the ZIP. Lambda unpacks layers below /opt."""

NAME_LENGTH = 64
"""Characters that a layer's name may have: `LayerName` of Lambda's API, without the ARN around it."""

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_ARN = re.compile(r"arn:(?P<partition>[a-z0-9-]+):lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):layer:(?P<rest>.+)")


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer by its name; `region` and `account` are those of its ARN, None where only a name was given."""

    name: str
    region: str | None = None
    account: str | None = None

    @classmethod
    def parsed(cls, text: str) -> Self:
        """A name, or an ARN without a version. Raises InvalidInput."""
        if not text.startswith("arn:"):
            return cls(_checked(text, text))
        if (arn := _ARN.fullmatch(text)) is None:
            raise InvalidInput(
                f"{text} is not the ARN of a Lambda layer",
                remedy="it looks like arn:aws:lambda:REGION:ACCOUNT:layer:NAME; the name alone will do",
            )
        name, _, version = arn["rest"].partition(":")
        if version:
            raise InvalidInput(
                f"{text} is one version of a layer, and publishing makes a new one",
                remedy=f"leave out :{version} at its end",
            )
        return cls(_checked(name, text), arn["region"], arn["account"])

    def must_lie_in(self, region: str | None) -> None:
        """Raises InvalidInput where its ARN says that it lies elsewhere."""
        if self.region is not None and region is not None and self.region != region:
            raise InvalidInput(
                f"layer {self.name} lies in {self.region}, not in {region}",
                remedy=f"set AWS_REGION to {self.region}, or give the layer's name alone",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerTerms:
    """What is said of a layer's version: what it has, and what it is for; empty for anything."""

    description: str = ""
    runtimes: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerVersion:
    """A version of a layer as it was published.

    `size` is that of its ZIP in bytes, and `sha256` the ZIP's digest in hexadecimal.
    """

    arn: str
    number: int
    size: int
    sha256: str


class LayerPublisher(Protocol):
    """Publishes a database as a Lambda layer. Held to tests/contracts/test_layer_publisher.py."""

    async def publish(self, layer: Layer, database: str, terms: LayerTerms) -> LayerVersion:
        """Publish a ZIP with the file `database` at `PLACE`; gives the newest version where that is the same ZIP.

        What is published is compared by its SHA-256. Raises NotFound for a file that is not there, InvalidInput for one
        that is too large, or a layer of another region or account, Refused, BadAnswer, RateLimited and Unavailable.
        """
        ...


def checked_size(size: int) -> None:
    """Raises InvalidInput for a database that no layer can hold."""
    if size > UNZIPPED_LIMIT:
        raise InvalidInput(
            f"the database has {size:,} bytes, and a Lambda layer may have {UNZIPPED_LIMIT:,} unzipped",
            remedy="publish the minified database, built without an HNSW index or without vectors",
        )


def _checked(name: str, text: str) -> str:
    if _NAME.fullmatch(name) is None or len(name) > NAME_LENGTH:
        raise InvalidInput(
            f"{text[:200] or 'nothing'} is no name of a Lambda layer",
            remedy=f"letters, digits, - and _, at most {NAME_LENGTH} of them",
        )
    return name
