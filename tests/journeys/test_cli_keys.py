"""`kodit keys` and `kodit audit`, and a server that goes by them."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from command_line import CommandLine

WITHOUT_END = 60
"""Seconds that nobody waits for."""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A server of this one asks everybody for a key, and reads one kilobyte."""
    variables = {"KODIT_REQUIRE_KEYS": "always", "KODIT_BODY_KILOBYTES": "1"}
    return CommandLine(tmp_path_factory.mktemp("guarded") / "data", variables)


@pytest.fixture(scope="module")
def key(guarded: CommandLine) -> str:
    return guarded.ok("keys", "create", "ada", "--scope", "read", "--scope", "write").out.strip()


@pytest.fixture(scope="module")
def url(guarded: CommandLine, key: str) -> Iterator[str]:
    with guarded.start("serve", "--port", "0", "--workers", "0") as server:
        yield server.stdout.readline().rpartition(" ")[2].strip()
        server.terminate()
        server.communicate(timeout=WITHOUT_END)


def test_a_key_is_printed_once_listed_replaced_and_taken_back(fresh):
    made = fresh.ok("keys", "create", "ci", "--scope", "read", "--expires", "90d", "--per-minute", "60")
    secret = made.out.strip()
    assert secret.startswith("kodit_")
    assert "cannot be shown again" in made.err

    [listed] = fresh.json("keys")
    assert (listed["name"], listed["state"], listed["scopes"], listed["sources"]) == ("ci", "usable", ["read"], None)
    assert (listed["prefix"], listed["per_minute"]) == (secret.rpartition("_")[0], 60)

    again = fresh.run("keys", "create", "ci", "--scope", "read")
    assert (again.code, again.remedy) == (4, "kodit keys rotate ci, or choose a name")

    replaced = fresh.json("keys", "rotate", "ci", "--grace", "1h")
    assert replaced["secret"] != secret
    assert replaced["key"]["scopes"] == ["read"]

    ended = fresh.ok("keys", "revoke", "ci").out.splitlines()
    assert sorted(ended) == sorted(f"revoked ci ({key})" for key in (listed["id"], replaced["key"]["id"]))
    table = fresh.ok("keys", "list").out
    assert table.count("revoked") == 2
    assert [(one["action"], one["outcome"]) for one in fresh.json("audit")] == [
        ("key.revoke", "done"),
        ("key.rotate", "done"),
        ("key.create", "Conflict"),
        ("key.create", "done"),
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("create", "ci", "--source", "nowhere"), 3, "there is no source named nowhere"),
        (("create", "ci", "--expires", "99999999d"), 4, "that is more time than there is"),
    ],
)
def test_what_makes_no_sense_is_said_so(fresh, arguments, code, said):
    ended = fresh.run("keys", *arguments)

    assert (ended.code, ended.error, ended.out) == (code, said, "")
    assert ended.remedy


def test_a_server_for_other_machines_does_not_start_without_a_key(fresh):
    ended = fresh.run("serve", "--host", "::", "--port", "0")

    assert ended.code == 4
    assert "there is no key yet" in ended.error
    assert ended.remedy.startswith("kodit keys create NAME --scope read")


def test_whoever_shows_a_key_is_let_in_as_far_as_it_goes(guarded, key, url):
    def ask(method, path, **given):
        headers = {"Authorization": f"Bearer {key}", "X-Request-Id": "r1"}
        return httpx.request(method, f"{url}{path}", headers=headers, timeout=WITHOUT_END, **given)

    assert httpx.get(f"{url}/api/v1/sources").status_code == 401
    assert httpx.get(f"{url}/healthz").status_code == 200
    assert ask("GET", "/api/v1/sources").json()["items"] == []
    assert ask("GET", "/api/v1/keys").status_code == 403
    added = ask("POST", "/api/v1/sources", json={"location": "https://127.0.0.1:9/code.git"})
    assert added.status_code == 202

    entry = guarded.json("audit")[0]
    assert (entry["caller"], entry["action"], entry["request_id"]) == ("ada", "source.add", "r1")
    assert (entry["subject"], entry["outcome"]) == ("https://127.0.0.1:9/code.git", "done")


def test_a_long_body_in_pieces_is_not_read_to_its_end(key, url):
    def pieces():
        for _ in range(3):
            yield b"x" * 1000

    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    answer = httpx.post(f"{url}/api/v1/sources", content=pieces(), headers=headers, timeout=WITHOUT_END)

    assert (answer.status_code, answer.json()["title"]) == (413, "Content Too Large")


def test_a_head_that_smuggles_another_request_is_refused(key, url):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=WITHOUT_END)
    connection.putrequest("POST", "/api/v1/sources", skip_accept_encoding=True)
    for name, value in (("Transfer-Encoding", "chunked"), ("Content-Length", "5"), ("Authorization", f"Bearer {key}")):
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(b"0\r\n\r\n")

    assert connection.getresponse().status == 400
    connection.close()
