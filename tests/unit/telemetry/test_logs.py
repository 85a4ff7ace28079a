"""Log lines never hold credentials, wherever in a line they are."""

import json

import pytest
import structlog

from kodit.infrastructure.telemetry.logs import configure_logs

SECRET = "hunter2"
URL = f"https://someone:{SECRET}@git.example.com/owner/repo.git"


@pytest.fixture(autouse=True)
def _as_before():
    yield
    structlog.reset_defaults()


def failing_clone():
    url = URL
    try:
        raise ConnectionError(f"cannot reach {url}")
    except ConnectionError as error:
        raise RuntimeError(f"cloning {url} failed") from error


def logged(capsys, shape, traces, **fields):
    configure_logs(level="info", shape=shape, traces=traces)
    log = structlog.get_logger("test")
    try:
        failing_clone()
    except RuntimeError as error:
        log.exception(f"no answer from {URL}", error=error, **fields)
    return capsys.readouterr().err


@pytest.mark.parametrize("shape", ["text", "json"])
@pytest.mark.parametrize("traces", [True, False])
@pytest.mark.parametrize(
    "field",
    [
        URL,
        {"remote": {"urls": [URL]}},
        [{"url": URL}],
        (URL, 1),
        {URL},
        {URL: 1},
        ConnectionError(URL),
        URL.encode(),
    ],
    ids=repr,
)
def test_no_credentials_are_logged_at_any_depth(capsys, shape, traces, field):
    line = logged(capsys, shape, traces, field=field)
    assert "git.example.com" in line
    assert SECRET not in line


@pytest.mark.parametrize("shape", ["text", "json"])
def test_a_trace_is_logged_without_the_credentials_in_its_messages_and_without_local_variables(capsys, shape):
    line = logged(capsys, shape, traces=True)
    assert "cloning https://***@git.example.com/owner/repo.git failed" in line
    assert "failing_clone" in line
    assert SECRET not in line
    assert "someone" not in line


def test_what_is_no_text_stays_what_it_is_in_json(capsys):
    line = json.loads(logged(capsys, "json", traces=False, number=1, share=0.5, done=True, nothing=None, ids=[1, 2]))
    assert (line["number"], line["share"], line["done"], line["nothing"], line["ids"]) == (1, 0.5, True, None, [1, 2])
