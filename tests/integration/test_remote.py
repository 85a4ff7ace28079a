"""A server answers as the data directory that it serves."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from served_world import indexed, serving, write

import kodit
from kodit.application.asking.code_questions import CodeQuestions
from kodit.application.asking.where import Where
from kodit.application.channels.channels import Channels
from kodit.application.engine import Kodit
from kodit.application.files.file_reading import FileReading
from kodit.application.files.grep import Grep
from kodit.application.files.ports import Sought
from kodit.application.freshness.keeping_fresh import KeepingFresh
from kodit.application.nixpkgs.package_answers import FoundPackage, PackageAnswers
from kodit.application.nixpkgs.package_lookup import PackageLookup
from kodit.application.nixpkgs.package_search_service import PackageSearchService
from kodit.application.serving.package_documents import answers_document, found_document
from kodit.application.serving.plain import plain
from kodit.application.tasks.queue_overview import QueueOverview
from kodit.application.tasks.queue_service import QueueService
from kodit.application.views import DeadFilter
from kodit.domain.code.reference import ReferenceKind
from kodit.domain.code.snippet import SnippetKind
from kodit.domain.code.symbol import SymbolKind
from kodit.domain.code.symbol_pattern import SymbolFilter
from kodit.domain.errors import Conflict, InvalidInput, NotFound, Refused, Unavailable
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.package_query import PackageFilters
from kodit.domain.nixpkgs.walk import Walk
from kodit.domain.search.query import SearchMode
from kodit.domain.sources.last_change import LastChange
from kodit.domain.sources.manifest import PackageKind
from kodit.domain.sources.schedule import NEVER
from kodit.domain.tasks.claim import EVERYTHING, Control
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.remote.code_questions import RemoteCodeQuestions
from kodit.infrastructure.remote.files import RemoteFileReading, RemoteGrep
from kodit.infrastructure.remote.keeping_fresh import RemoteKeepingFresh
from kodit.infrastructure.remote.kodit import RemoteKodit
from kodit.infrastructure.remote.packages import RemoteChannels, RemotePackageLookup, RemotePackageSearch
from kodit.infrastructure.remote.queue import RemoteOverview, RemoteQueue
from kodit.infrastructure.remote.views import RemoteViews
from kodit.infrastructure.sql.views import SqlViews
from package_world import CHANNELS, PACKAGES, list_of, with_channels

SHOP = Where(sources=("code",))
QUESTIONS: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "search": lambda k: k.search("price", limit=3),
    "search by words": lambda k: k.search("price", mode=SearchMode.KEYWORD, languages=["python"], paths=["shop/**"]),
    "search by change": lambda k: k.search("price", last_change=LastChange(authors=("ada",))),
    "search by kind": lambda k: k.search("price", kinds=[SnippetKind.FUNCTION], packages=["shop"]),
    "sources": lambda k: k.sources(),
    "source": lambda k: k.source("code"),
    "progress": lambda k: k.progress(1),
    "symbols": lambda k: k.code.symbols("pri", which=SymbolFilter(kinds=frozenset({SymbolKind.FUNCTION}))),
    "first symbol": lambda k: k.code.symbols("t", limit=1),
    "later symbols": lambda k: k.code.symbols("t", limit=2, offset=2),
    "symbols from before the first": lambda k: k.code.symbols("t", limit=2, offset=-2),
    "definition": lambda k: k.code.definition("price_of"),
    "references": lambda k: k.code.references("price_of", kinds=[ReferenceKind.CALL], where=SHOP),
    "calls": lambda k: k.code.calls("Basket.total"),
    "files": lambda k: k.code.files(where=SHOP),
    "first files": lambda k: k.code.files(limit=2),
    "later files": lambda k: k.code.files(where=SHOP, limit=2, after="pyproject.toml"),
    "later files of any source": lambda k: k.code.files(after="b"),
    "outline": lambda k: k.code.outline("shop/basket.py"),
    "dependencies": lambda k: k.code.dependencies("shop/basket.py"),
    "dependents": lambda k: k.code.dependents("shop/prices.py"),
    "impact": lambda k: k.code.impact("price_of", depth=2),
    "packages": lambda k: k.code.packages(kinds=[PackageKind.PYTHON]),
    "graph of files": lambda k: k.code.graph_of_files(),
    "graph of packages": lambda k: k.code.graph_of_packages(where=SHOP),
    "grep": lambda k: k.files().grep.lines(Sought(pattern="PRICE_.f", ignore_case=True), context=1),
    "lines": lambda k: k.files().reading.lines("shop/basket.py", start_line=2, end_line=5, where=SHOP),
    "tasks": lambda k: k.views.tasks(states=[TaskState.SUCCEEDED], kind=TaskType.SYNC, source="code"),
    "first tasks": lambda k: k.views.tasks(limit=2),
    "older tasks": lambda k: k.views.tasks(before=4, limit=2),
    "dead": lambda k: k.views.dead(DeadFilter(type=TaskType.SYNC)),
    "dead ids": lambda k: k.views.dead_ids(DeadFilter()),
    "task": lambda k: k.queue.details(1),
    "statistics": lambda k: k.overview.statistics(),
    "board": lambda k: k.overview.board(limit=3),
    "nix packages": lambda k: k.nix().searching.search("web browser"),
    "some nix packages": lambda k: k.nix().searching.search("browser", channels=["team/nixos"], filters=FREE, limit=1),
    "nix packages that are meant": lambda k: k.nix().searching.search("fierfox"),
    "no nix packages": lambda k: k.nix().searching.search(""),
    "nix package": lambda k: k.nix().lookup.show('sets."a/b.c"'),
    "nix name": lambda k: k.nix().lookup.has("firefox"),
    "no nix name": lambda k: k.nix().lookup.has("x" * 99, channels=["nixos"]),
    "channels": lambda k: k.channels.listed(),
    "channel": lambda k: k.channels.shown("team/nixos"),
    "failures of a channel": lambda k: k.channels.failures("team/nixos"),
}
FREE = PackageFilters(licenses=frozenset({"MPL-2.0", "MIT"}), platforms=frozenset({"x86_64-linux"}), unfree=False)
TWINS = [
    (RemoteKodit, Kodit),
    (RemoteCodeQuestions, CodeQuestions),
    (RemoteGrep, Grep),
    (RemoteFileReading, FileReading),
    (RemoteQueue, QueueService),
    (RemoteViews, SqlViews),
    (RemoteOverview, QueueOverview),
    (RemoteKeepingFresh, KeepingFresh),
    (RemotePackageSearch, PackageSearchService),
    (RemotePackageLookup, PackageLookup),
    (RemoteChannels, Channels),
]

HANDED_OVER = {"files", "freshness", "nix", "close", "installation"}
"""What an engine gets from who makes it, and is no method of its class."""
OWN = {"patience"}
"""What a server does not let others say: how long it searches is its own affair."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with one source that is indexed."""
    root = tmp_path_factory.mktemp("remote")
    indexed(root / "data", root / "code")
    asyncio.run(with_channels(root / "data", root))
    return root / "data"


