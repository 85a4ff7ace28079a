"""Nothing is lost, doubled or out of order, whatever dies, hangs or breaks. `make chaos` does the same for longer."""

import asyncio

import pytest
from chaos_homes import PostgresHome, SqliteHome
from chaos_power import power_cuts
from chaos_trial import trial


@pytest.fixture(params=[SqliteHome, PostgresHome], ids=lambda home: home.name)
def home(request, require, tmp_path):
    if request.param is PostgresHome:
        require("postgres")
    return request.param(tmp_path)


@pytest.mark.timeout(300)
def test_workers_that_are_killed_stopped_and_cut_off_break_no_promise(home, tmp_path):
    report = asyncio.run(trial(home, tmp_path, seed=1))
    figures = report.figures()

    assert report.broken == [], "\n".join(report.faults.schedule)
    # It was a trial, and not a walk.
    assert figures["tasks"] > 50
    assert min(figures["processes killed"], figures["processes killed by their task"], figures["takeovers"]) > 0


@pytest.mark.timeout(300)
def test_a_power_cut_loses_nothing_that_was_acknowledged_and_the_queue_goes_on(tmp_path):
    found = asyncio.run(power_cuts(SqliteHome(tmp_path), tmp_path, seed=1, cuts=6))

    assert len(found) == 6
    assert {name: broken for name, broken in found.items() if broken} == {}
