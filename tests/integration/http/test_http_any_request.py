"""Whatever is asked, the answer is one that the OpenAPI document tells of, and never a fault of kodit's."""

import asyncio
import shutil
import threading

import pytest
import schemathesis
from http_world import answering, on_loopback
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS, load_all_checks

import kodit
from kodit.interfaces.http.app import PREFIX, api

load_all_checks()
HELD_TO = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)
schema = schemathesis.openapi.from_dict(api(lambda scope: None).openapi()).exclude(path_regex="/events$")


@pytest.fixture(scope="module")
def url(home, tmp_path_factory):
    """A server in a thread of its own, where nobody works the queue off."""
    data = shutil.copytree(home / "data", tmp_path_factory.mktemp("asked") / "data")
    listening, told = threading.Event(), {}

    async def serve():
        told["loop"], told["stop"] = asyncio.get_running_loop(), asyncio.Event()
        async with kodit.open(data, workers=1) as engine, on_loopback(answering(engine)) as url:
            told["url"] = url
            listening.set()
            await told["stop"].wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert listening.wait(timeout=60)
    yield told["url"].removesuffix(f"{PREFIX}/")
    told["loop"].call_soon_threadsafe(told["stop"].set)
    thread.join()


@schema.parametrize()
@settings(
    max_examples=3,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[*HealthCheck],
)
def test_every_answer_is_one_that_the_document_tells_of(case, url):
    response = case.call(base_url=url)
    case.validate_response(response, checks=HELD_TO)
