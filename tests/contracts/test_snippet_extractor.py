"""What every SnippetExtractor promises, and what the one that parses finds in each language."""

import re
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodit.domain.code.classification import readable
from kodit.domain.code.extracted import FileContent
from kodit.domain.code.language import LANGUAGES
from kodit.domain.sources.file import SkipReason
from kodit.infrastructure.memory.snippet_extractor import MemorySnippetExtractor
from kodit.infrastructure.processes.guarded_pool import GuardedPool
from kodit.infrastructure.treesitter.file_extraction import extract_file
from kodit.infrastructure.treesitter.grammars import PARSED_LANGUAGES
from kodit.infrastructure.treesitter.snippet_extractor import PRELOADED, TreeSitterSnippetExtractor

SAMPLES = Path(__file__).parent / "samples"

EXPECTED = {
    "Sample.java": """
        block - 1-4
        class Order 5-32
        method Order.Order 14-16
        method Order.size 18-22
        enum Order.State 24-30
        method Order.State.isFinal 27-29
        interface Shipping 33-40
        method Shipping.free 36-38
        class Point 41-45
        method Point.Point 42-44
    """,
    "sample.c": """
        block - 1-3
        constant BUFFER_SIZE 4-4
        function MAX 5-6
        type word_t 7-8
        class node 9-13
        class list_t 14-18
        enum color 19-20
        constant limit 21-22
        block - 23-26
        function list_push 27-37
        function list_pop 38-43
    """,
    "sample.cpp": """
        block - 1-3
        module text 4-5
        constant text.kWidth 6-7
        type text.Lines 8-9
        function text.clamp 10-14
        class text.Wrapper 15-25
        method text.Wrapper.Wrapper 18-18
        method text.Wrapper.width 20-20
        method text.Wrapper.wrap 26-29
        class text.Box 30-35
        method text.Box.operator< 33-33
        enum text.Align 36-39
        function main 40-43
    """,
    "sample.cs": """
        block - 1-5
        enum State 6-7
        interface IPrice 8-12
        class Order 13-33
        method Order.Order 21-24
        method Order.Count 26-26
        method Order.Dispose 28-31
        class Money 34-35
        class Range 36-39
    """,
    "sample.go": """
        block - 1-4
        constant DefaultSize 5-6
        constant ModeLRU 7-11
        type Mode 12-14
        class Cache 15-20
        interface Loader 21-24
        function New 25-29
        method Cache.Get 30-37
        method Mode.String 38-38
    """,
    "sample.js": """
        block - 1-4
        constant MAX_DEPTH 5-6
        function walk 7-15
        function join 16-17
        function debounce 18-25
        class Queue 26-41
        method Queue.of 29-31
        method Queue.size 33-35
        method Queue.drain 37-39
        method Queue.peek 42-45
        function first 46-47
        function App 48-50
    """,
    "sample.php": """
        block - 1-6
        constant RETRIES 7-8
        interface Sender 9-13
        interface Logs 14-21
        method Logs.log 16-19
        class Mailer 22-40
        method Mailer.__construct 30-32
        method Mailer.send 34-38
        enum Priority 41-46
        function mailer 47-50
    """,
    "sample.py": """
        block - 1-11
        constant DEFAULT_RATE 12-12
        constant _CAPACITY 13-16
        interface Clock 17-20
        method Clock.now 18-18
        enum Verdict 21-25
        class Bucket 26-46
        method Bucket.__init__ 32-34
        method Bucket.is_empty 36-38
        method Bucket.take 40-44
        function limited 47-52
        block - 53-56
        function install 57-60
        block - 61-62
    """,
    "sample.rb": """
        block - 1-2
        module Billing 3-3
        constant Billing.RATE 4-5
        class Billing.Line 6-11
        method Billing.Line.tax 7-9
        class Billing.Invoice 12-29
        method Billing.Invoice.initialize 16-18
        method Billing.Invoice.parse 20-22
        method Billing.Invoice.empty? 24-26
        function main 30-32
    """,
    "sample.rs": """
        block - 1-4
        constant SIDES 5-6
        type Length 7-8
        class Rect 9-15
        enum Shape 16-20
        interface Area 21-28
        method Area.is_empty 24-26
        class Rect 29-34
        method Rect.area 30-32
        function square 35-40
        class Shape 41-47
        method Shape.fmt 42-45
        module tests 48-51
        function tests.a_square_has_an_area 52-56
    """,
    "sample.sh": """
        block - 1-3
        constant VERSION 4-5
        function usage 6-13
        function build 14-18
        block - 19-22
    """,
    "sample.ts": """
        block - 1-2
        type Id 3-4
        interface Store 5-8
        enum Level 9-13
        class MemoryStore 14-24
        method MemoryStore.constructor 18-18
        method MemoryStore.get 20-22
        class Shape 25-28
        module Geometry 29-29
        function Geometry.area 30-34
        function legacy 35-36
        function load 37-39
    """,
    "sample.tsx": """
        block - 1-2
        interface Props 3-6
        function Greeting 7-10
        function Row 11-16
        function Page 17-23
    """,
    "Sample.hs": """
        block - 1-4
        enum Order 5-6
        class Name 7-7
        type Orders 8-8
        interface Priced 9-10
        class Priced 11-12
        method Priced.price 12-12
        function add 13-16
        function limit 17-17
        function $$ 18-18
    """,
    "Sample.kt": """
        block - 1-4
        class Order 5-16
        method Order.empty 9-9
        method Order.price 13-15
        interface Priced 17-19
        enum State 20-25
        method State.isFinal 24-24
        class Registry 26-26
        type Orders 27-27
        function second 28-28
        block - 29-29
        class Marker 30-30
        interface Shape 31-31
    """,
    "Sample.scala": """
        block - 1-4
        class Order 5-11
        method Order.price 9-9
        interface Priced 12-12
        class Order 13-16
        method Order.empty 15-15
        enum Color 17-19
        constant ord 20-20
        function top 21-21
    """,
    "sample.ex": """
        module Shop.Order 1-6
        function Shop.Order.price 7-12
        function Shop.Order.secret 13-15
        function Shop.Order.twice 16-18
        function Shop.Order.is_even 19-19
        module Shop.Order 20-20
        type Shop.Order.t 21-21
        function Shop.Order.noargs 22-23
        interface Priced 24-26
        method Priced.price 25-25
        class Priced 27-29
        method Priced.price 28-28
    """,
    "sample.lua": """
        block - 1-4
        method M.push 5-6
        method M.pop 7-7
        function helper 8-8
        function f 9-9
        method M.apply 10-10
        block - 11-11
        function global 12-12
        block - 13-13
    """,
    "sample.nix": """
        block - 1-4
        function join 5-6
        function withSet 7-7
        block - 8-12
        module meta 13-13
        function mkPackage 14-14
        block - 15-16
    """,
    "sample.ps1": """
        block - 1-6
        function Get-Order 7-11
        function Select-Big 12-12
        class Order 13-18
        method Order.Order 16-16
        method Order.Price 17-17
        enum State 19-19
    """,
    "sample.swift": """
        block - 1-2
        class Order 3-12
        method Order.init 7-7
        method Order.count 8-8
        method Order.deinit 11-11
        interface Priced 13-14
        enum State 15-16
        class Order 17-17
        method Order.of 17-17
        class Base 18-18
        method Base.make 18-18
        class Bank 19-19
        type Orders 20-20
        function main 21-21
        block - 22-22
        class Order 23-23
        method Order.== 23-23
    """,
    "sample.tf": """
        constant aws_s3_bucket.logs 1-4
        constant region 5-5
        constant id 6-6
        module net 7-7
        constant aws_ami.a 8-8
        block - 9-11
        constant aws 12-12
        block - 13-13
    """,
    "sample.zig": """
        block - 1-1
        class Point 2-7
        method Point.len 6-6
        enum State 8-8
        class U 9-9
        function main 10-10
        block - 11-12
        function a point 13-13
        enum Err 14-14
    """,
}


