"""Who is let in by the gate, and as whom."""

import pytest
from access_desk import ELSEWHERE, EXPOSED, LOCAL_RULES, READING, whoami

from kodit.domain.access.api_key import Grant
from kodit.domain.access.audit import HERE
from kodit.domain.access.scope import Scope
from kodit.domain.errors import InvalidInput, Refused
from kodit.interfaces.gate.gate import Gate
from kodit.interfaces.gate.limits import Buckets
from kodit.interfaces.gate.rules import GateRules, KeysFor, gate_rules, must_have_keys
from kodit.settings import load


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


async def test_on_this_machine_nobody_needs_a_key(asking):
    answer = await asking(LOCAL_RULES)

    assert (answer.status_code, answer.text) == (200, "local|127.0.0.1|http|admin,read,write")


@pytest.mark.parametrize("path", ["/", "/api/v1/sources", "/metrics", "/docs", "/openapi.json", "/mcp", "/nowhere"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "HEAD", "OPTIONS", "TRACE"])
async def test_where_other_machines_reach_it_everything_takes_a_key(asking, path, method):
    answer = await asking(EXPOSED, path, method=method, host="kodit.example.org")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="kodit"'
    if method != "HEAD":
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/webhooks/github", "/static/kodit.css", "/login"])
async def test_what_is_public_is_answered_to_somebody_who_may_do_nothing(asking, path):
    answer = await asking(EXPOSED, path, host="kodit.example.org")

    assert (answer.status_code, answer.text) == (200, f"nobody|{ELSEWHERE}|http|")


@pytest.mark.parametrize("path", ["/healthz/x", "/loginx", "/static", "/webhooks", "/Login", "//healthz"])
async def test_what_only_looks_public_is_not(asking, path):
    assert (await asking(EXPOSED, f"http://kodit.example.org{path}", host="x")).status_code == 401


@pytest.mark.parametrize("path", ["/static/kodit.css", "/login"])
async def test_without_a_page_nothing_of_a_page_is_public(asking, path):
    assert (await asking(GateRules(exposed=True, pages=False), path)).status_code == 401


async def test_a_key_lets_in_whom_it_belongs_to_with_what_it_is_for(asking, desk):
    made = await desk.keys.create("ci", READING, visit=HERE)

    answer = await asking(EXPOSED, host="kodit.example.org", headers=bearer(made.secret))

    assert (answer.status_code, answer.text) == (200, f"ci|{ELSEWHERE}|http|read")


async def test_a_key_without_scopes_lets_in_somebody_who_may_do_nothing(asking, desk):
    made = await desk.keys.create("ci", Grant(), visit=HERE)

    assert (await asking(EXPOSED, headers=bearer(made.secret))).text == f"ci|{ELSEWHERE}|http|"


@pytest.mark.parametrize(
    "header",
    [
        b"Bearer nonsense",
        b"Bearer",
        b"Bearer ",
        b"Basic a29kaXQ6a29kaXQ=",
        "Bearer kodit_ключ".encode(),
        b"Bearer " + b"\xff" * 40,
        b"kodit_0123456789_" + b"0" * 49,
    ],
)
@pytest.mark.parametrize("rules", [LOCAL_RULES, EXPOSED], ids=["on this machine", "exposed"])
async def test_a_wrong_key_never_lets_in_not_even_on_this_machine(asking, header, rules):
    answer = await asking(rules, headers=[(b"authorization", header)])

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="kodit", error="invalid_token"'


async def test_a_key_shown_on_this_machine_counts_as_anywhere(asking, desk):
    made = await desk.keys.create("ci", READING, visit=HERE)

    assert (await asking(LOCAL_RULES, headers=bearer(made.secret))).text == "ci|127.0.0.1|http|read"


async def test_two_keys_at_once_are_none(asking, desk):
    made = await desk.keys.create("ci", READING, visit=HERE)
    twice = [(b"authorization", f"Bearer {made.secret}".encode())] * 2

    answer = await asking(EXPOSED, headers=twice)

    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        "the header authorization stands there more than once",
    )


