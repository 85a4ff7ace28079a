"""Two sources of code and two channels of two teams, and every operation that a server offers."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import kodit
from kodit.application.asking.where import Where
from kodit.application.files.ports import Sought
from kodit.application.serving.code_asking import CodeAsking
from kodit.application.serving.file_asking import FileAsking
from kodit.application.serving.key_keeping import KeyKeeping
from kodit.application.serving.package_asking import PackageAsking
from kodit.application.serving.plain import plain
from kodit.application.serving.server_asking import ServerAsking
from kodit.application.serving.serving_application_service import ServingApplicationService
from kodit.application.views import DeadFilter
from kodit.domain.access.api_key import Grant
from kodit.domain.access.scope import Scope
from kodit.domain.nixpkgs.walk import Walk
from kodit.domain.tasks.claim import EVERYTHING
from package_world import add_channel, list_of

MINE, THEIRS = "mine", "theirs"


def channel_of(name):
    return f"{name}-nix"


SEEN = frozenset({MINE, channel_of(MINE)})
"""What the key for some sources is for."""

READ, WRITE, ADMIN = Scope.READ, Scope.WRITE, Scope.ADMIN


async def two_teams(home):
    """Both are indexed, and then their directories go, so that each has a dead letter."""
    async with kodit.open(home / "data") as engine:
        for name in (MINE, THEIRS):
            place = home / name
            place.mkdir()
            code = (
                f"from {name}_more import helper_of_{name}\n\n\ndef shared_{name}():\n    return helper_of_{name}()\n"
            )
            (place / f"{name}_code.py").write_text(code)
            (place / f"{name}_more.py").write_text(f"def helper_of_{name}():\n    return 'shared word'\n")
            (place / "pyproject.toml").write_text(f'[project]\nname = "package-{name}"\n')
            await engine.index(str(place), name=name)
            shutil.rmtree(place)
            about = f"shared word of helper_of_{name}"
            packages = {f"shared_{name}": {"name": f"shared-{name}-1", "meta": {"description": about}}}
            await add_channel(engine, channel_of(name), list_of(home / f"{name}.json", packages))
            async with engine.storage.read() as unit:
                source = await unit.sources.named(name)
            await engine.indexing.queue_index_tasks(source.id, is_user_initiated=True)
        worker = engine.worker()
        await worker.run(drain=True)


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is of one source."""

    source: str
    symbol: str
    file: str
    run: int
    task: int

    @property
    def where(self) -> Where:
        return Where(sources=(self.source,))

    @property
    def channel(self) -> str:
        return channel_of(self.source)


async def what_there_is(engine, name):
    tasks = await engine.views.tasks(source=name)
    dead = await engine.views.dead(DeadFilter(source=name))
    file = f"{name}_code.py"
    return Seen(source=name, symbol=f"shared_{name}", file=file, run=tasks[0].run_id, task=dead[0].id)


