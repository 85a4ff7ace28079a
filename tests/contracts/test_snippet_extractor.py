"""What every SnippetExtractor promises, and what the one that parses finds in each language."""

import re
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sampled_snippets import EXPECTED

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
