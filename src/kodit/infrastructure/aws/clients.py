"""Clients of AWS's services. Credentials come from boto3's own chain, and are seen by nothing else."""

import os
import re
import threading
from typing import Any

from kodit.domain.errors import InvalidInput
from kodit.infrastructure.aws.failures import not_installed

CONNECT_SECONDS = 10
READ_SECONDS = 60
ATTEMPTS = 4
"""How often the library tries a request by itself, with growing pauses, before a task is tried anew; its own variable
`AWS_MAX_ATTEMPTS` says otherwise."""


def new_client(service: str, region: str | None = None) -> Any:
    """A client of a service by boto3's name for it; it may be used by several threads. Takes a third of a second.

    Without a region, `AWS_REGION` says which, then AWS's own files. Where it connects to is said by AWS's own
    variables, `AWS_ENDPOINT_URL` and those for single services. Raises InvalidInput where boto3 is not installed, no
    region is set, or a variable makes no sense.
    """
    try:
        from boto3.session import Session
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ModuleNotFoundError as error:
        raise not_installed() from error
    terms = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": _attempts(os.environ.get("AWS_MAX_ATTEMPTS"))},
    )
    try:
        # A session of its own: the default one may not be used by several threads while it makes clients.
        return Session().client(service, region_name=region or os.environ.get("AWS_REGION"), config=terms)
    except (BotoCoreError, ValueError) as error:
        raise InvalidInput(f"AWS cannot be asked: {error}", remedy="set AWS_REGION, and correct ~/.aws") from error


def _attempts(said: str | None) -> int:
    if not said:
        return ATTEMPTS
    if not re.fullmatch(r"[1-9][0-9]{0,2}", said, re.ASCII):
        raise InvalidInput(f"AWS_MAX_ATTEMPTS is {said[:40]!r}", remedy="set it to a number from 1 to 999, or unset it")
    return int(said)


class LazyClient:
    """A client that is made when it is first called, by whichever thread comes first."""

    def __init__(self, service: str, region: str | None = None) -> None:
        self._service = service
        self._region = region
        self._made: Any = None
        self._lock = threading.Lock()

    def __call__(self) -> Any:
        """The client. Raises InvalidInput as `new_client` does."""
        with self._lock:
            self._made = self._made or new_client(self._service, self._region)
        return self._made
