"""What every ArtifactReader promises."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from artifact_entries import CODE, CODE_ORIGIN, PACKAGES, PACKAGES_ORIGIN, entry, pages, quietly, vector, writer

from kodit.domain.artifacts.answers import ANY_ENTRY, ArtifactFilters, PackageRow, SnippetRow
from kodit.domain.artifacts.terms import BuildTerms, HnswTerms, Targets
from kodit.domain.errors import Damaged, DatabaseUnusable, InvalidInput, KoditError, NotFound
from kodit.domain.nixpkgs.nix_package import License
from kodit.infrastructure.duckdb.artifact_reader import DuckDbArtifactReader, opened_artifact
from kodit.infrastructure.duckdb.indexes import nearest_statement
from kodit.infrastructure.duckdb.session import load

FORMS = ("full", "minified")
MANY = 300
"""Packages, of which only the last five have the licence MIT, and are farthest away."""


def angled(place: int) -> bytes:
    return vector(1000 - place, place, 0, 0)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Artifacts of both forms, with and without an index of vectors: of packages, of many packages, and of code."""
    directory = tmp_path_factory.mktemp("artifacts")
    asyncio.run(built(directory))
    return directory


async def built(directory: Path) -> None:
    mit = {"licenses": (License("Expat", "MIT"),)}
    many = [entry(f"p{n}", angled(n), description="thing", **(mit if n >= MANY - 5 else {})) for n in range(MANY)]
    indexed = BuildTerms(minified_hnsw=HnswTerms())
    for name, entries, origin, terms in (
        ("packages", PACKAGES, PACKAGES_ORIGIN, BuildTerms(hnsw=None)),
        ("many", many, PACKAGES_ORIGIN, indexed),
        ("code", CODE, CODE_ORIGIN, BuildTerms(hnsw=None)),
    ):
        targets = Targets(full=str(directory / f"{name}-full"), minified=str(directory / f"{name}-minified"))
        await writer().write(targets, origin, pages(entries, 100), terms, quietly)


@pytest.fixture(params=FORMS)
async def packages(request: pytest.FixtureRequest, files: Path) -> AsyncIterator[DuckDbArtifactReader]:
    async with opened_artifact(str(files / f"packages-{request.param}")) as reader:
        yield reader


@pytest.fixture(params=FORMS)
async def many(request: pytest.FixtureRequest, files: Path) -> AsyncIterator[DuckDbArtifactReader]:
    async with opened_artifact(str(files / f"many-{request.param}")) as reader:
        yield reader


@pytest.fixture
async def words(files: Path) -> AsyncIterator[DuckDbArtifactReader]:
    async with opened_artifact(str(files / "packages-minified")) as reader:
        yield reader


@pytest.fixture(params=FORMS)
async def code(request: pytest.FixtureRequest, files: Path) -> AsyncIterator[DuckDbArtifactReader]:
    async with opened_artifact(str(files / f"code-{request.param}")) as reader:
        yield reader


def numbers(matches):
    return [match.snippet_id for match in matches]


async def test_the_nearest_come_first_and_what_has_no_vector_is_never_near(packages):
    near = await packages.nearest(vector(1, 0.01, 0, 0), filters=ANY_ENTRY, limit=10)
    assert numbers(near) == [1, 2, 3, 4]
    assert near[0].score == pytest.approx(1, abs=1e-3)
    assert numbers(await packages.nearest(vector(0, 1, 0, 0), filters=ANY_ENTRY, limit=1)) == [3]


async def test_a_zero_vector_is_near_to_nothing(packages):
    assert await packages.nearest(bytes(16), filters=ANY_ENTRY, limit=10) == ()
    assert await packages.nearest(vector(1, 0, 0, 0), filters=ANY_ENTRY, limit=0) == ()


async def test_a_vector_of_another_length_is_refused(packages):
    with pytest.raises(InvalidInput, match="have 4 components, and this one 3"):
        await packages.nearest(vector(1, 0, 0), filters=ANY_ENTRY, limit=10)


async def test_a_filter_that_all_the_nearest_fail_leaves_what_passes(many):
    mit = ArtifactFilters(licenses=frozenset({"mit"}))
    unfiltered = await many.nearest(angled(0), filters=ANY_ENTRY, limit=100)
    found = await many.nearest(angled(0), filters=mit, limit=10)
    assert set(numbers(unfiltered)).isdisjoint(numbers(found))
    assert numbers(found) == list(range(MANY - 4, MANY + 1))


async def test_a_filter_that_some_of_the_nearest_pass_keeps_their_order(many):
    mit = ArtifactFilters(licenses=frozenset({"MIT"}))
    assert numbers(await many.nearest(angled(MANY), filters=mit, limit=2)) == [MANY, MANY - 1]


