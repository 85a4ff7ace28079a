"""The queue in numbers, as `kodit queue stats` tells them."""

import json
from datetime import timedelta

import pytest
from queue_boards import HOUR, MINUTE, a_type, a_worker, statistics

from kodit.application.serving.plain import plain
from kodit.domain.tasks.task_type import TaskType
from kodit.interfaces.cli.rendering.queue_figures import show_statistics, span, statistics_document


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0s"),
        (0.25, "0.2s"),
        (-5, "0s"),
        (9.9, "9.9s"),
        (9.96, "10s"),
        (59.4, "59s"),
        (59.6, "1m00s"),
        (200, "3m20s"),
        (7500, "2h05m"),
        (273600, "3d04h"),
    ],
)
def test_a_span_has_two_units_at_most(seconds, words):
    assert span(timedelta(seconds=seconds)) == words


def test_no_span_is_a_dash():
    assert span(None) == "-"


def told(capsys, *types, **of_queue):
    show_statistics(statistics(*types, **of_queue))
    return capsys.readouterr().out


def test_every_type_is_a_line_and_the_whole_follows(capsys):
    out = told(
        capsys, a_type(ready=3, dead=1, waited=MINUTE), a_type(TaskType.EXTRACT, paused=True), workers=[a_worker()]
    )

    lines = {line.split()[0]: line for line in out.splitlines() if line}
    assert lines["SYNC"].split()[1:] == ["3", "0", "0", "0", "1", "1m00s", "60", "0", "250ms", "1m15s"]
    assert lines["EXTRACT"].startswith("EXTRACT (paused)")
    assert "2.0, 2.0 and 2.0 a minute" in lines["finished"]
    assert "116 tasks in 1, 4 tasks in 2" in lines["attempts"]
    assert "build:4001 1/3" in lines["workers"]


def test_an_empty_queue_is_told_in_words(capsys):
    assert told(capsys).startswith("the queue is empty\n")


def test_alerts_come_last_with_their_remedy(capsys):
    out = told(capsys, a_type(ready=500, waited=HOUR))

    assert "alert: 500 tasks wait, more than 100\n       start another worker" in out
    assert out.rstrip().endswith("kodit worker")


def test_the_document_is_json_with_times_in_seconds():
    queue = statistics(a_type(ready=3, failed=30, waited=MINUTE), workers=[a_worker()])
    document = json.loads(json.dumps(plain(statistics_document(queue))))

    assert document["by_type"]["SYNC"]["ready"] == 3
    assert document["by_type"]["SYNC"]["oldest_ready_seconds"] == 60
    assert document["by_type"]["SYNC"]["seconds"] == {"p50": 0.25, "p95": 75.0, "of": 60}
    assert document["by_type"]["SYNC"]["tries"] == {"1": 58, "2": 2}
    assert document["error_rate"] == 0.5
    assert [alert["name"] for alert in document["alerts"]] == ["errors"]
    assert document["finished_per_minute"] == {"1m": 1, "5m": 1, "60m": 1}