async def files(*contents):
    for path, content in contents:
        yield FileContent(path=path, content=content if isinstance(content, bytes) else content.encode())


@pytest.fixture(params=["memory", "treesitter"])
async def extractor(request):
    if request.param == "memory":
        yield MemorySnippetExtractor()
        return
    pool = GuardedPool(2, preload=[PRELOADED])
    yield TreeSitterSnippetExtractor(pool)
    await pool.close()


def described(result):
    return [f"{s.kind.value} {s.symbol or '-'} {s.start_line}-{s.end_line}" for s in result.snippets]


def assert_nothing_lost(path, content, result):
    """Held against the bytes themselves, by other means than the code under test."""
    text = content.decode()
    ends = "\r\n|\n" if "\n" in text else "\r"
    lines = re.split(ends, text)
    if lines[-1] == "":
        lines.pop()
    covered = set()
    for snippet in result.snippets:
        assert snippet.path == path
        assert snippet.content.split("\n") == lines[snippet.start_line - 1 : snippet.end_line]
        covered.update(range(snippet.start_line, snippet.end_line + 1))
    assert covered == set(range(1, len(lines) + 1))


async def test_there_is_one_result_for_each_file_in_the_order_given(extractor):
    contents = [(f"{number:03}.py", f"x = {number}\n") for number in range(300)]
    results = [result async for result in extractor.extract(files(*contents))]
    assert [result.path for result in results] == [path for path, _ in contents]
    assert [result.snippets[0].content for result in results] == [text.rstrip("\n") for _, text in contents]


