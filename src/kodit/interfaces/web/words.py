"""Numbers, moments and states in words."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from kodit.domain.sources.selection import in_words, split_location

_UNITS = (
    (timedelta(days=365), "y"),
    (timedelta(days=30), "mo"),
    (timedelta(days=1), "d"),
    (timedelta(hours=1), "h"),
    (timedelta(minutes=1), "min"),
)


def span(length: timedelta) -> str:
    """A length of time in its largest unit: `3 min`, `2 d`; less than a minute in seconds."""
    for unit, name in _UNITS:
        if length >= unit:
            return f"{length // unit} {name}"
    return f"{max(length.total_seconds(), 0):.0f} s"


def ago(at: datetime | None, now: datetime) -> str:
    """How long a moment is past: `3 min ago`; `never` for None."""
    if at is None:
        return "never"
    if at > now:
        return f"in {span(at - now)}"
    return "just now" if now - at < timedelta(seconds=10) else f"{span(now - at)} ago"


def stamp(at: datetime | None) -> str:
    """A moment in UTC to the second, as machines read it."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def number(value: float) -> str:
    """`1,234`; with one digit behind the point for what is small and broken."""
    return f"{value:,.0f}" if value == int(value) or value >= 10 else f"{value:,.1f}"


def counted(value: int, noun: str) -> str:
    """`1 file`, `1,234 files`."""
    return f"{value:,} {noun}{'' if value == 1 else 's'}"


def repository(location: str) -> str:
    """A location without what of it is read, which is shown for itself."""
    return split_location(location)[0]


def selection(ref: str | None) -> str:
    """Which branch, tag or commit is read."""
    return in_words(ref) if ref else ""


def in_path(text: str) -> str:
    """A text as a part of an address, its slashes as they are."""
    return quote(text, safe="/")


def in_query(**values: object) -> str:
    """What stands behind the `?` of an address, without what is empty."""
    return urlencode([(name, value) for name, value in values.items() if value not in (None, "", ())], doseq=True)


def file_address(source: str, path: str, lines: tuple[int, int] | None = None, question: str = "") -> str:
    """Where a file is shown, from the page's root on: with some of its lines lit, and a question's words marked."""
    address = f"/sources/{in_path(source)}/files/{in_path(path)}"
    told = f"{lines[0]}-{lines[1]}" if lines else ""
    asked = in_query(lines=told, q=question)
    return address + (f"?{asked}" if asked else "") + (f"#L{lines[0]}" if lines else "")


def name_address(asked: str, source: str = "") -> str:
    """Where it is shown what a name means and who uses it."""
    return f"/names?{in_query(of=asked, source=source)}"