NOWHERE = Seen(source="nowhere", symbol="shared_nowhere", file="nowhere_code.py", run=987_654, task=987_654)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation: the scope that it takes, how all of it is asked for, and how what one source has.

    `is_of_all` is set for what only those may ask who see every source.
    """

    scope: Scope
    everything: Callable[[ServingApplicationService], Any] | None = None
    one: Callable[[ServingApplicationService, Seen], Any] | None = None
    is_of_all: bool = False


OPERATIONS = {
    "search": Operation(
        scope=READ,
        everything=lambda service: service.search("shared word"),
        one=lambda service, seen: service.search("shared word", sources=[seen.source]),
    ),
    "sources": Operation(scope=READ, everything=lambda service: service.sources()),
    "freshness": Operation(
        scope=READ,
        everything=lambda service: service.freshness(),
        one=lambda service, seen: service.freshness([seen.source]),
    ),
    "source": Operation(scope=READ, one=lambda service, seen: service.source(seen.source)),
    "add": Operation(scope=WRITE, is_of_all=True, everything=lambda service: service.add("https://127.0.0.1:9/a.git")),
    "sync": Operation(scope=WRITE, one=lambda service, seen: service.sync(seen.source)),
    "set_interval": Operation(
        scope=WRITE, one=lambda service, seen: service.set_interval(seen.source, timedelta(hours=2))
    ),
    "remove": Operation(scope=ADMIN, one=lambda service, seen: service.remove(seen.source)),
    "progress": Operation(scope=READ, one=lambda service, seen: service.progress(seen.run)),
    "tasks": Operation(
        scope=READ,
        everything=lambda service: service.tasks(),
        one=lambda service, seen: service.tasks(source=seen.source),
    ),
    "task": Operation(scope=READ, one=lambda service, seen: service.task(seen.task)),
    "dead": Operation(
        scope=READ,
        everything=lambda service: service.dead(DeadFilter()),
        one=lambda service, seen: service.dead(DeadFilter(source=seen.source)),
    ),
    "retry": Operation(scope=WRITE, one=lambda service, seen: service.retry([seen.task])),
    "discard": Operation(scope=WRITE, one=lambda service, seen: service.discard([seen.task])),
    "cancel": Operation(scope=WRITE, one=lambda service, seen: service.cancel(seen.run)),
    "board": Operation(scope=READ, is_of_all=True, everything=lambda service: service.board()),
    "hold": Operation(scope=ADMIN, is_of_all=True, everything=lambda service: service.hold(EVERYTHING, paused=True)),
    "limit": Operation(scope=ADMIN, is_of_all=True, everything=lambda service: service.limit(EVERYTHING, 1)),
    "code.symbols": Operation(
        scope=READ,
        everything=lambda service: service.code.symbols("shared*"),
        one=lambda service, seen: service.code.symbols("shared*", where=seen.where),
    ),
    "code.definition": Operation(scope=READ, one=lambda service, seen: service.code.definition(seen.symbol)),
    "code.references": Operation(scope=READ, one=lambda service, seen: service.code.references(seen.symbol)),
    "code.calls": Operation(scope=READ, one=lambda service, seen: service.code.calls(seen.symbol)),
    "code.files": Operation(
        scope=READ,
        everything=lambda service: service.code.files(),
        one=lambda service, seen: service.code.files(where=seen.where),
    ),
    "code.outline": Operation(scope=READ, one=lambda service, seen: service.code.outline(seen.file)),
    "code.dependencies": Operation(scope=READ, one=lambda service, seen: service.code.dependencies(seen.file)),
    "code.dependents": Operation(scope=READ, one=lambda service, seen: service.code.dependents(seen.file)),
    "code.impact": Operation(scope=READ, one=lambda service, seen: service.code.impact(seen.symbol)),
    "code.packages": Operation(
        scope=READ,
        everything=lambda service: service.code.packages(),
        one=lambda service, seen: service.code.packages(where=seen.where),
    ),
    "code.graph_of_files": Operation(
        scope=READ,
        everything=lambda service: service.code.graph_of_files(),
        one=lambda service, seen: service.code.graph_of_files(where=seen.where),
    ),
    "code.graph_of_packages": Operation(
        scope=READ,
        everything=lambda service: service.code.graph_of_packages(),
        one=lambda service, seen: service.code.graph_of_packages(where=seen.where),
    ),
    "files.grep": Operation(
        scope=READ,
        everything=lambda service: service.files.grep(Sought(pattern="shared")),
        one=lambda service, seen: service.files.grep(Sought(pattern="shared"), where=seen.where),
    ),
    "files.lines": Operation(scope=READ, one=lambda service, seen: service.files.lines(seen.file)),
    "files.lines_at": Operation(scope=READ, one=lambda service, seen: service.files.lines_at(seen.file, seen.source)),
    "nix.search": Operation(
        scope=READ,
        everything=lambda service: service.nix.search("shared word"),
        one=lambda service, seen: service.nix.search("shared word", channels=[seen.channel]),
    ),
    "nix.show": Operation(scope=READ, one=lambda service, seen: service.nix.show(seen.symbol, channels=[seen.channel])),
    "nix.has": Operation(scope=READ, one=lambda service, seen: service.nix.has(seen.symbol, channels=[seen.channel])),
    "nix.channels": Operation(scope=READ, everything=lambda service: service.nix.channels()),
    "nix.channel": Operation(scope=READ, one=lambda service, seen: service.nix.channel(seen.channel)),
    "nix.sync": Operation(scope=WRITE, one=lambda service, seen: service.nix.sync(seen.channel)),
    "nix.failures": Operation(scope=READ, one=lambda service, seen: service.nix.failures(seen.channel)),
    "nix.add": Operation(
        scope=WRITE,
        is_of_all=True,
        everything=lambda service: service.nix.add("new", "https://127.0.0.1:9/packages.json", walk=Walk()),
    ),
    "server.statistics": Operation(scope=READ, is_of_all=True, everything=lambda service: service.server.statistics()),
    "server.controls": Operation(scope=READ, is_of_all=True, everything=lambda service: service.server.controls()),
    "server.installation": Operation(
        scope=ADMIN, is_of_all=True, everything=lambda service: service.server.installation()
    ),
    "server.settings": Operation(scope=ADMIN, is_of_all=True, everything=lambda service: service.server.settings()),
    "access.keys": Operation(scope=ADMIN, is_of_all=True, everything=lambda service: service.access.keys()),
    "access.create": Operation(
        scope=ADMIN, is_of_all=True, everything=lambda service: service.access.create("new", Grant())
    ),
    "access.rotate": Operation(scope=ADMIN, is_of_all=True, everything=lambda service: service.access.rotate("ci")),
    "access.revoke": Operation(scope=ADMIN, is_of_all=True, everything=lambda service: service.access.revoke("ci")),
    "access.audit": Operation(scope=ADMIN, is_of_all=True, everything=lambda service: service.access.audit()),
}


def offered():
    """Every operation by its name."""
    rooms = {
        "": ServingApplicationService,
        "code.": CodeAsking,
        "files.": FileAsking,
        "nix.": PackageAsking,
        "server.": ServerAsking,
        "access.": KeyKeeping,
    }
    found = {prefix + name for prefix, room in rooms.items() for name in vars(room) if not name.startswith("_")}
    return found - {"caller", "must_still_be_let_in", "code", "files", "nix", "server", "access"}


def words(answer):
    """All that an answer says."""
    return json.dumps(plain(answer), ensure_ascii=False)
