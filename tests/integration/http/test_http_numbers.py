"""Numbers larger than anything there is are not found or refused, and never a fault: on both databases."""

import pytest
from http_world import answering, client_of

import kodit

NUMBERS = [2**31, 3_000_000_000, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 10**20, 10**400]
ASKED = [
    "runs/{}",
    "runs/{}/events",
    "tasks/{}",
    "tasks?before={}",
    "tasks?limit={}",
    "tasks?type=TYPE_{}",
    "dead-letters?limit={}",
    "dead-letters?type={}",
    "audit?limit={}",
    "symbols?q=x&offset={}",
    "symbols?q=x&limit={}",
    "references?name=x&limit={}",
    "impact?name=x&depth={}",
    "search?q=x&limit={}",
    "grep?pattern=x&limit={}",
    "grep?pattern=x&context={}",
]
SENT = [
    ("POST", "runs/{}/cancel", None),
    ("POST", "dead-letters/retry", '{{"ids": [{}]}}'),
    ("POST", "dead-letters/discard", '{{"ids": [{}]}}'),
    ("POST", "dead-letters/retry", '{{"type": "TYPE_{}"}}'),
    ("POST", "controls/TYPE_{}/pause", None),
    ("PUT", "controls/TYPE_{}/limit", '{{"most": 1}}'),
    ("PUT", "controls/TYPE_1000/limit", '{{"most": {}}}'),
    ("POST", "sources", '{{"location": "https://example.org/a", "depth": {}}}'),
    ("POST", "keys", '{{"name": "ci", "scopes": [], "per_minute": {}}}'),
]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request):
    return None if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
async def client(url, tmp_path):
    async with (
        kodit.open(tmp_path / "data", workers=1, database_url=url) as engine,
        client_of(answering(engine)) as client,
    ):
        (tmp_path / "code").mkdir()
        (tmp_path / "code" / "x.py").write_text("def x():\n    return 1\n")
        await engine.index(str(tmp_path / "code"), name="code")
        yield client


async def test_no_number_is_a_fault(client):
    unexpected = []
    for number in NUMBERS:
        requests = [("GET", path.format(number), None) for path in ASKED]
        requests += [(method, path.format(number), body and body.format(number)) for method, path, body in SENT]
        for method, path, body in requests:
            headers = {} if body is None else {"Content-Type": "application/json"}
            answer = await client.request(method, path, content=body, headers=headers)
            if answer.status_code not in (200, 400, 404, 422):
                unexpected.append((method, path[:60], body and body[:60], answer.status_code, answer.text[:200]))
    assert unexpected == []


async def test_a_number_that_nothing_has_is_not_found_on_either(client):
    for number in (3_000_000_000, 2**63 - 1):
        assert (await client.get(f"runs/{number}")).status_code == 404
        assert (await client.get(f"tasks/{number}")).status_code == 404
        assert (await client.post(f"runs/{number}/cancel")).status_code == 404