async def test_without_a_filter_the_index_of_vectors_is_used_and_with_one_a_scan_is(files):
    wanted = "[1.0, 0.0, 0.0, 0.0]::FLOAT[4]"
    with duckdb.connect(str(files / "many-full"), read_only=True) as plain:
        load(plain, "vss")
        for indexed in (True, False):
            statement = nearest_statement("package_id", wanted, 10, indexed=indexed)
            [(_, plan)] = plain.execute(f"EXPLAIN {statement}").fetchall()
            assert ("HNSW_INDEX_SCAN" in plan) is indexed


async def test_words_are_found_by_their_stems_in_names_and_texts(words):
    assert set(numbers(await words.keywords("browsers", filters=ANY_ENTRY, limit=10))) == {1, 2}
    assert numbers(await words.keywords("numpy", filters=ANY_ENTRY, limit=10)) == [3]
    assert numbers(await words.keywords("python 3 packages", filters=ANY_ENTRY, limit=10)) == [3]
    assert numbers(await words.keywords("browsers", filters=ANY_ENTRY, limit=1)) in ([1], [2])


@pytest.mark.parametrize("text", ["", " ", "'; DROP TABLE x; --", "\0", "the", "„“", "a" * 10_000, "ſtraße"])
async def test_any_text_is_a_legal_question(words, text):
    assert await words.keywords(text, filters=ANY_ENTRY, limit=10) == []


@pytest.mark.parametrize("text", ["browser", "thing for the web", "p1 p12 thing", "nothing of it"])
@pytest.mark.parametrize("name", ["many-minified", "code-minified"])
async def test_words_count_for_what_the_extension_itself_says(files, name, text):
    async with opened_artifact(str(files / name)) as reader:
        found = await reader.keywords(text, filters=ANY_ENTRY, limit=1000)
        index = reader.manifest.fts.index_name
    with duckdb.connect(str(files / name), read_only=True, config={"allow_unsigned_extensions": "true"}) as plain:
        load(plain, "fts")
        expected = dict(plain.execute(f'FROM "{index}"(?)', [text]).fetchall())
    assert {match.snippet_id: match.score for match in found} == pytest.approx(expected)
    assert [*found] == sorted(found, key=lambda match: (-match.score, match.snippet_id))


async def test_filters_hold_before_the_best_are_taken(words):
    def only(**filters):
        return words.keywords("web browser image editor numbers", filters=ArtifactFilters(**filters), limit=1)

    assert numbers(await only(licenses=frozenset({"MIT"}))) == [2]
    assert numbers(await only(licenses=frozenset({"gpl-2.0"}))) == [4]
    assert numbers(await only(licenses=frozenset({"GPL-3.0"}))) == []
    assert numbers(await only(without=frozenset({"insecure"}), licenses=frozenset({"MPL-2.0", "MIT"}))) == [2]


async def test_a_package_is_found_by_any_of_its_names_the_whole_ones_first(packages):
    async def named(*names, **filters):
        return numbers(await packages.named(names, filters=ArtifactFilters(**filters), limit=10))

    assert await named("firefox") == [1]
    assert await named("python3packages.numpy") == await named("numpy") == [3]
    assert await named("fire", "lynx") == [2, 1]
    assert await named("firefoxes", "fire", "firefo") == [1]
    assert await named("fi") == await named() == []
    assert await named("numpy", without=frozenset({"broken"})) == []


async def test_a_word_that_no_package_has_may_mean_a_name(packages, code):
    assert await packages.alike("firfox", most=3) == ["firefox"]
    assert await packages.alike("ifrefox", most=3) == ["firefox"]
    assert await packages.alike("irefox", most=3) == []
    assert await packages.alike("irefox", most=3, anyhow=True) == ["firefox"]
    assert not await packages.alike("numbers", most=3)
    assert await packages.alike("' OR 1", most=3) == []


async def test_a_full_artifact_has_no_keywords_and_says_so(files):
    async with opened_artifact(str(files / "packages-full")) as reader:
        with pytest.raises(InvalidInput, match="no full-text index") as caught:
            await reader.keywords("browser", filters=ANY_ENTRY, limit=1)
    assert "minify" in str(caught.value.remedy)


async def test_both_forms_show_the_same_of_a_package(packages):
    found = await packages.rows([1, 99])
    assert found.keys() == {1}
    row = found[1]
    assert isinstance(row, PackageRow)
    long = row.long_description
    assert long is None or long.startswith("A browser")
    assert replace(row, long_description=None) == PackageRow(
        attr="firefox",
        pname="firefox",
        version="47.0",
        description="A web browser, „built“ from source",
        licenses="MPL-2.0, Own; terms",
        homepages="https://firefox.example/, https://two.example/",
        long_description=None,
        main_program="firefox",
    )