async def test_a_revoked_key_lets_nobody_in(asking, desk):
    made = await desk.keys.create("ci", READING, visit=HERE)
    await desk.keys.revoke("ci", visit=HERE)

    answer = await asking(EXPOSED, headers=bearer(made.secret))

    assert (answer.status_code, answer.json()["detail"]) == (401, "the key ci is revoked")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.0.2.1"])
async def test_a_page_that_makes_its_name_lead_here_gets_nothing(asking, host):
    assert (await asking(LOCAL_RULES, host=host)).status_code == 421


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:8765", "[::1]:8765", "kodit.localhost", "127.1.2.3"]
)
async def test_names_of_this_machine_lead_here(asking, host):
    assert (await asking(LOCAL_RULES, host=host)).status_code == 200


async def test_a_name_that_the_settings_give_leads_here_but_takes_a_key(asking):
    rules = GateRules(names=frozenset({"kodit.example.org"}))

    assert (await asking(rules, host="kodit.example.org")).status_code == 401
    assert (await asking(rules)).status_code == 200


async def test_where_names_are_given_others_are_refused_also_with_a_key(asking, desk):
    made = await desk.keys.create("ci", READING, visit=HERE)
    rules = GateRules(exposed=True, names=frozenset({"kodit.example.org"}))

    assert (await asking(rules, host="kodit.example.org", headers=bearer(made.secret))).status_code == 200
    assert (await asking(rules, host="other.example.org", headers=bearer(made.secret))).status_code == 421
    assert (await asking(rules, "/healthz", host="10.0.0.1")).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"])
async def test_what_a_proxy_hands_on_does_not_come_from_this_machine(asking, header):
    assert (await asking(LOCAL_RULES, headers={header: "127.0.0.1"})).status_code == 401


async def test_where_everybody_needs_a_key_this_machine_does_too(asking):
    assert (await asking(GateRules(keys_for=KeysFor.ALWAYS))).status_code == 401


async def test_where_nobody_needs_a_key_nobody_is_an_administrator(asking):
    rules = GateRules(exposed=True, keys_for=KeysFor.NEVER)

    assert (await asking(rules, host="10.0.0.1")).text == f"anybody|{ELSEWHERE}|http|read,write"
    assert (await asking(rules, host="rebound.example")).status_code == 421
    assert (await asking(rules, host="10.0.0.1", headers=bearer("wrong"))).status_code == 401