async def test_no_files_give_no_results(extractor):
    assert [result async for result in extractor.extract(files())] == []


async def test_a_file_without_snippets_says_why(extractor):
    contents = [("a.png", b"\x89PNG\0"), ("b.py", b"\n"), ("c.min.js", b"f()"), ("d.py", b"x = 1\n")]
    results = [result async for result in extractor.extract(files(*contents))]
    reasons = [result.skip_reason for result in results]
    assert reasons == [SkipReason.BINARY, SkipReason.EMPTY, SkipReason.MINIFIED, None]
    assert [bool(result.snippets) for result in results] == [False, False, False, True]


async def test_every_line_of_every_sample_is_in_a_snippet(extractor):
    contents = [(path.name, path.read_bytes()) for path in sorted(SAMPLES.iterdir())]
    results = [result async for result in extractor.extract(files(*contents))]
    for (path, content), result in zip(contents, results, strict=True):
        assert_nothing_lost(path, content, result)


async def test_extraction_can_be_repeated_and_gives_the_same(extractor):
    contents = [(path.name, path.read_bytes()) for path in sorted(SAMPLES.iterdir())]
    first = [result async for result in extractor.extract(files(*contents))]
    assert [result async for result in extractor.extract(files(*contents))] == first


async def test_a_consumer_may_stop_early(extractor):
    async with aclosing(extractor.extract(files(("a.py", "x = 1\n"), ("b.py", "y = 2\n")))) as results:
        async for result in results:
            assert result.path == "a.py"
            break


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_definitions_are_found_where_they_are(name):
    result = extract_file(FileContent(path=name, content=(SAMPLES / name).read_bytes()))
    assert described(result) == [line.strip() for line in EXPECTED[name].strip().splitlines()]


