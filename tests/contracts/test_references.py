"""What a file uses and imports, in each language.

Each sample is a text in which below a line of code, after a tilde, stands what extraction finds on it: imports with
what they bind, and references with their column, kind, name, qualifier and the symbol around them.
"""

from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodit.domain.code.extracted import FileContent
from kodit.domain.code.reference import UNNAMED, ReferenceKind
from kodit.infrastructure.treesitter.file_extraction import extract_file
from kodit.infrastructure.treesitter.grammars import tree_of
from kodit.infrastructure.treesitter.references import LINKED_LANGUAGES, used

USES = Path(__file__).parent / "uses"
MARK = "~"
"""Begins a line that says what is found on the line of code above it."""

PATHS = {
    "c": "sample.c",
    "cpp": "sample.cpp",
    "csharp": "sample.cs",
    "go": "sample.go",
    "java": "Sample.java",
    "javascript": "sample.js",
    "php": "sample.php",
    "python": "sample.py",
    "ruby": "sample.rb",
    "rust": "sample.rs",
    "tsx": "sample.tsx",
    "typescript": "sample.ts",
}


def extracted(language, text):
    result = extract_file(FileContent(path=PATHS[language], content=text.encode()))
    assert result.language == language
    return result


def code_of(sample):
    return "\n".join(line for line in sample.split("\n") if not line.startswith(MARK))


def annotated(language, text):
    found = extracted(language, text)
    said = {}
    for it in found.imports:
        bindings = ", ".join(f"{binding.local} = {binding.imported or 'itself'}" for binding in it.bindings)
        marks = " exported" * it.exported + " system" * it.system
        said.setdefault(it.line, []).append(f"import {'.' * it.level}{it.module}: {bindings or 'nothing'}{marks}")
    for it in found.references:
        of = f" of {it.qualifier}" if it.qualifier else ""
        within = f" in {found.symbols[it.scope].qualified_name}" if it.scope is not None else ""
        said.setdefault(it.line, []).append(f"{it.column} {it.kind} {it.name}{of}{within}")
    lines = []
    for number, line in enumerate(text.split("\n"), 1):
        lines += [line, *(f"{MARK} {one}" for one in said.get(number, []))]
    return "\n".join(lines)


@pytest.mark.parametrize("language", sorted(LINKED_LANGUAGES))
def test_the_uses_of_a_sample_are_those_noted_in_it(language):
    sample = (USES / f"{language}.txt").read_text("utf-8")
    assert annotated(language, code_of(sample)) == sample


LINES = {
    language: sorted(set(code_of((USES / f"{language}.txt").read_text("utf-8")).split("\n")))
    for language in sorted(LINKED_LANGUAGES)
}


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(sorted(LINKED_LANGUAGES)))
def test_whatever_a_file_says_a_reference_stands_where_its_name_does_and_in_a_symbol_around_it(data, language):
    ends = st.sampled_from(["", "", "# é", "/* ö */ "])
    drawn = data.draw(st.lists(st.tuples(ends, st.sampled_from(LINES[language])), min_size=1, max_size=40))
    lines = ["x", *(end + line for end, line in drawn)]
    found = extracted(language, "\n".join(lines))
    places = [(it.line, it.column) for it in found.references]
    assert places == sorted(set(places))
    for it in found.references:
        assert it.name
        # What a module exports without a name is imported by any: `import React from "react"`.
        without_name = it.kind is ReferenceKind.IMPORT and it.name == "default"
        assert without_name or lines[it.line - 1].startswith(it.name, it.column)
        if it.scope is not None:
            assert found.symbols[it.scope].start_line <= it.line <= found.symbols[it.scope].end_line
    assert all(1 <= it.line <= len(lines) for it in found.imports)


def found_in(language, text):
    return [(it.kind, it.name, it.qualifier, it.line, it.column) for it in extracted(language, text).references]


def test_columns_count_characters():
    text = "import os\nprint('é', os.name, 'ö', os.name)\nprint(os.name)\n"
    names = [(line, column) for _, name, _, line, column in found_in("python", text) if name == "name"]
    assert names == [(2, 14), (2, 28), (3, 9)]


def test_a_full_stop_at_the_end_of_a_comment_continues_no_chain():
    text = "package a\nfunc f() {\n\tgo1(1) // done.\n\tgo2(2)\n\tgo3().\n\t\tgo4()\n}\n"
    assert [(name, of) for _, name, of, *_ in found_in("go", text)] == [
        ("go1", ""),
        ("go2", ""),
        ("go3", ""),
        ("go4", UNNAMED),
    ]


def test_a_local_that_gets_another_value_has_no_certain_type():
    text = "class A:\n    def go(self): ...\ndef f(a: A, b: A):\n    b = b.twin()\n    a.go(), b.go()\n"
    calls = [(name, of) for kind, name, of, *_ in found_in("python", text) if kind is ReferenceKind.CALL]
    assert calls == [("twin", UNNAMED), ("go", "A()"), ("go", UNNAMED)]


def test_a_type_bears_the_name_of_a_local_without_being_one():
    text = "struct node *next(struct node *node) { return node->step(node); }"
    assert [(kind, name, of) for kind, name, of, *_ in found_in("c", text)] == [
        (ReferenceKind.USE, "node", ""),
        (ReferenceKind.USE, "node", ""),
        (ReferenceKind.CALL, "step", "node()"),
    ]


HOSTILE = {
    "a long chain": "x" + ".y" * 50_000 + "()",
    "calls within calls": "f(" * 20_000 + ")" * 20_000,
    "calls of calls": "f" + ".g()" * 20_000,
    "functions within functions": "function f(a) { " * 3_000 + "a" + "}" * 3_000 + " done()",
    "a long line": "fé(a); function g(b) { return b.c }; class A extends B {};" * 4_000,
    "many names in one pattern": "const {" + ", ".join(f"a{n}" for n in range(20_000)) + "} = require('x');",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_file_takes_more_time_than_its_size_deserves(text):
    root, source = tree_of("javascript", text)
    began = process_time()
    references, imports = used("javascript", root, source, ())
    assert process_time() - began < 10
    assert references or imports


def test_a_name_that_the_parser_misses_is_no_reference():
    text = "struct A { void open(Session session = {}); };"
    assert [name for _, name, *_ in found_in("cpp", text)] == ["Session"]
