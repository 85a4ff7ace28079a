"""How fresh an answer is, in one line."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from kodit.application.serving.freshness import UNDER_WAY, Freshness
from kodit.interfaces.mcp.sheet import shown

NAMED = 3
"""Sources that are told of one by one."""


def age(at: datetime, now: datetime) -> str:
    """How long ago something was."""
    past = max(now - at, timedelta())
    for unit, name in ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min")):
        if past >= unit:
            return f"{past // unit} {name} ago"
    return "just now"


def told(one: Freshness, now: datetime) -> str:
    """What one source is like: `indexed 2 h ago at 1a2b3c4, indexing now: 40 %`."""
    at = f" at {one.commit[:10]}" if one.commit and one.indexed_at else ""
    before = "not indexed yet" if one.indexed_at is None else f"indexed {age(one.indexed_at, now)}{at}"
    if one.state in UNDER_WAY:
        return f"{before}, {_under_way(one)}"
    return before if one.state in ("indexed", "new") else f"{before}, the last run {one.state}"


def reasons(one: Freshness) -> Sequence[str]:
    """What went wrong with a source and what can be done about it, in lines below what is `told` of it."""
    # Of one that waits, what went wrong is told with the moment of the next try.
    lines = {"error": one.error if one.state == "failed" else None, "remedy": one.remedy}
    return [shown(f"  {name}: {' '.join(text.split())}") for name, text in lines.items() if text]


def _under_way(one: Freshness) -> str:
    if one.state == "indexing":
        return f"indexing now: {one.percent or 0} %"
    if one.state == "queued":
        return "queued"
    at = f" at {one.next_try_at:%Y-%m-%d %H:%M:%S} UTC" if one.next_try_at is not None else ""
    why = f", after: {' '.join(one.error.split())}" if one.error else ""
    return f"waiting for another try{at}{why}"


def _named(one: Freshness, now: datetime) -> str:
    return f"{one.source} {told(one, now)}{': see status' if one.state == 'failed' else ''}"


def freshness_line(found: Sequence[Freshness], now: datetime) -> str:
    """What the sources that were asked are like; of many, only what is worth knowing."""
    if not found:
        return ""
    if len(found) <= NAMED:
        return f"index: {'; '.join(_named(one, now) for one in found)}"
    ages = [one.indexed_at for one in found if one.indexed_at is not None]
    parts = [f"{len(found)} sources"]
    if ages:
        parts.append(f"the oldest indexed {age(min(ages), now)}")
    worth = [one for one in found if one.state != "indexed"]
    parts += [_named(one, now) for one in worth[:NAMED]]
    if len(worth) > NAMED:
        parts.append(f"{len(worth) - NAMED} more are not up to date: see status")
    return f"index: {'; '.join(parts)}"
