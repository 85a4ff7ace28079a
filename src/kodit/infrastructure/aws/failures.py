"""What AWS's errors mean in kodit's own."""

import asyncio
import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from kodit.domain.errors import (
    Conflict,
    InvalidInput,
    KoditError,
    NotFound,
    RateLimited,
    Refused,
    StorageFull,
    Unavailable,
)
from kodit.domain.tasks.retry_after import wait_in

T = TypeVar("T")

_CODES: dict[type[KoditError], str] = {
    NotFound: "NoSuchBucket NoSuchKey NoSuchUpload NotFound ResourceNotFoundException ResourceNotFound 404",
    Refused: "AccessDenied AccessDeniedException UnauthorizedException InvalidAccessKeyId SignatureDoesNotMatch "
    "ExpiredToken ExpiredTokenException InvalidToken UnrecognizedClientException AllAccessDisabled 401 403",
    Conflict: "PreconditionFailed ConditionalRequestConflict ConflictException ResourceConflictException "
    "OperationAborted 409 412",
    RateLimited: "SlowDown Throttling ThrottlingException ThrottledException TooManyRequestsException "
    "RequestLimitExceeded RequestThrottled RequestThrottledException ServiceQuotaExceededException 429",
    Unavailable: "InternalError InternalServerException InternalFailure ServiceUnavailable RequestTimeout "
    "ServiceUnavailableException RequestTimeoutException RequestTimeTooSkewed BadDigest XAmzContentChecksumMismatch "
    "ModelTimeoutException ModelNotReadyException",
}
_KINDS = {code: kind for kind, codes in _CODES.items() for code in codes.split()}
"""What a service's code for an error, or else the status of its answer, means."""

_ELSEWHERE = {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "301"}
_SIGNATURES = {"SignatureDoesNotMatch", "InvalidSignatureException"}
_CREDENTIALS = "see that its credentials are right, and what they are allowed to do"


def not_installed() -> InvalidInput:
    """The error where AWS's library is missing."""
    return InvalidInput("AWS needs a library that is not installed", remedy="pip install 'kodit[aws]'")


@contextmanager
def told(what: str) -> Iterator[None]:
    """Turn what boto3 raises inside into kodit's errors; `what` was tried, in words that follow `cannot`."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError
    except ModuleNotFoundError as error:
        raise not_installed() from error
    try:
        yield
    except ClientError as error:
        told_by_aws = _answered(what, error.response)
        if error.response.get("Error", {}).get("Code") in _SIGNATURES:
            # These answers repeat what was signed, a session's token among it.
            raise told_by_aws from None
        raise told_by_aws from error
    except BotoCoreError as error:
        raise _unasked(what, error) from error


@contextmanager
def room_for(what: str) -> Iterator[None]:
    """Turn a disk that is full inside into StorageFull; what is written is a temporary file."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise StorageFull(f"there is no room for {what}", remedy="set TMPDIR to where there is") from error


async def in_thread(what: str, work: Callable[[], T]) -> T:
    """Do what waits for AWS in a thread, with its errors turned into kodit's."""

    def tried() -> T:
        with told(what):
            return work()

    return await asyncio.to_thread(tried)


def _answered(what: str, response: Any) -> KoditError:
    """The error for an answer that is one."""
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    code = str(response.get("Error", {}).get("Code", "") or status)
    said = " ".join(str(response.get("Error", {}).get("Message", "")).split())[:300]
    if code in _SIGNATURES:
        said = said.partition(". ")[0]
    text = f"cannot {what}: {said or code}" + (f" ({code})" if said and code not in said else "")
    if code in _ELSEWHERE:
        return InvalidInput(text, remedy="set AWS_REGION to the region where it lies")
    if _KINDS.get(code) is RateLimited or status == 429:
        return RateLimited(text, retry_after=wait_in(_asked_wait(response)))
    kind = _KINDS.get(code) or _KINDS.get(str(status)) or (Unavailable if status >= 500 else InvalidInput)
    return kind(text, remedy=_CREDENTIALS if kind is Refused else None)


def _asked_wait(response: Any) -> str | None:
    found: str | None = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("retry-after")
    return found


def _unasked(what: str, error: Exception) -> KoditError:
    """The error for a question that was never asked, or got no answer."""
    from botocore import exceptions as known

    said = " ".join(str(error).split())[:300]
    text = f"cannot {what}: {said}"
    if isinstance(error, known.NoCredentialsError | known.PartialCredentialsError | known.CredentialRetrievalError):
        return Refused(text, remedy="give credentials as AWS's own tools take them: a role, a profile, or variables")
    if isinstance(error, known.ParamValidationError | known.ValidationError | known.InvalidRegionError):
        return InvalidInput(text)
    return Unavailable(text)
