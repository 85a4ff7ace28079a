"""Linking what a change calls unlinked gives the same as linking everything."""

import asyncio
from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from linked_world import Cut, MemoryStorage, World

from kodit.application.indexing.ripple import Thrift
from kodit.domain.sources.source import Source, SourceKind
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import upgrade
from kodit.infrastructure.sql.unit_of_work import SqlStorage

MISERLY = Thrift(many=0, few=0)
"""Never links anything again that it need not."""

PYTHON = {
    "paths": ["pkg/__init__.py", "pkg/a.py", "pkg/b.py", "pkg/sub/__init__.py", "pkg/sub/c.py", "a.py", "main.py"],
    "lines": [
        "from .a import f",
        "from .b import f as g",
        "from . import a",
        "from .. import b as a",
        "from pkg import a, f, C",
        "from pkg.sub import c",
        "from pkg.sub.c import *",
        "from a import *",
        "import pkg.sub.c",
        "import pkg.b",
        "import pkg",
        "import a",
        "def f(): return g()",
        "def g(x: C): return x.m()",
        "f = 1",
        "class C: pass",
        "class C(a.D):\n    def m(self): return self.n()",
        "class D(pkg.C): pass",
        "class D(C):\n    def n(self): return self.m() + super().m()",
        "class D:\n    def m(self): return f()",
        "a.f(pkg.sub.c.f)",
        "pkg.f(c.C.m)",
        "from .sub import c as a",
        "from .a import c",
        "class k(C): pass",
        "pkg.a.f()",
        "pkg.b.c.f()",
        "a.k.m()",
        "a.D.n()",
        "pkg.C.m()",
        "C().m()",
        "f(D, g)",
        "class E:\n    x = C()\n    y: D\n    def p(self): return self.x.m() + self.y.n()",
        "class E:\n    def __init__(self, d: a.D): self.x = d",
        "class F(E):\n    def q(self): return self.x.m() + E().x.n()",
        "v = C()",
        "v: a.D = f()",
        "v.m() + a.v.n() + E().x.m()",
    ],
}
TYPESCRIPT = {
    "paths": ["index.ts", "a.ts", "a/index.ts", "b.ts", "lib/c.ts", "lib/a.js", "tsconfig.json"],
    "lines": [
        "import { f, C } from './a';",
        "import { f as g } from '../a';",
        "import C from './b';",
        "import * as a from './lib/c';",
        "import { D } from '.';",
        "export { f } from './b';",
        "export { g as f } from './a';",
        "export * from './lib/c';",
        "export * from '../b';",
        "const a = require('./lib/a.js');",
        "import E from './b';",
        "module.exports = C;",
        "module.exports = a;",
        "export default D;",
        "new a();",
        "class F extends E { n() { return this.m(); } }",
        "export function f() { return g(); }",
        "export function g(x: C) { return x.m(); }",
        "export default class C { m() { return this.n(); } }",
        "export class C extends a.D { m() { return super.m(); } }",
        "export class D extends C { n() { return this.m(); } }",
        "import * as b from './index';",
        "export * as a from './b';",
        "export class k extends C { }",
        "b.a.f();",
        "b.a.k.m();",
        "a.f(C, D);",
        "new C().m();",
        "f(g);",
        "class G { x: C; y = new a.D(); p() { this.x.m(); this.y.n(); } }",
        "class H extends G { q() { this.x.n(); this.y.m(); } }",
        "export const v = new C();",
        "v.m(); a.v.m();",
    ],
}
GO = {
    "paths": ["go.mod", "main.go", "a/a.go", "a/b.go", "a/a_test.go", "b/b.go", "b/c/c.go"],
    "lines": [
        'import "example.org/m/a"',
        'import "example.org/m/b"',
        'import a "example.org/m/b/c"',
        'import . "example.org/m/a"',
        "func f() { F() }",
        "func F() { a.F(); f() }",
        "type T struct { U }",
        "type U struct { b.T }",
        "func (t T) M() { t.N() }",
        "func (u *U) N() { u.M() }",
        "func g(t T, x a.U) { t.N(); x.M() }",
        "type S struct { t T; u *a.U }",
        "func (s *S) p() { s.t.M(); s.u.N() }",
        "func q(s S) { s.t.N(); s.u.M() }",
        "var V = b.F",
    ],
    "fixed": {"go.mod": ["module example.org/m\n", "module example.org/n\n"]},
}

