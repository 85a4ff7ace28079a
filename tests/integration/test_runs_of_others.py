"""Runs that another program has queued on the same database."""

import pytest
from own_program import PHOTOS

import kodit
from kodit.application.serving.serving_application_service import ServingApplicationService
from kodit.domain.access.caller import LOCAL
from kodit.domain.errors import NotFound


async def test_a_run_that_is_about_no_source_is_none_to_who_asks_about_sources(tmp_path):
    async with kodit.open(tmp_path) as engine:
        async with kodit.open_queue(f"sqlite:///{tmp_path / 'kodit.db'}") as queue:
            run = await queue.enqueue(PHOTOS, dedup_key="7", payload={"photo": 7})

        for asked in (engine.progress, ServingApplicationService(engine, LOCAL).progress):
            with pytest.raises(NotFound, match=f"there is no run {run.id}") as told:
                await asked(run.id)
            assert told.value.remedy