def timeless(answer: Any) -> Any:
    """The answer as JSON has it, without what differs from one look to the next."""
    told = plain(answer)
    if isinstance(answer, PackageAnswers):
        # By which ids a server searches is nobody's business.
        told = plain(answers_document(answer))
    if isinstance(answer, list) and answer and isinstance(answer[0], FoundPackage):
        told = [found_document(one) for one in answer]
    for one in (told, told.get("statistics", {})) if isinstance(told, dict) else ():
        for name in ("at", "covers", "took_ms"):
            one.pop(name, None)
    return told


async def test_a_server_answers_as_its_data_directory_does(home):
    async with serving(home, worker_enabled=False) as (url, engine), kodit.connect(url) as server:
        different = {}
        for name, asked in QUESTIONS.items():
            here, there = timeless(await asked(engine)), timeless(await asked(server))
            if here != there:
                different[name] = (here, there)
    assert different == {}


async def test_answers_have_the_types_that_they_have_here(home):
    async with serving(home, worker_enabled=False) as (url, engine), kodit.connect(url) as server:
        for name, asked in QUESTIONS.items():
            here, there = await asked(engine), await asked(server)
            several = isinstance(here, list | tuple) and isinstance(there, list | tuple)
            assert several or type(there) is type(here), name
        found = await server.search("price")
        assert found.query.mode is SearchMode.HYBRID
        assert (found.hits[0].source, found.hits[0].path) == ("code", "shop/prices.py")


