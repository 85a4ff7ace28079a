"""Numbers, moments and lists in words."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta


def moment(at: datetime | None) -> str:
    """A moment in UTC to the second; `-` for never."""
    return "-" if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def counted(number: int, noun: str) -> str:
    """`1 file`, `1,234 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def by_size(counts: Mapping[str, int]) -> str:
    """`python 12, go 3`: the biggest first."""
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return ", ".join(f"{name} {number:,}" for name, number in ordered)


def size(number: int) -> str:
    """Bytes in the unit that leaves few digits."""
    amount = float(number)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def interval(seconds: int | None) -> str:
    """An interval as it is typed: `1h30m`, `never`, or `default` for None."""
    from kodit.domain.sources.schedule import told_interval

    return told_interval(None if seconds is None else timedelta(seconds=seconds))
