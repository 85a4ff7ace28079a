"""Where an object store is, as people write it."""

import re
from dataclasses import dataclass
from typing import Self

from kodit.domain.artifacts.object_store import checked_key
from kodit.domain.errors import InvalidInput

_S3 = "s3://"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""What a bucket may be called; "Bucket naming rules" of Amazon S3's guide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLocation:
    """A bucket with what is put in front of every key, or a folder of this machine."""

    bucket: str | None = None
    prefix: str = ""
    folder: str | None = None

    @classmethod
    def parsed(cls, text: str) -> Self:
        """`s3://BUCKET/PREFIX`, or the path of a folder. Raises InvalidInput."""
        if not text.startswith(_S3):
            if not text or "://" in text:
                raise InvalidInput(
                    f"{text[:100]!r} is no place for artifacts", remedy="s3://BUCKET/PREFIX, or a folder"
                )
            return cls(folder=text)
        bucket, _, prefix = text.removeprefix(_S3).partition("/")
        if _BUCKET.fullmatch(bucket) is None:
            raise InvalidInput(f"{bucket[:100]!r} is no bucket's name", remedy="it looks like s3://BUCKET/PREFIX")
        prefix = prefix.rstrip("/")
        return cls(bucket=bucket, prefix=f"{checked_key(prefix)}/" if prefix else "")