@pytest.mark.parametrize(("remote", "local"), TWINS, ids=lambda kind: kind.__name__)
def test_what_is_asked_of_a_server_is_asked_in_the_same_words(remote, local):
    for name, method in inspect.getmembers(remote, inspect.isfunction):
        if name.startswith("_") or (remote is RemoteKodit and name in HANDED_OVER):
            continue
        there, here = (inspect.signature(one).parameters for one in (method, getattr(local, name)))
        asked_here = [(key, one.kind, one.default) for key, one in here.items() if key not in OWN]
        assert [(key, one.kind, one.default) for key, one in there.items()] == asked_here, name


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (lambda k: k.search("x", sources=["none"]), NotFound),
        (lambda k: k.search("x", languages=["klingon"]), InvalidInput),
        (lambda k: k.source("owner/none"), NotFound),
        (lambda k: k.progress(99), NotFound),
        (lambda k: k.code.outline("none.py"), NotFound),
        (lambda k: k.nix().searching.search("x", channels=["none"]), NotFound),
        (lambda k: k.nix().searching.search("x", filters=PackageFilters(licenses=frozenset({"MTI"}))), InvalidInput),
        (lambda k: k.nix().lookup.show("firefoxx"), NotFound),
        (lambda k: k.nix().lookup.show("a..b"), InvalidInput),
        (lambda k: k.channels.shown("code"), NotFound),
        (lambda k: k.channels.index("new", "packages.json"), InvalidInput),
        (lambda k: k.channels.index("new", "/no/such/list.json"), NotFound),
        (lambda k: k.channels.index("code", "https://127.0.0.1:9/packages.json"), Conflict),
        (lambda k: k.channels.index("nixos", "https://127.0.0.1:9/packages.json"), Conflict),
        (lambda k: k.channels.sync("code"), NotFound),
        (lambda k: k.index("no/such/path"), InvalidInput),
        (lambda k: k.index("/no/such/path"), NotFound),
    ],
)
async def test_what_a_server_refuses_is_the_error_that_it_is_here(home, asked, error):
    async with serving(home, worker_enabled=False) as (url, _), kodit.connect(url) as server:
        with pytest.raises(error) as raised:
            await asked(server)
    assert raised.value.remedy


async def test_a_source_is_indexed_by_the_server(home, tmp_path):
    other = write(tmp_path / "other")
    async with serving(tmp_path / "data") as (url, _), kodit.connect(url) as server:
        seen = []
        report = await server.index(str(other), name="own name", watch=seen.append)
        assert (report.progress.run.state, report.source.name, report.elsewhere) == (
            RunState.COMPLETED,
            "own name",
            True,
        )
        assert report.files.by_language["python"] == 2
        assert seen
        assert (await server.search("price")).hits
        with pytest.raises(Conflict):
            await server.add(str(write(tmp_path / "third")), name="own name")
        assert (await server.remove("own name")).name == "own name"
        assert await server.sources() == []


async def test_a_channel_is_indexed_and_read_anew_by_the_server(tmp_path):
    path, newer = list_of(tmp_path / "old.json", PACKAGES), list_of(tmp_path / "new.json", CHANNELS["nixos"])
    async with serving(tmp_path / "data") as (url, engine), kodit.connect(url) as server:
        seen = []
        walk = Walk(attributes=(AttrPath.parse("w3m"),))
        report = await server.channels.index("team/nixos", str(path), walk=walk, described=True, watch=seen.append)
        assert (report.progress.run.state, report.source.name, bool(seen)) == (RunState.COMPLETED, "team/nixos", True)
        told = await server.channels.shown("team/nixos")
        assert (told.packages, told.walk, told.described) == (1, walk, True)

        async def read_again(**how):
            synced = await server.channels.sync("team/nixos", **how)
            return synced.progress.tasks[1].state

        assert [await read_again(), await read_again(afresh=True)] == [TaskState.SKIPPED, TaskState.SUCCEEDED]
        await server.channels.index("team/nixos", str(newer), moves=True)
        assert (await engine.channels.shown("team/nixos")).location == str(newer)
        queued = await server.channels.sync("team/nixos", wait=False)
        assert queued.elsewhere
        subjects = [entry.subject for entry in await engine.access().trail.newest()]
        assert subjects == ["team/nixos", str(newer), *["team/nixos"] * 2, str(path)]


