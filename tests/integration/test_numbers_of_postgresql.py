"""On PostgreSQL, numbers that rows get one after the other go further than 32 bits."""

import pytest
from alembic import command
from alembic.config import Config
from own_program import SINGLE, Job
from own_steps import AT_ONCE, nothing, soon
from sqlalchemy import Integer, text

import kodit
from kodit.domain.tasks.progress import StepState
from kodit.infrastructure.sql.code_tables import metadata
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import scripts, upgrade
from kodit.queue import RunState

LAST_OF_32_BITS = 2**31 - 1
OLDER = "0012"
NUMBERED = ("runs", "tasks", "files", "snippets", "audit", "symbols", "imports", "symbol_references")
"""The tables whose rows come and go with the work."""


@pytest.fixture(autouse=True)
def _a_machine_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("KODIT_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
async def database(postgres_url):
    """One that is up to date, open."""
    opened = Database(postgres_url)
    await upgrade(opened)
    yield opened
    await opened.close()


async def use_up(database, *tables):
    """All numbers of these tables that have 32 bits, but for the last."""
    async with database.write() as connection:
        for table in tables:
            sequence = f"pg_get_serial_sequence('{table}', 'id')"
            await connection.execute(text(f"SELECT setval({sequence}, {LAST_OF_32_BITS - 1})"))


async def test_what_is_queued_after_two_thousand_million_tasks_is_carried_out_as_any_other(database, postgres_url):
    await use_up(database, "runs", "tasks")

    async def report(work):
        async with work.progress.step("bytes", total=5_000_000_000) as step:
            await step.advance(4_000_000_000)

    async with kodit.open_queue(postgres_url, default=AT_ONCE) as queue:
        runs = [await queue.enqueue(SINGLE, dedup_key=key) for key in ("last", "first")]
        runs += await queue.enqueue_all(SINGLE, {"second": {}, "third": {}})
        await soon(queue.work({Job.RESIZE: report}, slots=2, drain=True))

        assert [run.id - LAST_OF_32_BITS for run in runs] == [0, 1, 2, 3]
        for run in runs:
            assert (await queue.run(run)).state is RunState.COMPLETED
            [step] = await queue.steps(run)
            assert (step.current, step.total, step.state) == (4_000_000_000, 5_000_000_000, StepState.DONE)
            assert step.task_id == run.id
        again = await queue.enqueue(SINGLE, dedup_key="fourth")
        await queue.cancel(again)
        [cancelled] = await queue.tasks(again)
        await queue.retry(cancelled)
        await soon(queue.work({Job.RESIZE: nothing}, drain=True))
        assert (await soon(queue.finished(again))).state is RunState.COMPLETED


def test_every_row_that_work_makes_anew_has_a_number_of_64_bits():
    assert [name for name in NUMBERED if type(metadata.tables[name].c.id.type) is Integer] == []


async def test_what_refers_to_a_row_has_as_many_bits_as_its_number(database):
    async with database.read() as connection:
        found = await connection.execute(
            text("""
                SELECT conrelid::regclass::text, attribute.attname
                FROM pg_constraint CROSS JOIN LATERAL unnest(conkey, confkey) AS pairs (here, there)
                JOIN pg_attribute attribute ON attribute.attrelid = conrelid AND attribute.attnum = pairs.here
                JOIN pg_attribute theirs ON theirs.attrelid = confrelid AND theirs.attnum = pairs.there
                WHERE contype = 'f' AND attribute.atttypid <> theirs.atttypid
            """)
        )
        assert found.all() == []


@pytest.mark.parametrize("upgraded", [False, True], ids=["a new database", "one of an older kodit"])
async def test_a_tables_own_numbers_go_as_far_as_its_column(database, upgraded):
    if upgraded:
        async with database.write() as connection:
            await connection.run_sync(take_back)
        await upgrade(database)

    async with database.read() as connection:
        found = await connection.execute(
            text("""
                SELECT sequence.seqrelid::regclass::text
                FROM pg_sequence sequence
                JOIN pg_depend owned ON owned.objid = sequence.seqrelid AND owned.deptype IN ('a', 'i')
                    AND owned.classid = 'pg_class'::regclass AND owned.refobjsubid > 0
                JOIN pg_attribute attribute
                    ON attribute.attrelid = owned.refobjid AND attribute.attnum = owned.refobjsubid
                WHERE sequence.seqtypid <> attribute.atttypid
                    OR sequence.seqmax < 2 ^ (CASE attribute.attlen WHEN 8 THEN 63 ELSE 31 END) - 1
            """)
        )
        assert found.all() == []


async def test_an_older_queue_whose_numbers_are_used_up_goes_on_after_an_upgrade(database, postgres_url):
    async with database.write() as connection:
        await connection.run_sync(take_back)
    await use_up(database, "runs", "tasks")

    async with kodit.open_queue(postgres_url) as queue:
        runs = [await queue.enqueue(SINGLE, dedup_key=key) for key in ("last", "first")]

    assert [run.id - LAST_OF_32_BITS for run in runs] == [0, 1]


def take_back(connection):
    config = Config()
    config.set_main_option("script_location", str(scripts()))
    config.attributes["connection"] = connection
    command.downgrade(config, OLDER)
