"""S3 and Lambda on loopback, spoken to by unmodified clients of AWS's own library."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

REGION = "eu-central-1"
ACCOUNT = "123456789012"
"""The account that moto takes everybody for."""


@dataclass(frozen=True)
class MotoServer:
    """AWS as one server of this process has it, at a URL."""

    url: str

    @property
    def environment(self) -> Mapping[str, str]:
        """What sends every client there, and keeps it from the credentials of who runs the tests."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
        }

    def client(self, service: str) -> Any:
        """A client of the test's own, to look at what others have done."""
        return _session().client(service, endpoint_url=self.url)

    def new_bucket(self) -> str:
        """An empty bucket that nobody else uses."""
        name = f"artifacts-{uuid4().hex[:12]}"
        self.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        return name


@cache
def _session() -> Any:
    """One for all clients: each session reads anew what a service may be asked, which is a hundred thousand objects."""
    from boto3.session import Session

    return Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION)


@contextmanager
def moto_server() -> Iterator[MotoServer]:
    """A running server on a port of its own."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield MotoServer(f"http://{host}:{port}")
    finally:
        server.stop()
