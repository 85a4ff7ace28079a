"""A forge says that somebody has pushed."""

import hashlib
import hmac
import json
from urllib.parse import urlencode

import pytest
from freshness_world import NOON, opened

from kodit.application.freshness.webhooks import LARGEST_BODY, Webhooks
from kodit.domain.access.audit import Action, Visit
from kodit.domain.access.caller import NOBODY
from kodit.domain.errors import InvalidInput, NotFound, Refused
from kodit.domain.tasks.task_type import QueuePriority

SECRET = "between us"
PUSH = {
    "ref": "refs/heads/main",
    "repository": {"clone_url": "https://forge.example/owner/repo.git", "default_branch": "main"},
}


@pytest.fixture
async def world(tmp_path):
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'kodit.db'}") as made:
        yield made


def webhooks(world, secret=SECRET):
    return Webhooks(
        storage=world.storage, indexing=world.indexing(), clock=world.clock, trail=world.trail, secret=secret
    )


def signed(body, event="push", secret=SECRET, **headers):
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-GitHub-Event": event, "X-Hub-Signature-256": f"sha256={signature}", **headers}


async def deliver(world, document=PUSH, **given):
    body = json.dumps(document).encode()
    return await webhooks(world).deliver("github", signed(body, **given), body)


async def test_a_push_has_every_source_that_is_read_from_there_synchronised_in_the_background(world):
    head = await world.add("head", "git@forge.example:owner/repo.git")
    main = await world.add("main", "https://forge.example/owner/repo#refs/heads/main")
    await world.add("dev", "https://forge.example/owner/repo#refs/heads/dev")
    await world.add("other", "https://forge.example/owner/other")

    delivered = await deliver(world)

    assert delivered.event == "push"
    assert sorted(delivered.runs) == ["head", "main"]
    assert await world.every_run() == {head.id: 1, main.id: 1}
    assert {run.priority for run in delivered.runs.values()} == {QueuePriority.BACKGROUND}


async def test_what_a_push_has_queued_is_written_down_and_nothing_else_is(world):
    await world.add("b", "https://forge.example/owner/repo")
    await world.add("a", "https://forge.example/owner/repo#refs/heads/main")
    await deliver(world, event="ping")
    await deliver(world, document={**PUSH, "repository": {"clone_url": "https://forge.example/owner/other.git"}})
    assert await world.trail.newest() == []
    visit = Visit(caller=NOBODY, address="192.0.2.7", request_id="r1")
    body = json.dumps(PUSH).encode()

    await webhooks(world).deliver("github", signed(body), body, visit)

    [entry] = await world.trail.newest()
    assert (entry.caller, entry.action, entry.subject, entry.outcome) == (
        "github",
        Action.DELIVER_WEBHOOK,
        "a, b",
        "done",
    )
    assert (entry.address, entry.request_id) == ("192.0.2.7", "r1")


async def test_the_same_delivery_again_does_no_harm(world):
    source = await world.add("repo", "https://forge.example/owner/repo")
    first, again = await deliver(world), await deliver(world)

    assert first.runs["repo"].id == again.runs["repo"].id
    assert await world.every_run() == {source.id: 1}


async def test_what_a_push_has_queued_is_not_due_soon_after(world):
    source = await world.add("repo", "https://forge.example/owner/repo")
    await deliver(world)

    assert (await world.schedule(source)).due_at > NOON


async def test_a_form_says_the_same_as_json(world):
    await world.add("repo", "https://forge.example/owner/repo")
    body = urlencode({"payload": json.dumps(PUSH)}).encode()
    headers = signed(body, **{"Content-Type": "application/x-www-form-urlencoded"})

    assert list((await webhooks(world).deliver("github", headers, body)).runs) == ["repo"]


@pytest.mark.parametrize("event", ["ping", "issues"])
async def test_what_is_no_push_is_answered_and_queues_nothing(world, event):
    await world.add("repo", "https://forge.example/owner/repo")
    delivered = await deliver(world, event=event)

    assert (delivered.event, dict(delivered.runs)) == (event, {})
    assert await world.every_run() == {}


async def test_without_the_right_signature_nothing_happens(world):
    await world.add("repo", "https://forge.example/owner/repo")

    with pytest.raises(Refused):
        await deliver(world, secret="a guess")
    assert await world.every_run() == {}


@pytest.mark.parametrize("secret", [None, ""])
async def test_without_a_secret_there_are_no_webhooks(world, secret):
    body = json.dumps(PUSH).encode()

    with pytest.raises(NotFound, match="takes no webhooks"):
        await webhooks(world, secret).deliver("github", signed(body, secret=""), body)


async def test_there_are_webhooks_of_known_forges_only(world):
    with pytest.raises(NotFound, match="no webhooks of this forge"):
        await webhooks(world).deliver("sourceforge", {}, b"{}")


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{", b"7", b"[" * 100_000])
async def test_a_body_that_makes_no_sense_is_said_to(world, body):
    with pytest.raises(InvalidInput):
        await webhooks(world).deliver("github", signed(body), body)


async def test_a_body_that_is_too_large_is_not_even_looked_at(world):
    with pytest.raises(InvalidInput, match="too large"):
        await webhooks(world).deliver("github", {}, b" " * (LARGEST_BODY + 1))