async def test_code_is_found_by_symbol_by_vector_and_by_language(code):
    assert numbers(await code.named(["getusername"], filters=ANY_ENTRY, limit=10)) == [2]
    assert numbers(await code.nearest(vector(1, 0.1, 0, 0), filters=ANY_ENTRY, limit=10)) == [1, 2]
    only = ArtifactFilters(languages=frozenset({"javascript"}))
    assert numbers(await code.nearest(vector(1, 0.1, 0, 0), filters=only, limit=10)) == [2]
    row = (await code.rows([1]))[1]
    assert isinstance(row, SnippetRow)
    assert (row.path, row.kind, row.symbol, row.end_line) == ("http/headers.py", "function", "parse_headers", 22)
    assert len(row.content.splitlines()) == (12 if code.manifest.fts else 22)


async def test_words_of_code_are_found_beyond_what_is_shown_and_within_names(files):
    async with opened_artifact(str(files / "code-minified")) as reader:
        assert numbers(await reader.keywords("line_19", filters=ANY_ENTRY, limit=10)) == [1]
        assert numbers(await reader.keywords("user name", filters=ANY_ENTRY, limit=10)) == [2]


async def test_a_filter_for_something_else_is_refused(code, words):
    with pytest.raises(InvalidInput, match="is for packages"):
        await code.nearest(vector(1, 0, 0, 0), filters=ArtifactFilters(licenses=frozenset({"MIT"})), limit=1)
    with pytest.raises(InvalidInput, match="is for code"):
        await words.named(["x"], filters=ArtifactFilters(languages=frozenset({"go"})), limit=1)
    with pytest.raises(InvalidInput, match="no package is marked evil"):
        await words.named(["x"], filters=ArtifactFilters(without=frozenset({"evil"})), limit=1)


async def test_a_licence_that_no_package_has_is_refused_with_those_that_are_meant(packages, code):
    for held in ("MIT", "mit", "GPL-2.0", "mpl-2.0"):
        await packages.check(ArtifactFilters(licenses=frozenset({held})))
    for asked, remedy in (
        ("MITT", "did you mean MIT?"),
        ("MPL", "did you mean MPL-2.0?"),
        ("klingon", "search without it"),
    ):
        with pytest.raises(InvalidInput, match=f"no package has the licence {asked}") as caught:
            await packages.check(ArtifactFilters(licenses=frozenset({asked})))
        assert remedy in str(caught.value.remedy)
    with pytest.raises(InvalidInput, match="is for packages") as caught:
        await code.check(ArtifactFilters(licenses=frozenset({"MIT"})))
    assert caught.value.remedy == "search without it"
    await code.check(ANY_ENTRY)


async def test_a_sound_artifact_has_no_problems(files):
    for path in sorted(files.iterdir()):
        async with opened_artifact(str(path)) as reader:
            assert await reader.problems() == []


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        ("packages-minified", "UPDATE packages SET version = '48' WHERE attr = 'firefox'", "packages is not what"),
        ("packages-minified", "DELETE FROM embeddings WHERE package_id = 5", "has 4 rows, and the manifest says 5"),
        ("packages-full", "UPDATE embeddings SET vector = [0, 0, 0, 1] WHERE package_id = 1", "embeddings is not what"),
        ("packages-full", "UPDATE embeddings SET vector = [0, 0, 0, 2] WHERE package_id = 1", "not of unit length"),
        ("packages-full", "UPDATE embeddings SET vector = NULL", "0 vectors are there"),
        ("packages-minified", "DELETE FROM fts_main_packages_fts_source.docs", "the full-text index has 0 entries"),
        ("packages-minified", "DELETE FROM fts_main_packages_fts_source.terms", "by its own words"),
        ("code-full", "UPDATE snippets SET content = NULL", "snippets is not what"),
    ],
)
async def test_what_was_changed_behind_its_back_is_noticed(files, tmp_path, name, damage, said):
    path = tmp_path / "damaged"
    path.write_bytes((files / name).read_bytes())
    with duckdb.connect(str(path)) as plain:
        plain.execute(damage)
    async with opened_artifact(str(path)) as reader:
        assert said in "; ".join(await reader.problems())


async def refused(path: Path, kind: type[KoditError], said: str) -> None:
    with pytest.raises(kind, match=said):
        async with opened_artifact(str(path)):
            pass


async def test_what_is_no_artifact_is_refused_in_words(files, tmp_path):
    await refused(tmp_path / "none", NotFound, "there is no artifact")
    (tmp_path / "text").write_text("no database at all" * 1000)
    await refused(tmp_path / "text", InvalidInput, "is no artifact")
    (tmp_path / "empty").touch()
    await refused(tmp_path / "empty", InvalidInput, "no artifact")
    with duckdb.connect(str(tmp_path / "database")) as plain:
        plain.execute("CREATE TABLE letters (text VARCHAR)")
    await refused(tmp_path / "database", InvalidInput, "a database, but no artifact")
    await refused(tmp_path, InvalidInput, "is no artifact")


