"""What becomes of symbols, references and imports when what they belong to goes."""

from dataclasses import replace

import pytest
from code_facts import a_reference, a_symbol, an_import, facts, imports_of, links, references_of, symbols_of
from indexed_nouns import stored_source
from sqlalchemy import func, select

from kodit.domain.code.reference import ImportLink, ReferenceLink
from kodit.domain.sources.file import FileStatus
from kodit.infrastructure.sql.code_tables import imports, references, symbols, unlinked_files
from kodit.infrastructure.sql.unit_of_work import SqlStorage


class TestRowsThatGoWithOthers:
    @pytest.fixture
    async def two_files(self, database):
        async with SqlStorage(database).write() as unit:
            index_id, [defining, using] = await stored_source(unit, paths=["a.py", "b.py"])
            await unit.symbols.replace(
                index_id,
                [
                    facts(defining, symbols=[a_symbol("f")], imports=[an_import("os")]),
                    facts(using, references=[a_reference("f")], imports=[an_import("a")]),
                ],
            )
            [symbol] = await symbols_of(unit.symbols, defining)
            [reference] = await references_of(unit.symbols, using)
            [imported] = await imports_of(unit.symbols, using)
            await unit.symbols.link(
                [
                    links(
                        using,
                        imports=[ImportLink(imported.id, defining, None)],
                        references=[ReferenceLink(reference.id, symbol.id, None)],
                    )
                ]
            )
        return index_id, defining, using

    async def test_with_its_file(self, storage, two_files):
        index_id, _, using = two_files
        async with storage.write() as unit:
            file = (await unit.files.of(index_id))["a.py"]
            await unit.files.save([replace(file, status=FileStatus.DELETED)])
            await unit.files.clear_statuses(index_id)

        async with storage.read() as unit:
            [reference] = await references_of(unit.symbols, using)
            [imported] = await imports_of(unit.symbols, using)
            assert (reference.target_id, imported.target_file_id) == (None, None)
            assert list(await unit.symbols.unlinked(index_id, limit=9)) == []

    async def test_with_its_source(self, storage, database, two_files):
        index_id, _, _ = two_files
        async with storage.write() as unit:
            await unit.sources.remove(index_id)

        async with database.read() as connection:
            for table in (symbols, references, imports, unlinked_files):
                assert await connection.scalar(select(func.count()).select_from(table)) == 0
