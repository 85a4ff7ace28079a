"""What every FileTexts promises, and what grep makes of it."""

import pytest
from indexed_nouns import a_file, a_snippet, a_source, add_snippets

from kodit.application.asking.naming import Naming
from kodit.application.asking.rows import FoundFile
from kodit.application.asking.where import Where
from kodit.application.files.file_reading import FileReading
from kodit.application.files.grep import Grep
from kodit.application.files.ports import Sought
from kodit.domain.code.chunking import snippets_of
from kodit.domain.errors import InvalidInput, NotFound, NothingIndexed
from kodit.domain.search.query import Filters
from kodit.infrastructure.re2.line_pattern import Re2LinePattern
from kodit.infrastructure.sql.code_graph import SqlCodeGraph
from kodit.infrastructure.sql.file_texts import SqlFileTexts

APP = "src/app.py"
PAGE = "web/page.ts"
NOTES = "notes.md"
TEXTS = {
    APP: "import os\n\n\ndef Parse(text):\n    return os.path.join(text)\n\n\nprint('100% _done_')\n\n",
    PAGE: "export function parse(text: string) {\n  return text;\n}\n",
    NOTES: "# Notes\n\nGrüße, 漢字.\n\nPARSE it.\n",
}
LANGUAGES = {APP: "python", PAGE: "typescript", NOTES: "markdown"}


async def indexed(unit, name="demo", texts=TEXTS):
    """A source with these texts; the ids of its files by path."""
    source = await unit.sources.add(a_source(name))
    await unit.files.save(a_file(source.id, path, language=LANGUAGES.get(path, "text")) for path in texts)
    files = {path: file.id for path, file in (await unit.files.of(source.id)).items()}
    for path, text in texts.items():
        await add_snippets(unit, source.id, files[path], *snippets_of(path, LANGUAGES.get(path, "text"), text))
    return source.id, files


@pytest.fixture
def texts(database):
    return SqlFileTexts(database)


@pytest.fixture
async def code(storage):
    async with storage.write() as unit:
        return await indexed(unit)


@pytest.fixture
def grep(storage, texts):
    return Grep(storage=storage, texts=texts, compiled=Re2LinePattern)


def paths(found):
    return [file.path for file in found]


async def told(grep, pattern, *, ignore_case=False, fixed=False, **asked):
    result = await grep.lines(Sought(pattern=pattern, ignore_case=ignore_case, fixed=fixed), **asked)
    return [(found.file.path, line.number) for found in result.files for line in found.lines if line.matches]


class TestTexts:
    async def test_the_lines_of_a_file_are_those_that_were_indexed(self, texts, code):
        _, files = code
        found = await texts.lines(files.values())
        assert {path: "\n".join(found[file_id]).rstrip("\n") for path, file_id in files.items()} == {
            path: text.rstrip("\n") for path, text in TEXTS.items()
        }

    async def test_snippets_that_overlap_say_each_line_once(self, storage, texts):
        async with storage.write() as unit:
            source = await unit.sources.add(a_source())
            await unit.files.save([a_file(source.id)])
            file_id = (await unit.files.of(source.id))["a.py"].id
            whole = a_snippet("class A:\n    def f(self): ...\n\n    x = 1")
            await add_snippets(unit, source.id, file_id, whole, a_snippet("    def f(self): ...\n", line=2))
        assert await texts.lines([file_id]) == {file_id: ["class A:", "    def f(self): ...", "", "    x = 1"]}

    async def test_a_file_that_is_gone_has_no_lines(self, texts, code):
        assert await texts.lines([404_404]) == {}

    async def test_files_that_hold_a_text_come_by_source_and_path(self, storage, texts, code):
        index_id, files = code
        async with storage.write() as unit:
            await indexed(unit, "another")
        found = await texts.holding("parse", Filters(), ignore_case=False)
        assert [(file.source, file.path) for file in found] == [("another", PAGE), ("demo", PAGE)]
        [only] = await texts.holding("parse", Filters(index_ids=frozenset({index_id})), ignore_case=False)
        assert only == FoundFile(id=files[PAGE], source="demo", path=PAGE, language="typescript")

    @pytest.mark.parametrize(
        ("literal", "expected"),
        [
            ("Parse", [APP]),
            ("100%", [APP]),
            ("_d_", []),
            ("%", [APP]),
            ("漢字", [NOTES]),
            ("", [NOTES, APP, PAGE]),
            ("'); --", []),
        ],
    )
    async def test_a_literal_stands_for_itself(self, texts, code, literal, expected):
        assert paths(await texts.holding(literal, Filters(), ignore_case=False)) == expected

    async def test_without_case_letters_stand_for_both(self, texts, code):
        assert paths(await texts.holding("parse", Filters(), ignore_case=True)) == [NOTES, APP, PAGE]

    async def test_filters_narrow_what_is_looked_at(self, texts, code):
        languages = Filters(languages=frozenset({"python"}))
        assert paths(await texts.holding("", languages, ignore_case=False)) == [APP]
        assert paths(await texts.holding("", Filters(paths=("*.md", "web")), ignore_case=False)) == [NOTES, PAGE]