@pytest.mark.parametrize("name", ["other.json", "other.csv", "other.parquet", "other.db"])
async def test_its_name_says_nothing_of_what_a_file_is(files, tmp_path, name):
    (tmp_path / name).write_text('{"a": 1}')
    await refused(tmp_path / name, InvalidInput, f"{name} is no artifact")
    (tmp_path / name).write_bytes((files / "packages-full").read_bytes())
    async with opened_artifact(str(tmp_path / name)) as reader:
        assert reader.manifest.entries == len(PACKAGES)


@pytest.fixture
def changed(files: Path, tmp_path: Path) -> Callable[[str], Path]:
    def change(statement: str) -> Path:
        path = tmp_path / "changed"
        path.write_bytes((files / "packages-full").read_bytes())
        with duckdb.connect(str(path)) as plain:
            plain.execute(statement)
        return path

    return change


async def test_an_artifact_of_a_newer_kodit_is_not_misread(changed):
    path = changed("UPDATE manifest SET value = '99' WHERE key = 'schema'")
    await refused(path, DatabaseUnusable, r"made by kodit \"?1\.2\.3")


async def test_a_manifest_that_makes_no_sense_is_refused(changed):
    await refused(changed("UPDATE manifest SET value = '\"odd\"' WHERE key = 'form'"), InvalidInput, "manifest")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
async def test_a_part_of_an_artifact_is_not_taken_for_one(files, tmp_path, share):
    whole = (files / "packages-full").read_bytes()
    (tmp_path / "part").write_bytes(whole[: int(len(whole) * share)])
    assert await told(tmp_path / "part") != []


@pytest.mark.parametrize("place", [8200, 20_000])
async def test_a_byte_that_has_changed_is_damage(files, tmp_path, place):
    data = bytearray((files / "packages-minified").read_bytes())
    data[place] ^= 0xFF
    (tmp_path / "flipped").write_bytes(data)
    with pytest.raises(Damaged, match="flipped is damaged: its checksums do not match") as caught:
        async with opened_artifact(str(tmp_path / "flipped")) as reader:
            await reader.problems()
    assert caught.value.remedy == "build it again, or fetch it again"


async def test_whichever_byte_has_changed_nobody_dies_who_asks(tmp_path):
    whole = tmp_path / "whole"
    # So many that the index of nearest vectors has more than one block: what is wrong with a later one ends DuckDB.
    entries = [entry(f"p{n}", angled(n % 1000)) for n in range(2_500)]
    await writer().write(Targets(full=str(whole)), PACKAGES_ORIGIN, pages(entries, 500), BuildTerms(), quietly)
    data, found = whole.read_bytes(), dict[Path, list[str]]()
    for place in range(3 * 4096 + 500, len(data), 256 * 1024):
        path = tmp_path / f"flipped-at-{place}"
        path.write_bytes(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
        found[path] = await told(path)
    [fatal, *_] = [path for path, problems in found.items() if "DuckDB does not survive it (SIGABRT)" in str(problems)]
    async with opened_artifact(str(fatal)) as reader:
        with pytest.raises(Damaged, match="does not survive it") as caught:
            await reader.nearest(vector(1, 0, 0, 0), filters=ANY_ENTRY, limit=5)
        assert caught.value.remedy == "build it again, or fetch it again"
        assert len(await reader.named(["p7"], filters=ANY_ENTRY, limit=5)) == 1
    # One block is not in use.
    assert sum(problems == [] for problems in found.values()) == 1


async def told(path: Path) -> list[str]:
    """What is wrong with it, as soon as that is seen."""
    try:
        async with opened_artifact(str(path)) as reader:
            return list(await reader.problems())
    except KoditError as error:
        return [str(error)]


async def test_an_artifact_that_points_at_files_of_this_machine_shows_nothing_of_them(changed, tmp_path):
    (tmp_path / "secret").write_text("attr,pname\nsecret,secret\n")
    instead = "CREATE TABLE kept AS FROM packages; DROP TABLE packages; CREATE VIEW packages AS FROM kept UNION ALL "
    path = changed(f"{instead} BY NAME FROM read_csv('{tmp_path / 'secret'}')")
    async with opened_artifact(str(path)) as reader:
        with pytest.raises(KoditError):
            await reader.named(["secret"], filters=ANY_ENTRY, limit=1)


def test_vectors_are_little_endian_floats():
    assert vector(0, 3, 0, 4) == struct.pack("<4f", 0, 0.6, 0, 0.8)
