"""Dates and moments as people write them."""

from datetime import UTC, datetime

from kodit.domain.errors import InvalidInput

DATE = "A date such as 2026-01-31, or a moment in ISO 8601; UTC where no zone is named."


def moment(name: str, text: str | None) -> datetime | None:
    """The moment that was given under a name, None for none. Raises InvalidInput."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(f"{name} is no date: {text[:40]}", remedy="give one such as 2026-01-31") from None