def test_every_parsed_language_has_a_name_and_a_sample():
    assert {language.name for language in LANGUAGES} >= PARSED_LANGUAGES
    sampled = {
        extract_file(FileContent(path=name, content=(SAMPLES / name).read_bytes())).language for name in EXPECTED
    }
    assert sampled == PARSED_LANGUAGES
    assert {path.name for path in SAMPLES.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize(
    ("path", "text", "symbols"),
    [
        (
            "a.py",
            "def ok():\n    pass\n\nclass X(:\n  def m(self)\n    return 1\n\ndef also():\n    pass\n",
            {"ok", "also"},
        ),
        ("a.cpp", "Foo::Foo() : a(1) {}\nFoo::~Foo() {}\n", {"Foo.Foo", "Foo.~Foo"}),
        ("a.cpp", "std::ostream& operator<<(std::ostream& o, const Foo<int>& f) { return o; }", {"operator<<"}),
        ("a.cpp", "Foo<T>::operator bool() const { return true; }", {"Foo.operator bool"}),
        ("a.cpp", "template<> void Foo<int>::bar() {}", {"Foo.bar"}),
        ("a.cpp", "namespace { int hidden() { return 2; } }", {"hidden"}),
        ("a.cpp", "namespace a::b { int deep() { return 3; } }", {"a.b", "a.b.deep"}),
        ("a.c", "STATIC int (*get(int a))(int) { return 0; }\nint *const *p(void) { return 0; }", {"p"}),
        ("a.c", "#ifdef A\nint f(void) {\n#else\nint g(void) {\n#endif\n  return 1;\n}\nint h(void) {}\n", {"f", "h"}),
        ("a.rb", "module A::B\n  class C\n    private def z = 1\n  end\nend\n", {"A.B", "A.B.C", "A.B.C.z"}),
        ("a.go", "package a\ntype (\n\tA struct {\n\t\tx int\n\t}\n\tB int\n)\n", {"A", "B"}),
        ("a.cs", "namespace A.B {\n  class C {\n    void M() { }\n  }\n}\n", {"C", "C.M"}),
        ("a.js", "(".join("x" for _ in range(3_000)), set()),
    ],
)
def test_odd_code_yields_what_parses_and_loses_nothing(path, text, symbols):
    result = extract_file(FileContent(path=path, content=text.encode()))
    assert {snippet.symbol for snippet in result.snippets} - {None} >= symbols
    assert_nothing_lost(path, text.encode(), result)


@pytest.mark.parametrize(
    "content", [b"# caf\xc3\xa9\r\n\r\ndef f():\r\n    return '\xe4\xb8\x96'\r\n", b"# x\r\rdef f():\r    pass\r"]
)
def test_line_numbers_are_right_for_other_line_ends_and_characters(content):
    result = extract_file(FileContent(path="a.py", content=content))
    assert described(result) == ["block - 1-2", "function f 3-4"]


def test_thousands_of_functions_are_all_found():
    text = "".join(f"def f{number}():\n    return {number}\n\n\n" for number in range(4_000))
    result = extract_file(FileContent(path="a.py", content=text.encode()))
    assert [snippet.symbol for snippet in result.snippets] == [f"f{number}" for number in range(4_000)]


FRAGMENTS = sorted({line for path in SAMPLES.iterdir() for line in path.read_text().split("\n")})
ODD = st.text(st.characters(exclude_characters="\n\0", codec="utf-8"), max_size=8)
TEXTS = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.sampled_from(FRAGMENTS), ODD), max_size=60)
EXTENSIONS = sorted({"." + SAMPLE.rpartition(".")[2] for SAMPLE in EXPECTED} | {".md", ".rst", ".txt", ".h"})


@settings(max_examples=300)
@given(TEXTS, st.sampled_from(["\n", "\r\n"]), st.sampled_from(EXTENSIONS))
def test_no_line_of_any_text_is_lost_in_any_language(lines, end, extension):
    content = end.join(lines).encode()
    result = extract_file(FileContent(path=f"a{extension}", content=content))
    if result.skip_reason is None:
        assert_nothing_lost(f"a{extension}", content, result)
    else:
        assert readable(f"a{extension}", content) is result.skip_reason
