"""Questions by names that are defined elsewhere, only imported, mistyped, or begin with the source's own."""

import asyncio

import pytest

import kodit
from kodit.application.asking.where import Where
from kodit.domain.code.reference import ReferenceKind
from kodit.domain.errors import NotFound

LETTERS = {
    "__init__.py": "from .deep.core import render as draw, Writer\n",
    "message.py": "import os\n\n\nclass Message:\n    def send(self) -> None: ...\n\n\ndef get(): ...\n",
    "parser.py": """import os.path
from letters import message
from letters.message import Message
import numpy as np


def parse(text: str) -> Message:
    os.path.join(text, str(np.zeros(3)))

    def inner():
        return Message()

    inner().send()
    return message.Message()
""",
    "deep/__init__.py": "",
    "deep/core.py": "def render(): ...\n\n\nclass Writer:\n    def write_all(self): ...\n",
    "use.py": "import requests\nfrom .deep import core as c\n\nrequests.get('x')\nc.render()\n",
}
WEB = {
    "src/lib.rs": "pub struct Gauge;\nimpl Gauge { pub fn read(&self) {} }\nimpl Clone for Gauge {}\n",
    "src/a.ts": "export function grow() {}\nexport default class Panel {}\n",
    "src/index.ts": "export { grow as increase } from './a';\nexport * as parts from './a';\n",
    "src/app.ts": "import fs from 'node:fs';\nimport * as React from 'react';\nimport Box from './a';\n"
    "fs.readFile('x');\nnew React.Component();\n",
    "main.go": 'package main\n\nimport "github.com/spf13/cobra"\n\nfunc main() { cobra.Execute() }\n',
    "main.c": "#include <stdio.h>\n",
}


def write(root, files):
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return str(root)


@pytest.fixture(scope="module")
def indexed(tmp_path_factory):
    root = tmp_path_factory.mktemp("names")

    async def index():
        async with kodit.open(root / "data", workers=1) as k:
            await k.index(write(root / "letters", LETTERS))
            await k.index(write(root / "web", WEB))

    asyncio.run(index())
    return root


@pytest.fixture
async def code(indexed):
    async with kodit.open(indexed / "data") as k:
        yield k.code


def names(symbols):
    return [symbol.qualified_name for symbol in symbols]


def told(references):
    return [(one.path, one.line, one.column, one.kind.value, one.external) for one in references]


class TestOutside:
    async def test_who_imports_a_module_from_outside_is_found_by_its_name(self, code):
        found = await code.references("os", kinds=[ReferenceKind.IMPORT])
        assert told(found.outside) == [
            ("message.py", 1, 8, "import", "os"),
            ("parser.py", 1, 8, "import", "os.path"),
        ]
        assert [one.text for one in found.outside] == ["import os", "import os.path"]

    async def test_what_a_module_from_outside_has_is_used_too(self, code):
        found = await code.references("os.path")
        assert told(found.outside) == [
            ("parser.py", 1, 8, "import", "os.path"),
            ("parser.py", 8, 13, "call", "os.path.join"),
        ]
        assert told((await code.references("os.path", kinds=[ReferenceKind.CALL])).outside) == told(found.outside)[1:]

    @pytest.mark.parametrize(
        ("asked", "places"),
        [
            ("react", [("src/app.ts", 2), ("src/app.ts", 5)]),
            ("fs", [("src/app.ts", 1), ("src/app.ts", 4)]),
            ("node:fs", [("src/app.ts", 1), ("src/app.ts", 4)]),
            ("github.com/spf13/cobra", [("main.go", 3), ("main.go", 5)]),
            ("cobra", [("main.go", 3), ("main.go", 5)]),
            ("cobra.Execute", [("main.go", 5)]),
            ("stdio.h", [("main.c", 1)]),
        ],
    )
    async def test_in_every_language(self, code, asked, places):
        found = await code.references(asked, where=Where(sources=("web",)))
        assert sorted({(one.path, one.line) for one in found.outside}) == places

    async def test_a_symbol_of_the_same_name_is_told_beside_it(self, code):
        found = await code.references("requests.get")
        assert (names(found.symbols), [one.path for one in found.outside]) == ([], ["use.py"])
        both = await code.references("get")
        assert names(both.symbols) == ["get"]
        assert list(both.outside) == []

    async def test_the_beginning_of_a_name_is_not_the_name(self, code):
        with pytest.raises(NotFound):
            await code.references("nump")

    async def test_who_needs_what_is_outside_is_no_question_about_files(self, code):
        with pytest.raises(NotFound, match="outside of the sources") as caught:
            await code.dependents("requests")
        assert caught.value.remedy == "see who imports it: kodit references requests --kind import"


