"""What the documents tell to ask is answered."""

import pytest
from shown_requests import commands_in, request_of

COMMANDS = commands_in("use-the-http-api.md")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("command", COMMANDS)
async def test_every_request_that_is_shown_is_answered(own_client, command):
    if "$NEXT" in command:
        before = await own_client.get("tasks", params={"limit": 2})
        command = command.replace("$NEXT", before.json()["next"])
    method, url, headers, body = request_of(command)
    answer = await own_client.request(method, url, headers=headers, content=body)
    assert answer.status_code in (200, 202), answer.text


async def test_the_document_shows_requests():
    assert len(COMMANDS) > 15
