"""How long somebody who answers over HTTP asks us to wait."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_WAIT = timedelta(days=1)
"""What is asked for beyond it is taken for a broken clock."""


def wait_in(retry_after: str | None, now: datetime | None = None) -> timedelta | None:
    """The wait that a header `Retry-After` asks for, in seconds or as a date (RFC 9110, section 10.2.3).

    None if it is odd, and for a date where `now` is not given.
    """
    text = (retry_after or "").strip()
    wait = timedelta(seconds=float(text)) if re.fullmatch(r"\d{1,7}(\.\d+)?", text, re.ASCII) else _until(text, now)
    return None if wait is None or wait > LONGEST_WAIT else max(wait, timedelta())


def _until(text: str, now: datetime | None) -> timedelta | None:
    if now is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
