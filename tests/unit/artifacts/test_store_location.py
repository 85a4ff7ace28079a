"""Where artifacts go is a bucket or a folder, and nothing else is taken for one."""

import pytest

from kodit.domain.artifacts.store_location import StoreLocation
from kodit.domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("s3://my-bucket", StoreLocation(bucket="my-bucket")),
        ("s3://my-bucket/", StoreLocation(bucket="my-bucket")),
        ("s3://my.bucket/some/where/", StoreLocation(bucket="my.bucket", prefix="some/where/")),
        ("/srv/artifacts", StoreLocation(folder="/srv/artifacts")),
        ("artifacts", StoreLocation(folder="artifacts")),
    ],
)
def test_a_bucket_or_a_folder(text: str, location: StoreLocation) -> None:
    assert StoreLocation.parsed(text) == location


@pytest.mark.parametrize(
    "text", ["", "s3://", "s3://My_Bucket", "s3://b", "s3://bucket/a//b", "https://host/x", "s3://b/../c"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        StoreLocation.parsed(text)