class TestAliases:
    @pytest.mark.parametrize("asked", ["draw", "letters.draw"])
    async def test_a_name_that_only_an_import_makes_known_is_what_stands_behind_it(self, code, asked):
        found = await code.definition(asked)
        assert [(one.path, one.qualified_name) for one in found.symbols] == [("deep/core.py", "render")]
        assert [(alias.path, alias.line, alias.local) for alias in found.aliases] == [("__init__.py", 1, "draw")]

    async def test_what_a_package_exports_again_is_found_by_the_package(self, code):
        assert names((await code.definition("letters.Writer")).symbols) == ["Writer"]
        assert names((await code.definition("letters.Writer.write_all")).symbols) == ["Writer.write_all"]
        assert names((await code.definition("c.render")).symbols) == ["render"]

    async def test_in_javascript_too(self, code):
        assert names((await code.definition("increase")).symbols) == ["grow"]
        assert names((await code.definition("parts.grow")).symbols) == ["grow"]
        assert names((await code.definition("Box")).symbols) == ["Panel"]

    async def test_what_an_alias_means_is_what_is_used(self, code):
        found = await code.references("draw")
        assert [(one.path, one.line) for one in found.references] == [("__init__.py", 1), ("use.py", 5)]

    async def test_an_alias_of_something_outside_says_so(self, code):
        found = await code.definition("np")
        assert ([alias.external for alias in found.aliases], list(found.symbols)) == (["numpy"], [])
        assert [one.external for one in (await code.references("np")).outside] == ["numpy", "numpy.zeros"]

    async def test_an_alias_of_a_file_says_which(self, code):
        assert [alias.leads_to for alias in (await code.definition("c")).aliases] == ["deep/core.py"]

    async def test_an_alias_is_known_where_it_is_imported(self, code):
        with pytest.raises(NotFound):
            await code.definition("nowhere.draw")


class TestTheSourcesOwnName:
    @pytest.mark.parametrize("asked", ["letters.message.Message", "letters.message.Message.send"])
    async def test_a_qualified_name_may_begin_with_it(self, code, asked):
        [found] = (await code.definition(asked)).symbols
        assert (found.path, found.source) == ("message.py", "letters")

    async def test_a_path_may_begin_with_it(self, code):
        assert (await code.outline("letters/deep/core.py")).file.path == "deep/core.py"
        with pytest.raises(NotFound):
            await code.outline("web/deep/core.py")

    async def test_a_module_stands_for_its_file(self, code):
        assert (await code.outline("letters.deep.core")).file.path == "deep/core.py"
        assert (await code.outline("letters.deep")).file.path == "deep/__init__.py"
        with pytest.raises(NotFound, match=r"but the file message\.py") as caught:
            await code.definition("letters.message")
        assert "kodit dependents message.py" in caught.value.remedy

    async def test_a_submodule_that_is_imported_by_name_is_its_file(self, code):
        needs = (await code.dependencies("parser.py")).needs
        assert [need.file.path for need in needs] == ["message.py"]
        assert needs[0].edge.imports == 2

    async def test_what_names_a_module_is_not_called_unresolved(self, code):
        with pytest.raises(NotFound, match=r"but the file message\.py") as caught:
            await code.references("message")
        assert "kodit dependents message.py" in caught.value.remedy
        found = await code.references("letters.message")
        assert {one.path for one in found.references} == {"parser.py"}
        assert list(found.unresolved) == []


class TestCalls:
    async def test_what_a_symbol_and_all_within_it_calls_is_told_with_what_it_means(self, code):
        found = await code.calls("parse")
        told = [(one.reference.name, one.target and one.target.qualified_name) for one in found.calls]
        assert told == [
            ("join", None),
            ("str", None),
            ("zeros", None),
            ("Message", "Message"),
            ("send", None),
            ("Message", "Message"),
        ]
        assert [one.reference.external for one in found.calls[:1]] == ["os.path.join"]

    async def test_other_kinds_are_told_when_asked_for(self, code):
        found = await code.calls("parse", kinds=["use"])
        assert ("Message", "Message") in [(one.reference.name, one.target and one.target.name) for one in found.calls]

    async def test_the_limit_is_told(self, code):
        found = await code.calls("parse", limit=2)
        assert (len(found.calls), found.more) == (2, True)

    async def test_what_nothing_is_called_calls_nothing(self, code):
        with pytest.raises(NotFound, match="nothing is called nowhere"):
            await code.calls("nowhere")


class TestListing:
    async def test_files_are_listed_by_source_and_path(self, code):
        found = await code.files(where=Where(paths=("**/*.py",)))
        assert [file.path for file in found.files] == sorted(LETTERS)
        found = await code.files(where=Where(languages=("typescript",)), limit=1)
        assert ([file.path for file in found.files], found.more) == (["src/a.ts"], True)


class TestBlocks:
    async def test_what_is_implemented_for_a_type_defines_it_no_second_time(self, code):
        assert [one.kind.value for one in (await code.definition("Gauge")).symbols] == ["struct"]
        assert [one.kind.value for one in (await code.references("Gauge")).symbols] == ["struct"]
        assert [one.kind.value for one in (await code.symbols("Gauge")).symbols] == ["struct"]


class TestSlips:
    @pytest.mark.parametrize(("asked", "meant"), [("Mesage", "Message"), ("parser.prase", "parse"), ("grwo", "grow")])
    async def test_a_name_that_nothing_has_may_mean_one_that_is_near(self, code, asked, meant):
        with pytest.raises(NotFound, match=f"did you mean {meant}"):
            await code.definition(asked)

    async def test_a_file_too(self, code):
        with pytest.raises(NotFound, match=r"there is message.py \(letters\)"):
            await code.outline("mesage.py")