class TestProxies:
    RULES = GateRules(exposed=True, proxies=gate_rules(load(trusted_proxies="10.0.0.0/8, ::1")).proxies)

    @pytest.mark.parametrize(
        ("told", "address"),
        [
            ("198.51.100.1", "198.51.100.1"),
            ("127.0.0.1, 198.51.100.1", "198.51.100.1"),
            ("198.51.100.1, 10.1.1.1", "198.51.100.1"),
            ("198.51.100.1:4711", "198.51.100.1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("", "10.0.0.1"),
            ("unknown", "10.0.0.1"),
            ("198.51.100.1, <script>", "10.0.0.1"),
        ],
    )
    async def test_a_trusted_proxy_is_believed_whom_it_asks_for(self, asking, desk, told, address):
        made = await desk.keys.create("ci", READING, visit=HERE)
        headers = {**bearer(made.secret), "X-Forwarded-For": told, "X-Forwarded-Proto": "https"}

        answer = await asking(self.RULES, come_from="10.0.0.1", headers=headers)

        assert answer.text == f"ci|{address}|https|read"

    async def test_anybody_else_is_not(self, asking, desk):
        made = await desk.keys.create("ci", READING, visit=HERE)
        headers = {**bearer(made.secret), "X-Forwarded-For": "198.51.100.1", "X-Forwarded-Proto": "https"}

        assert (await asking(self.RULES, headers=headers)).text == f"ci|{ELSEWHERE}|http|read"

    async def test_with_a_proxy_before_it_nobody_is_taken_for_local(self, asking):
        rules = GateRules(proxies=gate_rules(load(trusted_proxies="127.0.0.1")).proxies)

        assert (await asking(rules)).status_code == 401
        assert (await asking(rules, headers={"X-Forwarded-For": "127.0.0.1"})).status_code == 401


class TestSettings:
    @pytest.mark.parametrize(
        ("host", "exposed"),
        [("127.0.0.1", False), ("localhost", False), ("::1", False), ("10.0.0.1", True), ("::", True), ("", True)],
    )
    def test_a_server_is_exposed_unless_it_listens_to_this_machine_alone(self, host, exposed):
        assert gate_rules(load(host=host)).exposed is exposed

    @pytest.mark.parametrize(
        "wrong",
        [
            {"cors_origins": "*"},
            {"cors_origins": "example.org"},
            {"cors_origins": "https://example.org/"},
            {"cors_origins": "https://[::1"},
            {"trusted_proxies": "proxy.example.org"},
        ],
    )
    def test_what_makes_no_sense_is_refused_at_the_start(self, wrong):
        with pytest.raises(InvalidInput):
            gate_rules(load(**wrong))

    async def test_a_server_that_nobody_could_use_does_not_start(self, desk):
        for rules in (EXPOSED, GateRules(keys_for=KeysFor.ALWAYS)):
            with pytest.raises(Refused) as refused:
                await must_have_keys(rules, desk.access)
            assert "kodit keys create" in refused.value.remedy
            assert ("--host 127.0.0.1" in refused.value.remedy) is rules.exposed

    async def test_with_a_key_or_without_need_it_starts(self, desk):
        await must_have_keys(LOCAL_RULES, desk.access)
        await must_have_keys(GateRules(exposed=True, keys_for=KeysFor.NEVER), desk.access)
        await desk.keys.create("ci", READING, visit=HERE)
        await must_have_keys(EXPOSED, desk.access)


async def test_keys_are_limited_each_by_its_own_and_told_when_to_come_back(asking, desk):
    seconds = [0.0]
    made = await desk.keys.create("ci", Grant(scopes=frozenset({Scope.READ}), per_minute=2), visit=HERE)
    other = await desk.keys.create("other", READING, visit=HERE)
    gate = Gate(whoami, EXPOSED, desk.access, Buckets(lambda: seconds[0]))

    answers = [await asking(EXPOSED, gate=gate, headers=bearer(made.secret)) for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "31"
    assert (await asking(EXPOSED, gate=gate, headers=bearer(other.secret))).status_code == 200
    seconds[0] = 30
    assert (await asking(EXPOSED, gate=gate, headers=bearer(made.secret))).status_code == 200


async def test_who_guesses_keys_is_soon_no_longer_answered(asking, desk):
    rules = GateRules(exposed=True, address_per_minute=100)
    gate = Gate(whoami, rules, desk.access, Buckets(lambda: 0.0))

    answers = [(await asking(rules, gate=gate, headers=bearer("guess"))).status_code for _ in range(12)]

    assert answers == [401] * 10 + [429] * 2
    assert (await asking(rules, gate=gate, come_from="192.0.2.8", headers=bearer("guess"))).status_code == 401


async def test_whoever_has_one_ipv6_network_is_one_caller(asking, desk):
    rules = GateRules(exposed=True, address_per_minute=1)
    gate = Gate(whoami, rules, desk.access, Buckets(lambda: 0.0))

    answers = [
        (await asking(rules, gate=gate, come_from=address)).status_code
        for address in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")
    ]

    assert answers == [401, 429, 401]


async def test_on_this_machine_nobody_is_limited(asking, desk):
    rules = GateRules(address_per_minute=1)
    gate = Gate(whoami, rules, desk.access, Buckets(lambda: 0.0))

    assert {(await asking(rules, gate=gate)).status_code for _ in range(5)} == {200}
