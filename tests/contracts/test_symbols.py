"""What makes a symbol, in each language.

Each sample has a list of the symbols in it, one a line: kind, visibility, qualified name, lines, line of the name,
signature, documentation. A line is indented as deep as its symbol is enclosed.
"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodit.domain.code.definition import SEPARATOR
from kodit.domain.code.extracted import FileContent
from kodit.domain.code.symbol import SymbolKind, Visibility
from kodit.infrastructure.treesitter.file_extraction import extract_file
from kodit.infrastructure.treesitter.heads import DOC_LENGTH, SIGNATURE_LENGTH

HERE = Path(__file__).parent
SAMPLES = sorted(path.name for path in (HERE / "samples").iterdir())


def symbols_of(path, text):
    return extract_file(FileContent(path=path, content=text.encode())).symbols


def listed(symbols):
    depths = []
    for symbol in symbols:
        depths.append(0 if symbol.parent is None else depths[symbol.parent] + 1)
    return [
        f"{'  ' * depth}{it.kind} {it.visibility} {it.qualified_name} {it.start_line}-{it.end_line}@{it.head_line}"
        f" | {it.signature} | {it.doc}".rstrip()
        for depth, it in zip(depths, symbols, strict=True)
    ]


def named(symbols):
    return {symbol.qualified_name: symbol for symbol in symbols}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_symbols_of_a_sample_are_those_listed_for_it(name):
    text = (HERE / "samples" / name).read_text("utf-8")
    expected = (HERE / "symbols" / f"{name}.txt").read_text("utf-8").splitlines()
    assert listed(symbols_of(name, text)) == expected


@pytest.mark.parametrize("name", SAMPLES)
def test_a_symbol_lies_within_its_parent_which_comes_first(name):
    text = (HERE / "samples" / name).read_text("utf-8")
    symbols = symbols_of(name, text)
    for place, symbol in enumerate(symbols):
        assert 1 <= symbol.start_line <= symbol.head_line <= symbol.end_line <= len(text.splitlines())
        if symbol.parent is not None:
            parent = symbols[symbol.parent]
            assert symbol.parent < place
            assert parent.start_line <= symbol.start_line <= symbol.end_line <= parent.end_line
            assert symbol.qualified_name.startswith(parent.qualified_name + SEPARATOR)


LINES = sorted({line for name in SAMPLES for line in (HERE / "samples" / name).read_text("utf-8").splitlines()})


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=60), st.sampled_from(SAMPLES))
def test_whatever_a_file_says_its_symbols_nest_and_are_bounded(lines, name):
    symbols = symbols_of(name, "\n".join(lines))
    for place, symbol in enumerate(symbols):
        assert symbol.parent is None or symbol.parent < place
        assert symbol.name
        assert symbol.start_line <= symbol.end_line
        assert len(symbol.signature) <= SIGNATURE_LENGTH
        assert len(symbol.doc) <= DOC_LENGTH


def test_what_is_local_to_a_function_is_no_symbol_but_for_what_it_defines():
    text = "def f():\n    x = 1\n    LIMIT = 2\n    class A:\n        y = 3\n    def g():\n        pass\n"
    assert [it.qualified_name for it in symbols_of("a.py", text)] == ["f", "f.A", "f.A.y", "f.g"]
    assert symbols_of("a.c", "int f(void) { int x = 1; int g(void); return x; }")[1:] == ()


def test_a_name_assigned_again_is_the_same_symbol():
    text = "x = 1\nx = 2\nclass A:\n    def __init__(self):\n        self.x = 1\n    def f(self):\n        self.x = 2\n"
    symbols = symbols_of("a.py", text)
    assert [(it.qualified_name, it.start_line) for it in symbols if it.name == "x"] == [("x", 1), ("A.x", 5)]


def test_names_of_one_declaration_are_symbols_side_by_side():
    assert [it.qualified_name for it in symbols_of("a.c", "struct p { int x, *y; };\n")] == ["p", "p.x", "p.y"]
    assert [it.qualified_name for it in symbols_of("A.java", "class A { int x, y; }")] == ["A", "A.x", "A.y"]


def test_a_namespace_without_braces_lasts_until_the_next():
    symbols = symbols_of("a.php", "<?php\nnamespace A\\B;\nfunction f() {}\nnamespace C;\nfunction g() {}\n")
    assert [it.qualified_name for it in symbols] == ["A.B", "A.B.f", "C", "C.g"]
    assert [(it.start_line, it.end_line) for it in symbols if it.kind is SymbolKind.MODULE] == [(2, 3), (4, 5)]


@pytest.mark.parametrize(
    ("path", "text", "hidden"),
    [
        ("a.rb", "class A\n  def f; end\n  private\n  def g; end\n  public\n  def h; end\nend\n", {"A.g"}),
        ("a.rb", "class A\n  private def f = 1\n  def g = 2\n  def h = 3\n  private :h\nend\n", {"A.f", "A.h"}),
        ("a.cpp", "class A { void f() {} public: void g() {} private: int x; };\n", {"A.f", "A.x"}),
        ("a.cpp", "struct A { void f() {} private: void g() {} };\n", {"A.g"}),
        ("a.ts", "export { a };\nfunction a() {}\nfunction b() {}\n", {"b"}),
        ("a.js", "function a() {}\nmodule.exports = { a };\n", set()),
        ("a.js", "export class A { #x = 1; y = 2 }\n", {"A.#x"}),
        ("a.rs", "mod m { pub fn f() {} fn g() {} }\nimpl T for X { fn h() {} }\n", {"m", "m.g"}),
        ("a.py", "def _f(): ...\ndef f(): ...\nclass A:\n    def __init__(self): ...\n", {"_f"}),
        ("a.ex", "defmodule A do\n  def f, do: 1\n  defp g, do: 2\nend\n", {"A.g"}),
        ("a.c", "static int f(void) { return 1; }\nint g(void) { return 2; }\n", {"f"}),
    ],
)
def test_the_private_symbols_are_those_that_the_language_calls_so(path, text, hidden):
    symbols = symbols_of(path, text)
    assert {it.qualified_name for it in symbols if it.visibility is Visibility.PRIVATE} == hidden


@pytest.mark.parametrize(
    ("path", "text", "doc"),
    [
        ("a.py", 'def f():\n    """One.\n\n    Two.\n    """\n', "One.\n\nTwo."),
        ("a.py", 'f = 1\n"""One."""\ng = 2\n', "One."),
        ("a.py", 'f = lambda x: "no" + x\n', ""),
        ("a.py", "# One.\nf = 1\ng = 2\n", "One."),
        ("a.py", "# Above.\n@decorated\ndef f(): ...\n", "Above."),
        ("A.java", "/**\n * One.\n * @return it\n */\nclass f {}\n", "One.\n@return it"),
        ("a.rs", "/// One.\n/// Two.\n#[inline]\nfn f() {}\n", "One.\nTwo."),
        ("a.go", "package a\n\n// f is one.\nfunc f() {}\n", "f is one."),
        ("a.c", "/* License. */\n\n/* One. */\nint f(void) { return 1; }\n", "One."),
        ("a.c", "/* Not of f. */\n\nint f(void) { return 1; }\n", ""),
        ("a.rb", "#!/usr/bin/ruby\n# One.\ndef f = 1\n", "One."),
        ("a.hs", "-- | One.\nf :: Int\nf = 1\n", "One."),
        ("a.lua", "--- One.\nfunction f() end\n", "One."),
        ("a.nix", "{\n  /* One. */\n  f = x: x;\n}\n", "One."),
        ("a.ex", 'defmodule A do\n  @doc """\n  One.\n  """\n  @spec f :: 1\n  def f, do: 1\nend\n', "One."),
    ],
)
def test_documentation_comes_without_its_marks(path, text, doc):
    assert next(it.doc for it in symbols_of(path, text) if it.name == "f") == doc


@pytest.mark.parametrize(
    ("path", "text", "signature"),
    [
        ("a.py", "def f(\n    a: int,  # first\n    b=2,\n) -> str:\n    pass\n", "def f(a: int, b=2) -> str"),
        ("a.py", "class C:\n    def __init__(self):\n        self.f = self.g,\n", "self.f = self.g,"),
        ("a.ex", "defmodule A do\n  def f(a),\n    do: a\nend\n", "def f(a), do: a"),
        ("a.py", "def f(a):\n    ## two hashes\n    return a\n", "def f(a)"),
        ("a.py", "def f(a):  #! wrong\n    ### three\n    #none\n    return a\n", "def f(a)"),
        ("a.py", "def f(  #\n    a,  ## first\n    b,\n):\n    pass\n", "def f(a, b)"),
        ("a.rb", "def f(a)\n  ## two hashes\n  a\nend\n", "def f(a)"),
        ("a.c", "#define f(a, b) \\\n  a ## b \\\n  c\n", "#define f(a, b) \\ a ## b \\ c"),
        ("A.java", "class A {\n  @Override @Size(max = 3)\n  public int f() { return 1; }\n}\n", "public int f()"),
        ("a.cpp", "template <class T>\nT f(T a) { return a; }\n", "template <class T> T f(T a)"),
        ("a.cpp", "struct f { f(int a) : b(a) {} int b; };\n", "struct f"),
        ("a.hs", "f :: Int -> Int\nf x = x\n", "f :: Int -> Int"),
        ("a.nix", "{ f = a: { b, c }: a; }\n", "f = a: { b, c }:"),
        ("a.go", "package a\n\ntype f struct {\n\tx int\n}\n", "type f struct"),
    ],
)
def test_a_signature_is_the_head_in_one_line(path, text, signature):
    assert next(it.signature for it in symbols_of(path, text) if it.name == "f") == signature


def test_clauses_of_one_function_are_one_symbol():
    text = "f :: Int -> Int\nf 0 = 1\n-- More.\nf n = n\ng = 1\nf 2 = 3\n"
    assert [(it.name, it.start_line, it.end_line) for it in symbols_of("a.hs", text)] == [
        ("f", 2, 4),
        ("g", 5, 5),
        ("f", 6, 6),
    ]
    assert named(symbols_of("a.hs", text))["f"].kind is SymbolKind.FUNCTION


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("class API_EXPORT A : public B { void f() const NOEXCEPT { } };", {"A", "A.f"}),
        ("struct A {\n  DEFINES_MEMBERS(A)\n  FORCE_INLINE explicit A(int x) NOEXCEPT : y(x) {}\n};", {"A", "A.A"}),
        ("#if X\nclass A : B {\n#else\nclass A : C {\n#endif\n  void f() {}\n};\nvoid g() {}\n", {"A", "A.f", "g"}),
        ("LIB_INLINE int f(int a) { return a; }\nLIB_INLINE\nint g(int a) { return a; }\n", {"f", "g"}),
        ("DWORD f(HANDLE h) { if (h) { LOG_ERROR(h) } return x; }\nFILE *file;\n", {"f", "file"}),
    ],
)
def test_macros_and_conditions_hide_nothing_from_the_grammar(text, names):
    assert {it.qualified_name for it in symbols_of("a.cpp", text)} >= names


def test_positions_stay_when_a_file_is_read_again_without_its_macros():
    text = (
        "struct A {\n  LIB_INLINE static A\n  make(int a) NOEXCEPT { return A(a); }\n  LIB_MEMBERS(A)\n  int x;\n};\n"
    )
    found = named(symbols_of("a.cpp", text))
    assert (found["A.make"].start_line, found["A.make"].head_line, found["A.x"].head_line) == (2, 3, 5)


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("a.rb", "class A\n  def <=>(other) = 0\nend\n", "A.<=>"),
        ("a.cpp", "struct A { int* operator->() { return 0; } };\n", "A.operator->"),
        ("a.cpp", "struct A { explicit operator bool() const { return true; } };\n", "A.operator bool"),
        ("a.cs", "class A { public static bool operator ==(A a, A b) { return true; } }", "A.operator =="),
        ("a.cs", "class A { ~A() { } }", "A.~A"),
        ("a.rs", "impl<'a> T for &'a mut [Name] { fn f() {} }", "Name.f"),
        ("a.kt", "class A {\n  companion object {\n    fun f() = 1\n  }\n}\n", "A.Companion.f"),
        ("a.js", "Hash.prototype.clear = hashClear;\n", "Hash.clear"),
    ],
)
def test_names_that_are_no_plain_words(path, text, name):
    assert name in named(symbols_of(path, text))


@pytest.mark.parametrize("path", ["a.js", "a.ts", "a.tsx"])
def test_what_is_required_by_name_is_an_import_and_no_symbol(path):
    text = b"""const fs = require('fs'), limit = 2;
var join = require('path').join;
const log = require('debug')('app');
export const shown = require('./shown');
const { a } = require('./a');
"""
    found = extract_file(FileContent(path=path, content=text))
    assert [symbol.name for symbol in found.symbols] == ["limit", "log", "shown"]
    assert [one.module for one in found.imports] == ["fs", "path", "debug", "./shown", "./a"]
