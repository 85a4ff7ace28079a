"""What references mean in real files of each language."""

# ruff: noqa: E501 - whole files in one line are easier to compare

import asyncio
from datetime import UTC, datetime

import pytest
from linked_world import MemoryStorage, World

from kodit.application.indexing.ripple import Thrift
from kodit.domain.sources.source import Source, SourceKind

PYTHON = {
    "app/__init__.py": "from .base import Base as Root\n",
    "app/base.py": "class Base:\n    def close(self): ...\n\ndef close(): ...\n",
    "app/main.py": """import os
from app import Root
from . import base

class Child(Root):
    def run(self):
        self.close()
        base.close()
        os.getcwd()
        unknown().close()

def use(child: Child):
    child.close()
    Child().run()
    super_child = 1
""",
}
TYPESCRIPT = {
    "a.ts": "export default class Parser { parse() {} }\nexport function make() {}\n",
    "index.ts": "export { make as build } from './a';\nexport * from './b';\n",
    "b.ts": "export const LIMIT = 1;\nexport function help() {}\n",
    "main.ts": """import Parser from './a';
import { build, help } from '.';
import * as b from './b';
import { get } from 'lodash';
class Own extends Parser { run() { this.parse(); } }
build();
help();
b.help();
get();
""",
}
WHOLE = {
    "e.js": "class Base { static make() {} run() {} }\nfunction make() {}\nmodule.exports = Base;\n",
    "d.js": "class Widget {}\nexport default Widget;\n",
    "c.js": "export default class Panel {}\n",
    "g.js": "function grow() {}\nmodule.exports = { grow };\n",
    "h.js": "module.exports = class Hidden {};\n",
    "f.js": """const Parent = require('./e.js');
class Kid extends Parent { go() { this.run(); } }
const one = new Parent();
Parent.make();
import W from './d.js';
import P from './c.js';
import Q from './e.js';
new W(); new P(); new Q();
const { grow } = require('./g.js');
const g = require('./g.js');
grow();
g.grow();
g();
""",
}
GO = {
    "go.mod": "module example.org/m\n",
    "tree/node.go": "package tree\n\ntype Node struct{ Base }\n\nfunc New() *Node { return grow() }\n",
    "tree/base.go": "package tree\n\ntype Base struct{}\n\nfunc (b Base) Size() int { return 1 }\n\nfunc grow() *Node { return nil }\n",
    "main.go": """package main

import (
	"fmt"
	"example.org/m/tree"
)

func use(n tree.Node) {
	tree.New()
	n.Size()
	fmt.Println()
}
""",
}
JAVA = {
    "src/main/java/org/acme/Tool.java": """package org.acme;
public class Tool extends Base {
    void run() { help(); close(); Util.trim(); }
    void help() {}
}
""",
    "src/main/java/org/acme/Base.java": "package org.acme;\nclass Base {\n    void close() {}\n}\n",
    "src/main/java/org/acme/Util.java": "package org.acme;\nclass Util {\n    static void trim() {}\n}\n",
}
RUST = {
    "src/lib.rs": "pub mod net;\nuse crate::net::Peer;\n\nfn go(p: Peer) {\n    net::dial();\n    p.send();\n    Peer::new();\n}\n",
    "src/net.rs": "pub struct Peer;\nimpl Peer {\n    pub fn new() -> Self { Peer }\n    pub fn send(&self) { self.flush() }\n"
    "    fn flush(&self) {}\n}\npub fn dial() {}\n",
}
C = {
    "list.h": "struct list { int n; };\nint list_size(struct list *l);\n#define LIST_MAX 9\n",
    "list.c": '#include "list.h"\nint list_size(struct list *l) { return l->n; }\n',
    "main.c": '#include "list.h"\n#include <stdio.h>\nstatic int twice(int n) { return 2 * n; }\n'
    "int main(void) { return twice(list_size(0)) + LIST_MAX; }\n",
}
RUBY = {
    "lib/app/base.rb": "module App\n  class Base\n    def close\n    end\n  end\nend\n",
    "lib/app.rb": "require_relative 'app/base'\nmodule App\n  class Main < Base\n    def run\n      close\n    end\n  end\nend\n",
}

