"""What the documents tell to ask is answered."""

import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import pytest

DOCUMENT = Path(__file__).parents[3] / "docs" / "how-to" / "use-the-http-api.md"
COMMANDS = re.findall(r"^curl .+$", DOCUMENT.read_text(), flags=re.MULTILINE)

pytestmark = pytest.mark.asyncio(loop_scope="module")


def request_of(command):
    """Method, path with query, headers and body of a curl command."""
    words = iter(shlex.split(command)[1:])
    method, headers, body, url = "GET", {}, None, ""
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        elif word != "-N":
            url = word
    parts = urlsplit(url)
    return method, f"http://test{parts.path}{'?' if parts.query else ''}{parts.query}", headers, body


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
