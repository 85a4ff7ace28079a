"""What strangers can do to the page and those who use it: nothing."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

import kodit
from kodit.application.engine import Kodit
from kodit.application.serving.queue_history import QueueHistory
from kodit.application.serving.serving_application_service import ServingApplicationService
from kodit.domain.access.caller import LOCAL, Caller
from kodit.domain.access.scope import Scope
from kodit.interfaces.web.app import pages
from kodit.interfaces.web.forms import COOKIE, FIELD

HERE = "http://kodit.test"
FORM = {"Sec-Fetch-Site": "same-origin"}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 123 * 457 }}"
READER = Caller(name="reader", scopes=frozenset({Scope.READ}))

Visitor = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Kodit]:
    async with kodit.open(tmp_path / "data", workers=1) as opened:
        yield opened


@asynccontextmanager
async def visiting(engine: Kodit, caller: Caller = LOCAL) -> AsyncIterator[httpx.AsyncClient]:
    app = pages(lambda _: ServingApplicationService(engine, caller), QueueHistory(engine.overview.statistics))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        yield client


async def added(engine: Kodit, tmp_path: Path, name: str = "plant", *, text: str = "def leaf(): ...\n") -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "leaf.py").write_text(text)
    source = await engine.add(str(tmp_path / name), name=name)
    await engine.indexing.queue_index_tasks(source.id, is_user_initiated=True)


async def posted(client: httpx.AsyncClient, path: str, headers: dict[str, str] = FORM, **fields: str) -> httpx.Response:
    """A form as the page itself sends it."""
    await client.get("/login")
    return await client.post(path, data={FIELD: client.cookies[COOKIE], **fields}, headers=headers)


async def test_every_answer_lets_nothing_else_be_loaded_and_nobody_frame_it(engine: Kodit) -> None:
    async with visiting(engine) as client:
        for path in ("/", "/sources", "/queue", "/login", "/nowhere", "/queue/tasks/1", "/?q=x"):
            policy = (await client.get(path)).headers["content-security-policy"]
            assert "default-src 'none'" in policy, path
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {},
    ],
)
async def test_a_form_that_another_site_sends_changes_nothing(
    engine: Kodit, tmp_path: Path, headers: dict[str, str]
) -> None:
    await added(engine, tmp_path)
    async with visiting(engine) as client:
        answer = await posted(client, "/sources", headers=headers, action="remove", name="plant")
        assert answer.status_code == 403
        assert [row.name for row in await engine.sources()] == ["plant"]


async def test_a_form_without_its_token_changes_nothing(engine: Kodit, tmp_path: Path) -> None:
    await added(engine, tmp_path)
    async with visiting(engine) as client:
        for token in ({}, {FIELD: ""}, {FIELD: "x" * 43}):
            fields = {"action": "remove", "name": "plant", **token}
            assert (await client.post("/sources", data=fields, headers=FORM)).status_code == 403
        assert (await client.post("/sources", json={"action": "remove"}, headers=FORM)).status_code == 422
        assert len(await engine.sources()) == 1


@pytest.mark.parametrize("headers", [FORM, {"Origin": HERE}])
async def test_the_form_of_the_page_itself_is_heard(engine: Kodit, tmp_path: Path, headers: dict[str, str]) -> None:
    await added(engine, tmp_path)
    async with visiting(engine) as client:
        answer = await posted(client, "/sources", headers=headers, action="sync", name="plant")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sources/plant")


async def test_a_cookie_is_out_of_reach_for_scripts_and_other_sites(engine: Kodit) -> None:
    async with visiting(engine) as client:
        [cookie] = (await client.get("https://kodit.test/")).headers.get_list("set-cookie")
        assert {"HttpOnly", "SameSite=strict", "Secure"} <= set(cookie.split("; "))


async def test_who_may_only_read_is_offered_nothing_else_and_refused_it(engine: Kodit, tmp_path: Path) -> None:
    await added(engine, tmp_path)
    async with visiting(engine, READER) as client:
        for path in ("/sources", "/sources/plant", "/queue"):
            shown = (await client.get(path)).text
            assert 'method="post"' not in shown, path
        for path, fields in (
            ("/sources", {"action": "sync", "name": "plant"}),
            ("/sources", {"action": "remove", "name": "plant"}),
            ("/sources", {"action": "add", "location": "https://kodit.test/x"}),
            ("/queue", {"action": "pause", "type": "everything"}),
            ("/queue", {"action": "retry", "task": "1"}),
            ("/queue", {"action": "cancel", "run": "1"}),
        ):
            assert (await posted(client, path, **fields)).status_code == 403, fields


async def test_who_sees_one_source_sees_nothing_of_another(engine: Kodit, tmp_path: Path) -> None:
    await added(engine, tmp_path)
    await added(engine, tmp_path, "secret-garden")
    limited = Caller(name="limited", scopes=frozenset(Scope), sources=frozenset({"plant"}))
    async with visiting(engine, limited) as client:
        for path in ("/", "/sources", "/queue", "/symbols?q=l", "/packages", "/?q=leaf", "/sources/plant"):
            answer = await client.get(path)
            assert answer.status_code == 200, path
            assert "secret-garden" not in answer.text, path
        for path in ("/sources/secret-garden", "/sources/secret-garden/files/leaf.py", "/sources/secret-garden/files/"):
            assert (await client.get(path)).status_code == 404, path


async def test_nothing_that_is_typed_becomes_markup(engine: Kodit, tmp_path: Path) -> None:
    await added(engine, tmp_path)
    async with visiting(engine) as client:
        for path in ("/", "/symbols", "/packages", "/names", "/login", "/sources/<script>alert(1)</script>"):
            names = ("q", "of", "source", "language", "path", "mode", "after", "author", "kind", "next", "limit", "did")
            for name in names:
                shown = (await client.get(path, params={name: EVIL})).text
                assert "<script>alert" not in shown, (path, name)
                assert "<img" not in shown, (path, name)
                assert "56211" not in shown, (path, name)


async def test_a_login_leads_nowhere_else(engine: Kodit) -> None:
    async with visiting(engine) as client:
        for asked in ("https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)"):
            assert "evil" not in (await client.get("/login", params={"next": asked})).text
        assert 'value="/queue?x=1"' in (await client.get("/login", params={"next": "/queue?x=1"})).text


async def test_no_path_leads_out_of_a_source(engine: Kodit, tmp_path: Path) -> None:
    await added(engine, tmp_path)
    (tmp_path / "outside.txt").write_text("hidden treasure")
    async with visiting(engine) as client:
        for path in ("../outside.txt", "..%2Foutside.txt", f"{tmp_path}/outside.txt", "%2Fetc%2Fpasswd"):
            answer = await client.get(f"/sources/plant/files/{path}")
            assert answer.status_code in (404, 409), path
            assert "treasure" not in answer.text


async def test_a_fault_of_kodit_tells_nothing_of_its_inside(tmp_path: Path) -> None:
    def broken(_: object) -> ServingApplicationService:
        raise ZeroDivisionError("the inside")

    async def never() -> None:
        raise AssertionError

    transport = httpx.ASGITransport(pages(broken, QueueHistory(never)), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        answer = await client.get("/sources")
    assert answer.status_code == 500
    assert "the inside" not in answer.text
    assert "ZeroDivision" not in answer.text


async def test_a_task_of_a_number_that_none_has_is_not_found(engine: Kodit) -> None:
    async with visiting(engine) as client:
        for number in ("0", "3000000000", "9" * 20, "9" * 5_000):
            assert (await client.get(f"/queue/tasks/{number}")).status_code == 404, number[:20]
        for field in ("task", "run"):
            action = "retry" if field == "task" else "cancel"
            for number in ("3000000000", "9" * 20, "9" * 5_000):
                answer = await posted(client, "/queue", action=action, **{field: number})
                assert answer.status_code in (404, 422), (field, number[:20])