PHP = {
    "app/Models/Post.php": "<?php\nnamespace App\\Models;\nclass Post { static function make() {} }\n",
    "app/Models/Post/Comment.php": "<?php\nnamespace App\\Models\\Post;\nclass Comment { static function make() {} }\n",
    "app/Models/Comment.php": "<?php\nnamespace App\\Models;\nclass Comment { static function make() {} }\nclass Draft {}\n",
    "app/main.php": """<?php
use App\\Models\\Post;
use App\\Models\\Post\\Comment;
use App\\Models\\Comment as Other;
use Monolog\\Logger;
Post::make();
Comment::make();
Other::make();
Logger::make();
new Draft();
""",
}

FIELDS = {
    "shop/__init__.py": "",
    "shop/stock.py": "class Stock:\n    def take(self): ...\n\nclass Shelf:\n    def __init__(self, stock: Stock | None = None) -> None:\n        self.stock = stock\n        self.own = Stock()\n        self.far = Stock().other\n",
    "shop/use.py": """from .stock import Shelf

class Wide(Shelf):
    def go(self):
        self.stock.take()
        self.own.take()
        self.far.take()

def look(shelf: Shelf):
    shelf.own.take()
    Shelf().stock.take()
""",
    "A.java": "class Stock { void take() {} }\nclass Shelf { private final Stock stock = null; java.util.List<Stock> all; void go() {\nstock.take();\nthis.stock.take();\nall.take();\nnew Stock().take();\n} }\n",
    "a.ts": "class Stock { take() {} }\nclass Shelf { stock: Stock; own = new Stock(); many: Stock[]; go() {\nthis.stock.take();\nthis.own.take();\nthis.many.take();\n} }\n",
    "go/a.go": "package a\n\ntype Stock struct{}\nfunc (s *Stock) Take() {}\ntype Shelf struct { stock *Stock }\nfunc (s *Shelf) Go() {\ns.stock.Take()\n}\n",
    "src/lib.rs": "pub struct Stock;\nimpl Stock { pub fn take(&self) {} }\npub struct Shelf { stock: Box<Stock> }\nimpl Shelf { pub fn go(&self) {\nself.stock.take();\n} }\n",
    "A.cs": "class Stock { public void Take() {} }\nclass Shelf { Stock stock; public Stock Own { get; set; } void Go() {\nstock.Take();\nthis.Own.Take();\n} }\n",
    "a.php": "<?php\nclass Stock { function take() {} }\nclass Shelf { private Stock $stock; function go() {\n$this->stock->take();\n} }\n",
    "a.cpp": "struct Stock { void take() {} };\nclass Shelf { Stock *stock; void go() {\nstock->take();\nthis->stock->take();\n} };\n",
}
CIRCLES = {
    "a.py": "import b\nparser = parser.Parser()\nfirst: second.T\nsecond: first.T\nparser.parse()\nfirst.go()\nb.x.go()\n",
    "b.py": "import a\nx: a.y.T\n",
    "c.ts": "class A { a: A; go() {\nthis.a.a.go();\n} }\nconst A2: A2 = null;\nA2.go();\n",
}
DEEP = {"a.py": "".join(f"v{number}: v{number + 1}.T\n" for number in range(900)) + "v0.go()\n"}
CASES = [
    ("deep", DEEP, "a.py", [(901, "go", None)]),
    ("circles", CIRCLES, "a.py", [(5, "parse", None), (6, "go", None), (7, "go", None)]),
    ("circles of classes", CIRCLES, "c.ts", [(2, "go", "c.ts A.go"), (5, "go", None)]),
    ("fields of python", FIELDS, "shop/use.py", [
        (5, "take", "shop/stock.py Stock.take"), (6, "take", "shop/stock.py Stock.take"), (7, "take", None),
        (10, "take", "shop/stock.py Stock.take"), (11, "take", "shop/stock.py Stock.take"),
    ]),
    ("fields of java", FIELDS, "A.java", [(3, "take", "A.java Stock.take"), (4, "take", "A.java Stock.take"), (5, "take", None), (6, "take", "A.java Stock.take")]),
    ("fields of typescript", FIELDS, "a.ts", [(3, "take", "a.ts Stock.take"), (4, "take", "a.ts Stock.take"), (5, "take", None)]),
    ("fields of go", FIELDS, "go/a.go", [(7, "Take", "go/a.go Stock.Take")]),
    ("fields of rust", FIELDS, "src/lib.rs", [(5, "take", "src/lib.rs Stock.take")]),
    ("fields of c#", FIELDS, "A.cs", [(3, "Take", "A.cs Stock.Take"), (4, "Take", "A.cs Stock.Take")]),
    ("fields of php", FIELDS, "a.php", [(4, "take", "a.php Stock.take")]),
    ("fields of c++", FIELDS, "a.cpp", [(3, "take", "a.cpp Stock.take"), (4, "take", "a.cpp Stock.take")]),
    ("python", PYTHON, "app/main.py", [
        (7, "close", "app/base.py Base.close"), (8, "close", "app/base.py close"), (9, "getcwd", "os.getcwd"),
        (10, "close", None), (13, "close", "app/base.py Base.close"), (14, "run", "app/main.py Child.run"),
        (2, "Root", "app/base.py Base"),
    ]),
    ("typescript", TYPESCRIPT, "main.ts", [
        (5, "Parser", "a.ts Parser"), (5, "parse", "a.ts Parser.parse"), (6, "build", "a.ts make"),
        (7, "help", "b.ts help"), (8, "help", "b.ts help"), (9, "get", "lodash.get"),
    ]),
    ("whole modules", WHOLE, "f.js", [
        (2, "Parent", "e.js Base"), (2, "run", "e.js Base.run"), (3, "Parent", "e.js Base"),
        (4, "make", "e.js Base.make"), (5, "default", "d.js Widget"), (6, "default", "c.js Panel"),
        (7, "default", "e.js Base"), (8, "W", "d.js Widget"), (8, "P", "c.js Panel"), (8, "Q", "e.js Base"),
        (11, "grow", "g.js grow"), (12, "grow", "g.js grow"), (13, "g", None),
    ]),
    ("go", GO, "main.go", [
        (9, "New", "tree/node.go New"), (10, "Size", "tree/base.go Base.Size"), (11, "Println", "fmt.Println"),
    ]),
    ("go beside", GO, "tree/node.go", [(5, "grow", "tree/base.go grow")]),
    ("java", JAVA, "src/main/java/org/acme/Tool.java", [
        (3, "help", "src/main/java/org/acme/Tool.java Tool.help"),
        (3, "close", "src/main/java/org/acme/Base.java Base.close"),
        (3, "trim", "src/main/java/org/acme/Util.java Util.trim"),
    ]),
    ("rust", RUST, "src/lib.rs", [
        (5, "dial", "src/net.rs dial"), (6, "send", "src/net.rs Peer.send"), (7, "new", "src/net.rs Peer.new"),
        (2, "Peer", "src/net.rs Peer"),
    ]),
    ("rust within", RUST, "src/net.rs", [(4, "flush", "src/net.rs Peer.flush")]),
    ("c", C, "main.c", [
        (4, "twice", "main.c twice"), (4, "LIST_MAX", "list.h LIST_MAX"),
    ]),
    ("php", PHP, "app/main.php", [
        (2, "Post", "app/Models/Post.php App.Models.Post"),
        (6, "make", "app/Models/Post.php App.Models.Post.make"),
        (7, "make", "app/Models/Post/Comment.php App.Models.Post.Comment.make"),
        (8, "make", "app/Models/Comment.php App.Models.Comment.make"), (9, "make", "Monolog.Logger.make"),
        (10, "Draft", None),
    ]),
    ("ruby", RUBY, "lib/app.rb", [(3, "Base", "lib/app/base.rb App.Base"), (5, "close", "lib/app/base.rb App.Base.close")]),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "path", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_references_mean_what_the_language_says(texts, path, expected):
    found = asyncio.run(meanings(texts, path))

    assert [(line, name, found.get((line, name))) for line, name, _ in expected] == expected


def test_whoever_includes_a_header_follows_what_that_includes():
    before = {"a.h": '#include "b.h"\n', "sub/b.h": "#define SIZE 9\n", "main.c": '#include "a.h"\nint n = SIZE;\n'}
    after = {**before, "b.h": "#define SIZE 1\n"}

    assert asyncio.run(meanings(before, "main.c"))[2, "SIZE"] == "sub/b.h SIZE"
    assert asyncio.run(meanings(before, "main.c", after))[2, "SIZE"] == "b.h SIZE"


async def meanings(texts, path, *later):
    """What the references of a file mean in the last of these states, by line and name."""
    storage = MemoryStorage()
    source = Source(name="s", kind=SourceKind.DIRECTORY, location="/s", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    world = World(storage, await storage.sources.add(source), thrift=Thrift(many=0, few=0))
    for state in (texts, *later):
        await world.become(state)
    return {
        (used.line, used.name): f"{place[0]} {place[1]}" if place else external
        for (file, used), (place, external) in (await world.links()).items()
        if file == path and hasattr(used, "qualifier")
    }
