"""`list_sources`, `list_packages`, `index_source` and `status`."""

from collections.abc import Mapping, Sequence
from typing import Any

from kodit.application.asking.rows import FoundPackage
from kodit.application.asking.where import Where
from kodit.application.serving.freshness import UNDER_WAY, Freshness
from kodit.application.views import SourceRow
from kodit.domain.errors import Refused
from kodit.domain.sources.location import without_credentials
from kodit.domain.tasks.task import TaskState
from kodit.interfaces.mcp.asking import Answer, Asking
from kodit.interfaces.mcp.freshness import reasons, told
from kodit.interfaces.mcp.sheet import Sheet, shown


async def list_sources(asking: Asking) -> Answer:
    """Every source."""
    rows = await asking.service.sources()
    fresh = {one.source: one for one in await asking.service.freshness()}
    sheet = Sheet(asking.tokens)
    if not rows:
        sheet.put("Nothing is indexed yet: index_source takes a path or the URL of a git repository.")
    for row in rows:
        one = fresh.get(row.name)
        if not sheet.put(*_source(row, one, asking), beside=_source_row(row, one)):
            break
    if left_out := len(rows) - len(sheet.rows):
        sheet.note(f"{left_out} more sources left out; status with a source tells of one")
    return Answer(text=sheet.text(), structured={"sources": sheet.rows})


def _source(row: SourceRow, fresh: Freshness | None, asking: Asking) -> Sequence[str]:
    state = told(fresh, asking.now) if fresh is not None else row.state
    line = shown(f"{row.name}: {state}, {row.files} files, {without_credentials(row.location)}")
    return [line, *(reasons(fresh) if fresh is not None else ())]


def _source_row(row: SourceRow, fresh: Freshness | None) -> Mapping[str, Any]:
    return {
        "name": row.name,
        "state": row.state,
        "indexed_at": row.indexed_at,
        "commit": row.commit,
        "percent": fresh.percent if fresh else None,
    }


async def list_packages(asking: Asking) -> Answer:
    """The packages of the sources."""
    search = asking.given["search"] or None
    found = await asking.service.code.packages(search=search, where=Where(sources=asking.sources))
    return Answer(text=packages_text(await asking.sheet(), found))


def packages_text(sheet: Sheet, found: Sequence[FoundPackage]) -> str:
    """A line for each package."""
    if not found:
        sheet.put("No package fits.")
    for put, package in enumerate(found):
        if not sheet.put(_package(package, sheet.of(package.source))):
            sheet.note(f"{len(found) - put} more packages left out: narrow with search or source")
            break
    return sheet.text()


def _package(one: FoundPackage, source: str) -> str:
    version = f" {one.version}" if one.version else ""
    about = f": {' '.join(one.description.split())}" if one.description else ""
    return shown(f"{one.name}{version} ({one.kind}) {one.path or '.'}{source}, {one.files} files{about}")


async def index_source(asking: Asking) -> Answer:
    """Queue the indexing of a source, and say how it stands at once."""
    named = asking.given["source"]
    if named in await _known(asking):
        name, run = named, await asking.service.sync(named)
    else:
        queued = await asking.service.add(named)
        name, run = queued.source.name, queued.run
    is_worked_on = await asking.work() or await _is_worked_on(asking)
    sheet = Sheet(asking.tokens)
    told_run = {"source": name, "run_id": run.id, "state": run.state}
    sheet.put(
        f"{name} is queued (run {run.id}) and is indexed in the background.",
        "What is found before it is done comes from the index as it was; status tells how far it is.",
        beside=told_run,
    )
    if not is_worked_on:
        sheet.put("No worker is running: start one with kodit worker, or kodit serve.")
    return Answer(text=sheet.text(), structured=sheet.rows[0])


async def _known(asking: Asking) -> set[str]:
    """The names of sources; who may not look has to give a location."""
    try:
        return {row.name for row in await asking.service.sources()}
    except Refused:
        return set()


async def _is_worked_on(asking: Asking) -> bool:
    """Whether there is a worker; who may not know is told that there is."""
    try:
        return bool((await asking.service.board(limit=1)).statistics.workers)
    except Refused:
        return True


async def status(asking: Asking) -> Answer:
    """How fresh everything is, and what the queue does."""
    found = await asking.service.freshness(asking.sources)
    if any(one.state in UNDER_WAY for one in found):
        # Whoever was at it may be gone by now.
        await asking.work()
    sheet = Sheet(asking.tokens)
    if not found:
        sheet.put("Nothing is indexed yet: index_source takes a path or the URL of a git repository.")
    for line in await _queue(asking):
        sheet.put(line)
    for put, one in enumerate(found):
        if not sheet.put(shown(f"{one.source}: {told(one, asking.now)}"), *reasons(one), beside=one):
            sheet.note(f"{len(found) - put} more sources left out; give one as source")
            break
    return Answer(text=sheet.text(), structured={"sources": sheet.rows})


async def _queue(asking: Asking) -> Sequence[str]:
    try:
        statistics = (await asking.service.board(limit=1)).statistics
    except Refused:
        # Whoever sees some of the sources only is told of these.
        return []
    state = statistics.by_state
    numbers = {name: state.get(name, 0) for name in (TaskState.RUNNING, TaskState.READY, TaskState.SCHEDULED)}
    counts = ", ".join(f"{number} {name}" for name, number in numbers.items())
    workers = len(statistics.workers)
    alive = f"{workers} worker{'' if workers == 1 else 's'}"
    return [f"queue: {counts}, {state.get(TaskState.DEAD, 0)} dead; {alive}"]