PHP = {
    "paths": ["main.php", "app/main.php", "app/Post.php", "app/Post/Note.php", "app/Note.php", "lib/App/Post.php"],
    "lines": [
        "use App\\Post;",
        "use App\\Post\\Note;",
        "use App\\Note as Post;",
        "use App\\{Note, Post as Old};",
        "require 'Note.php';",
        "require __DIR__ . '/../main.php';",
        "class Post extends Note { function m() { return $this->n(); } static function s() { return Old::s(); } }",
        "class Note { private Post $p; function n() { return $this->p->m(); } static function s() { f(); } }",
        "interface Old extends Post {}",
        "function f() { return g(new Note()); }",
        "function g(Post $p) { $p->m(); f(); }",
        "Post::s(); Note::s(); Old::s();",
    ],
}


@st.composite
def histories(draw, language):
    """Texts by path, one state after the other: each changes or moves a few files of the one before."""
    texts, found = {}, []
    for _ in range(draw(st.integers(2, 5))):
        for path in draw(st.lists(st.sampled_from(language["paths"]), max_size=3, unique=True)):
            texts.pop(path, None)
            if draw(st.integers(0, 4)):
                texts[path] = draw(_text(language, path))
        free = sorted(set(language["paths"]) - texts.keys())
        if texts and free and draw(st.integers(0, 2)) == 0:
            texts[draw(st.sampled_from(free))] = texts.pop(draw(st.sampled_from(sorted(texts))))
        found.append(dict(texts))
    return found


def _text(language, path):
    if path in language.get("fixed", ()):
        return st.sampled_from(language["fixed"][path])
    package = f"package {path.split('/')[-2] if '/' in path else 'main'}\n"
    beginning = {"go": package, "php": "<?php\n"}.get(path.rpartition(".")[2], "")
    lines = st.lists(st.sampled_from(language["lines"]), min_size=1, max_size=8)
    return lines.map(lambda chosen: beginning + "\n".join(chosen) + "\n")


@pytest.fixture(scope="module")
def database_url(tmp_path_factory):
    path = tmp_path_factory.mktemp("linked") / "kodit.db"

    async def migrate():
        database = Database(f"sqlite+aiosqlite:///{path}")
        await upgrade(database)
        await database.close()

    asyncio.run(migrate())
    return f"sqlite+aiosqlite:///{path}"


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

_NUMBERS = count(1)


async def a_world(storage, thrift=None):
    name = f"world {next(_NUMBERS)}"
    source = Source(name=name, kind=SourceKind.DIRECTORY, location=f"/{name}/pkg", created_at=NOON)
    async with storage.write() as unit:
        return World(storage, await unit.sources.add(source), thrift=thrift)


async def compared(opened, history, cuts):
    """The links after all of a history, and those of its end alone."""
    storage, database = opened()
    try:
        step_by_step = await a_world(storage, MISERLY)
        for texts, (cut_after, complete) in zip(history, cuts, strict=False):
            try:
                await step_by_step.become(texts, cut_after=cut_after, complete=complete)
            except Cut:
                if complete:
                    await step_by_step.become(texts)
        await step_by_step.become(history[-1])
        at_once = await a_world(storage)
        await at_once.become(history[-1])
        return await step_by_step.links(), await at_once.links()
    finally:
        if database is not None:
            await database.close()


