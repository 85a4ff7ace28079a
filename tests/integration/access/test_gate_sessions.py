"""Browsers that have shown a key once."""

from urllib.parse import parse_qs, urlsplit

import pytest
from access_desk import ELSEWHERE, EXPOSED, LOCAL_RULES, READING

from kodit.application.access.authentication import FRESH
from kodit.domain.access.audit import HERE, Action
from kodit.interfaces.gate.rules import GateRules, gate_rules
from kodit.settings import load

PAGE = {"Accept": "text/html,*/*"}


async def logged_in(asking, secret, **given):
    answer = await asking(EXPOSED, "/login", method="POST", data={"key": secret, "next": "/queue?a=1"}, **given)
    return answer, answer.headers.get("set-cookie", "")


async def test_a_person_without_a_session_is_asked_for_a_key(asking):
    answer = await asking(EXPOSED, "/sources?q=a%20b", headers=PAGE)

    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fsources%3Fq%3Da%2520b")
    assert (await asking(EXPOSED, "/api/v1/sources", headers=PAGE)).status_code == 401


async def test_a_key_opens_a_session_that_scripts_and_other_sites_cannot_use(asking, desk):
    made = await desk.keys.create("ada", READING, visit=HERE)

    answer, cookie = await logged_in(asking, made.secret)

    assert (answer.status_code, answer.headers["location"]) == (303, "/queue?a=1")
    assert cookie.endswith("; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict")
    assert made.secret not in cookie
    shown = {"Cookie": cookie.partition(";")[0]}
    assert (await asking(EXPOSED, "/sources", headers=shown)).text == f"ada|{ELSEWHERE}|http|read"


async def test_behind_tls_the_cookie_is_for_tls_alone(asking, desk):
    made = await desk.keys.create("ada", READING, visit=HERE)
    rules = GateRules(exposed=True, proxies=gate_rules(load(trusted_proxies=ELSEWHERE)).proxies)
    told = {"X-Forwarded-Proto": "https"}

    answer = await asking(rules, "/login", method="POST", data={"key": made.secret}, headers=told)

    assert answer.headers["set-cookie"].endswith("; Secure")


async def test_a_wrong_key_opens_none(asking):
    answer, cookie = await logged_in(asking, "nonsense")

    assert (answer.status_code, answer.headers["location"], cookie) == (
        303,
        "/login?next=%2Fqueue%3Fa%3D1&failed=1",
        "",
    )


@pytest.mark.parametrize("wanted", ["/sources/a%20b?q=%2F", "/sources/%C3%A4?a=1&b=%26", "/names?of=f%3F"])
async def test_whoever_shows_a_wrong_key_first_comes_to_the_same_place_at_last(asking, wanted):
    following = wanted
    for _ in range(2):
        answer = await asking(EXPOSED, "/login", method="POST", data={"key": "nonsense", "next": following})
        [following] = parse_qs(urlsplit(answer.headers["location"]).query)["next"]

    assert following == wanted


async def test_logging_out_closes_the_session_on_the_server_too(asking, desk):
    made = await desk.keys.create("ada", READING, visit=HERE)
    _, cookie = await logged_in(asking, made.secret)
    shown = {"Cookie": cookie.partition(";")[0]}

    answer = await asking(EXPOSED, "/logout", method="POST", headers=shown)

    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (await asking(EXPOSED, "/api/v1/sources", headers=shown)).status_code == 401
    assert [(one.action, one.caller) for one in await desk.trail.newest()][:2] == [
        (Action.LOG_OUT, "ada"),
        (Action.LOG_IN, "ada"),
    ]


async def test_a_session_ends_when_its_key_does(asking, desk):
    made = await desk.keys.create("ada", READING, visit=HERE)
    _, cookie = await logged_in(asking, made.secret)
    await desk.keys.revoke("ada", visit=HERE)
    desk.clock.time += FRESH

    answer = await asking(EXPOSED, "/api/v1/sources", headers={"Cookie": cookie.partition(";")[0]})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "evil",
        "/a\r\nSet-Cookie: x",
    ],
)
async def test_nobody_is_led_elsewhere_after_logging_in(asking, desk, elsewhere):
    made = await desk.keys.create("ada", READING, visit=HERE)

    answer = await asking(EXPOSED, "/login", method="POST", data={"key": made.secret, "next": elsewhere})

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("cookie", ["kodit_session=", "kodit_session=nonsense", "a=b; ;;=", 'kodit_session="', "\xff"])
async def test_a_wrong_cookie_is_as_good_as_none(asking, cookie):
    headers = [(b"cookie", cookie.encode("latin-1"))]

    assert (await asking(EXPOSED, headers=headers)).status_code == 401
    assert (await asking(LOCAL_RULES, headers=headers)).status_code == 200


async def test_without_a_page_nobody_logs_in(asking, desk):
    made = await desk.keys.create("ada", READING, visit=HERE)
    rules = GateRules(exposed=True, pages=False)

    assert (await asking(rules, "/login", method="POST", data={"key": made.secret})).status_code == 401
