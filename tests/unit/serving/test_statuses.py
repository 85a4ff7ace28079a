"""Which status of HTTP an error has."""

import pytest

from kodit.application.serving.statuses import status_of
from kodit.domain import errors


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidInput, 422),
        (errors.NotFound, 404),
        (errors.NothingIndexed, 409),
        (errors.Refused, 403),
        (errors.IllegalMove, 409),
        (errors.RateLimited, 429),
        (errors.DatabaseBusy, 503),
        (errors.DatabaseAway, 503),
        (errors.StorageFull, 503),
        (errors.DatabaseUnusable, 500),
        (errors.BadAnswer, 500),
        (ValueError, 500),
    ],
)
def test_each_error_has_its_status(error: type[Exception], status: int) -> None:
    assert status_of(error("it happened")) == status