async def test_the_queue_of_a_server_is_looked_after_from_afar(tmp_path):
    async with serving(tmp_path / "data", worker_enabled=False) as (url, _), kodit.connect(url) as server:
        queued = await server.index(str(write(tmp_path / "code")), wait=False)
        assert not queued.elsewhere
        run = queued.progress.run.id
        changed = await server.queue.cancel_all([run, 99])
        assert list(changed.done) == [run]
        assert isinstance(changed.refused[99], NotFound)
        first = queued.progress.tasks[0].id
        retried = await server.queue.retry_all([first])
        assert (list(retried.done), retried.types) == ([first], {TaskType.SYNC})
        assert isinstance((await server.queue.discard([first])).refused[first], Conflict)


async def test_what_a_server_has_queued_already_is_told_as_it_is_here(tmp_path):
    code, packages = str(write(tmp_path / "code")), str(list_of(tmp_path / "list.json", PACKAGES))
    wishes = {
        "source": lambda server: server.index(code, wait=False),
        "channel": lambda server: server.channels.index("nixos", packages, wait=False),
        "channel once more": lambda server: server.channels.sync("nixos", wait=False),
    }
    async with serving(tmp_path / "data", worker_enabled=False) as (url, engine), kodit.connect(url) as server:
        first = {name: (await wish(server)).already for name, wish in wishes.items()}
        assert first == {"source": False, "channel": False, "channel once more": True}
        assert all([(await wish(server)).already for wish in wishes.values()])
        assert (await engine.index(code, wait=False)).already
        await server.queue.cancel_all([1, 2])
        assert not (await server.channels.sync("nixos", wait=False)).already
        with pytest.raises(NotFound, match="no channel named none"):
            await server.channels.sync("none")


async def test_what_holds_the_queue_back_is_changed_from_afar(tmp_path):
    async with serving(tmp_path / "data", worker_enabled=False) as (url, engine), kodit.connect(url) as server:
        assert await server.queue.controls() == []
        await server.queue.pause(EVERYTHING)
        await server.queue.pause(TaskType.ENRICH)
        await server.queue.limit(TaskType.SYNC, 2)
        held = await server.queue.controls()
        assert sorted(held, key=lambda control: control.type) == [
            Control(type=EVERYTHING, paused=True),
            Control(type=TaskType.SYNC, most=2),
            Control(type=TaskType.ENRICH, paused=True),
        ]
        assert held == await engine.queue.controls()
        await server.queue.resume(EVERYTHING)
        await server.queue.limit(TaskType.SYNC, None)
        written = [entry.subject for entry in await engine.access().trail.newest()]
        assert written == ["SYNC: any number", "everything", "SYNC: 2", "ENRICH", "everything"]
        assert [control.type for control in await server.queue.controls() if control.paused] == [TaskType.ENRICH]


@pytest.mark.parametrize("every", [timedelta(hours=2), NEVER, None])
async def test_how_often_a_source_is_synchronised_is_changed_from_afar(tmp_path, every):
    async with serving(tmp_path / "data", worker_enabled=False) as (url, engine), kodit.connect(url) as server:
        source = await engine.add(str(write(tmp_path / "code")))
        await engine.freshness().set_interval(source.name, timedelta(days=1))
        changed = await server.freshness().set_interval(source.name, every)
        async with engine.storage.read() as unit:
            assert changed == await unit.schedules.of(source.id)
        assert changed.every == every
        with pytest.raises(NotFound):
            await server.freshness().set_interval("none", every)
        with pytest.raises(InvalidInput):
            await server.freshness().set_interval(source.name, timedelta(seconds=1))


async def test_a_key_is_shown_and_a_wrong_one_refused(home):
    async with serving(home, worker_enabled=False) as (url, _), kodit.connect(url, key="kodit_wrong") as server:
        with pytest.raises(Refused) as refused:
            await server.sources()
    assert refused.value.remedy == "give a key of that server: set KODIT_KEY"


async def test_a_server_that_is_not_there_is_told_of():
    async with kodit.connect("http://127.0.0.1:9") as server:
        with pytest.raises(Unavailable, match=r"no server answers at http://127.0.0.1:9") as raised:
            await server.sources()
    assert "kodit serve" in raised.value.remedy


@pytest.mark.parametrize("url", ["", "127.0.0.1:8765", "ftp://x", "http://", "http://user:secret@x", "http://x/?q=1"])
async def test_what_is_no_url_of_a_server_is_refused(url):
    with pytest.raises(InvalidInput) as refused:
        async with kodit.connect(url):
            pass
    assert "secret" not in str(refused.value)