class TestGrep:
    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            (r"def \w+\(", [(APP, 4)]),
            ("os", [(APP, 1), (APP, 5)]),
            ("^import os$", [(APP, 1)]),
            ("import|export", [(APP, 1), (PAGE, 1)]),
            ("^$", [(NOTES, 2), (NOTES, 4), (APP, 2), (APP, 3), (APP, 6), (APP, 7)]),
            ("字", [(NOTES, 3)]),
            ("nowhere", []),
        ],
    )
    async def test_the_lines_that_match_are_found_and_no_others(self, grep, code, pattern, expected):
        assert [place for place in await told(grep, pattern) if place != (APP, 9)] == expected

    async def test_case_counts_unless_it_shall_not(self, grep, code):
        assert await told(grep, "PARSE") == [(NOTES, 5)]
        assert await told(grep, "PARSE", ignore_case=True) == [(NOTES, 5), (APP, 4), (PAGE, 1)]
        assert await told(grep, "grÜSSE|GRÜßE", ignore_case=True) == [(NOTES, 3)]

    async def test_letters_with_relatives_beyond_ascii_are_found_by_them(self, storage, grep):
        async with storage.write() as unit:
            await indexed(unit, texts={"units.txt": "1 \u212a\nMa\u017f\u017fe\n"})
        assert await told(grep, "1 k", ignore_case=True) == [("units.txt", 1)]
        assert await told(grep, "masse", ignore_case=True) == [("units.txt", 2)]

    async def test_a_fixed_text_is_found_as_it_stands(self, grep, code):
        assert await told(grep, "'100% _", fixed=True) == [(APP, 8)]
        assert await told(grep, "os.path|", fixed=True) == []

    async def test_context_stands_around_what_matches(self, grep, code):
        [found] = (await grep.lines(Sought(pattern="Parse"), context=1)).files
        assert [(line.number, line.text, line.matches) for line in found.lines] == [
            (3, "", False),
            (4, "def Parse(text):", True),
            (5, "    return os.path.join(text)", False),
        ]

    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
    async def test_no_more_than_the_limit_is_told_and_whether_there_is_more(self, grep, code, limit):
        result = await grep.lines(Sought(pattern="text"), limit=limit)
        assert (result.matches, result.more) == (min(limit, 4), limit < 4)

    async def test_files_that_the_time_is_too_short_for_are_counted(self, storage, texts, code):
        moments = iter(range(100))
        grep = Grep(storage=storage, texts=texts, compiled=Re2LinePattern, seconds=lambda: next(moments), batch=1)
        result = await grep.lines(Sought(pattern="."), patience=2)
        assert ([found.file.path for found in result.files], result.unread) == ([NOTES, APP], 1)

    async def test_what_is_asked_is_narrowed(self, grep, code):
        assert await told(grep, "parse", ignore_case=True, where=Where(languages=("typescript",))) == [(PAGE, 1)]
        assert await told(grep, "parse", ignore_case=True, where=Where(paths=("src/**",))) == [(APP, 4)]
        with pytest.raises(NotFound):
            await told(grep, "parse", where=Where(sources=("nowhere",)))

    async def test_where_nothing_is_indexed_that_is_said(self, grep):
        with pytest.raises(NothingIndexed):
            await told(grep, "parse")

    @pytest.mark.parametrize(
        ("pattern", "asked"), [("", {}), ("a" * 2_001, {}), ("a", {"limit": 0}), ("a", {"context": -1}), ("(", {})]
    )
    async def test_what_makes_no_sense_is_refused(self, grep, code, pattern, asked):
        with pytest.raises(InvalidInput):
            await told(grep, pattern, **asked)


class TestReading:
    @pytest.fixture
    def reading(self, storage, texts, database):
        graph = SqlCodeGraph(database)
        return FileReading(naming=Naming(storage=storage, graph=graph, look_at_path=lambda _: None), texts=texts)

    async def test_a_file_is_read_by_its_path_or_the_end_of_it(self, reading, code):
        found = await reading.lines("app.py", start_line=4, end_line=5)
        assert (found.file.path, found.start_line, found.end_line) == (APP, 4, 5)
        assert found.lines == ["def Parse(text):", "    return os.path.join(text)"]

    async def test_what_is_beyond_the_end_is_left_out(self, reading, code):
        found = await reading.lines(PAGE, start_line=3, end_line=1_000_000)
        assert (found.lines, found.end_line, found.total) == (["}"], 3, 3)

    async def test_all_of_a_file_is_read_where_no_range_is_given(self, reading, code):
        assert len((await reading.lines(PAGE)).lines) == 3

    @pytest.mark.parametrize("path", ["../etc/passwd", "/etc/passwd", "src/../../etc/passwd", "", "src", "%"])
    async def test_nothing_but_files_of_sources_can_be_read(self, reading, code, path):
        with pytest.raises(NotFound):
            await reading.lines(path)

    @pytest.mark.parametrize("lines", [(0, 1), (4, 3), (5_000, None)])
    async def test_a_range_that_makes_no_sense_is_refused(self, reading, code, lines):
        with pytest.raises(InvalidInput):
            await reading.lines(APP, start_line=lines[0], end_line=lines[1])

    async def test_a_file_without_a_text_is_not_found(self, storage, reading):
        async with storage.write() as unit:
            await indexed(unit, texts={"empty.txt": ""})
        with pytest.raises(NotFound, match="no text of empty"):
            await reading.lines("empty.txt")