CUTS = st.lists(st.tuples(st.none() | st.integers(0, 2), st.booleans()), min_size=5, max_size=5)
LANGUAGES = {"python": PYTHON, "typescript": TYPESCRIPT, "go": GO, "php": PHP}


def a_storage_in_memory():
    return MemoryStorage(), None


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES.keys())
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_links_after_any_changes_are_those_of_a_fresh_index(language, data):
    history, cuts = data.draw(histories(language)), data.draw(CUTS)

    step_by_step, at_once = asyncio.run(compared(a_storage_in_memory, history, cuts))

    assert step_by_step == at_once


USER = "import pkg.sub.c\npkg.C.m()\n"
TYPE = "class C:\n    def m(self): return 1\n"
PASSED_ON = {"pkg/a.py": USER, "a.py": TYPE, "pkg/__init__.py": "x = 1\n"}
HEIR = {"pkg/a.py": "import pkg.sub.c\nclass D(pkg.C): pass\n", "main.py": "from pkg.a import D\nD().m()\n"}


@pytest.mark.parametrize(
    "history",
    [
        [PASSED_ON, PASSED_ON | {"pkg/__init__.py": "from a import *\n"}],
        [PASSED_ON | {"pkg/sub/c.py": ""}, PASSED_ON | {"pkg/sub/c.py": "", "pkg/__init__.py": "from a import *\n"}],
        [{"main.py": USER, "pkg.py": "x = 1\n"}, {"main.py": USER, "pkg.py": TYPE}],
        [{"main.py": USER, "pkg.py": "", "pkg/sub/c.py": ""}, {"main.py": USER, "pkg.py": TYPE, "pkg/sub/c.py": ""}],
        [{"pkg/a.py": USER}, {"pkg/a.py": USER, "pkg/__init__.py": TYPE}],
        [HEIR, HEIR | {"pkg/__init__.py": TYPE}],
        [HEIR | {"pkg/sub/c.py": ""}, HEIR | {"pkg/sub/c.py": "", "pkg/__init__.py": TYPE}],
        [HEIR | {"pkg/__init__.py": TYPE}, HEIR | {"pkg/__init__.py": TYPE, "pkg/sub/c.py": ""}],
        [
            HEIR | {"pkg/a.py": "class D(pkg.C): pass\n", "pkg/sub/c.py": "", "pkg/__init__.py": TYPE},
            HEIR | {"pkg/sub/c.py": "", "pkg/__init__.py": TYPE},
        ],
        [
            {"main.py": USER, "pkg/__init__.py": "", "src/pkg/sub/c.py": ""},
            {"main.py": USER, "pkg/__init__.py": TYPE, "src/pkg/sub/c.py": ""},
        ],
    ],
)
def test_a_package_that_the_import_of_its_module_makes_known_is_followed(history):
    step_by_step, at_once = asyncio.run(compared(a_storage_in_memory, history, [(None, False)] * len(history)))

    assert step_by_step == at_once


HEADER = {"a.h": "int n = SIZE;\n"}
SIZE = "#define SIZE 1\n"


@pytest.mark.parametrize("later", [{"b.h": SIZE}, {"a.c": "#define OTHER 1\n"}, {"a.cpp": SIZE}, {}])
def test_a_header_follows_the_sources_beside_it(later):
    history = [HEADER | {"a.c": SIZE}, HEADER | later]

    step_by_step, at_once = asyncio.run(compared(a_storage_in_memory, history, [(None, False)] * len(history)))

    assert step_by_step == at_once


@pytest.mark.parametrize("language", [PYTHON, TYPESCRIPT, GO], ids=["python", "typescript", "go"])
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_so_they_are_in_a_database(database_url, language, data):
    history, cuts = data.draw(histories(language)), data.draw(CUTS)

    def a_storage():
        database = Database(database_url)
        return SqlStorage(database), database

    step_by_step, at_once = asyncio.run(compared(a_storage, history, cuts))

    assert step_by_step == at_once
