"""Packages of nixpkgs and their channels over HTTP."""

import json

import jsonschema
import pytest
import pytest_asyncio
from http_world import answering, client_of
from shown_requests import commands_in, request_of

import kodit
from kodit.domain.access.caller import Caller
from kodit.domain.access.scope import Scope
from kodit.interfaces.http.app import PREFIX, api
from kodit.interfaces.http.nix import EXAMPLE
from package_world import CHANNELS, PACKAGES, list_of, with_channels

pytestmark = pytest.mark.asyncio(loop_scope="module")
LISTS = {name: f"{name.replace('/', '-')}.json" for name in CHANNELS}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("channels")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(root):
    await with_channels(root / "data", root)
    async with kodit.open(root / "data", workers=1) as engine:
        yield engine


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(engine):
    async with client_of(answering(engine)) as client:
        yield client


def known_as(engine, *scopes, sources=None):
    return client_of(answering(engine, Caller(name="ada", scopes=frozenset(scopes), sources=sources)))


async def told(client, path, status=200, **parameters):
    answer = await client.get(path, params=parameters)
    assert answer.status_code == status, answer.text
    return answer.json()


async def found(client, **parameters):
    results = (await told(client, "nix/packages", **parameters))["results"]
    return [(one["channel"], one["attr"]) for one in results]


async def test_packages_are_found_by_name_and_by_what_they_do(client):
    assert await found(client, q="firefox", limit=2) == [("nixos", "firefox"), ("team/nixos", "firefox")]
    assert (await found(client, q="text web browser"))[0] == ("team/nixos", "w3m")
    misspelt = await told(client, "nix/packages", q="fierfox")
    assert misspelt["understood"] == {"fierfox": ["firefox"]}
    assert misspelt.keys() == EXAMPLE.keys()
    assert misspelt["results"][0].keys() == EXAMPLE["results"][0].keys()


async def test_a_result_has_what_is_known_of_the_package_by_its_names(client):
    [one] = (await told(client, "nix/packages", q="firefox", channel="team/nixos", limit=1))["results"]
    assert one["licenses"] == [{"name": "Mozilla Public License 2.0", "spdx_id": "MPL-2.0", "is_free": True}]
    assert one["maintainers"] == [{"name": "Ann", "email": "ann@example.org", "github": "ann"}]
    assert one["implemented_in"] == {"path": "pkgs/browsers/firefox.nix", "line": 12}
    assert (one["main_program"], one["platforms"]) == ("ff", ["i686-linux", "x86_64-linux"])


@pytest.mark.parametrize(
    ("filters", "attrs"),
    [
        ({"channel": "nixos"}, {"firefox"}),
        ({"license": ["MIT", "MPL-2.0"], "channel": "team/nixos"}, {"firefox", "w3m", 'sets."a/b.c"'}),
        ({"license": "MPL-2.0", "platform": "x86_64-linux"}, {"firefox"}),
        ({"broken": True}, {"w3m"}),
        ({"broken": False, "license": "MIT", "channel": "team/nixos"}, {'sets."a/b.c"'}),
        ({"unfree": True}, set()),
        ({"insecure": True}, set()),
        ({"unsupported": True}, set()),
    ],
)
async def test_filters_narrow_what_is_found(client, filters, attrs):
    assert {attr for _, attr in await found(client, q="browser", **filters)} == attrs


async def test_the_pages_of_a_search_have_every_answer_once_and_in_order(client):
    whole = await found(client, q="web browser")
    paged, cursor = [], None
    while cursor is not None or not paged:
        page = await told(client, "nix/packages", q="web browser", limit=2, **({"cursor": cursor} if cursor else {}))
        paged += [(one["channel"], one["attr"]) for one in page["results"]]
        cursor = page["next"]
    assert paged == whole
    assert len(whole) > 3


async def test_one_package_is_told_in_full_in_each_channel_that_has_it(client):
    both = await told(client, "nix/packages/firefox")
    assert [(one["channel"], one["version"]) for one in both] == [("nixos", "99.0"), ("team/nixos", "47.0")]
    assert both[1]["long_description"].startswith("Shows pages.")
    assert "release" in both[1]
    [odd] = await told(client, 'nix/packages/sets."a%2Fb.c"')
    assert odd["attr"] == 'sets."a/b.c"'
    assert await told(client, 'nix/packages/sets."a/b.c"') == [odd]
    missed = await told(client, "nix/packages/firefx", 404)
    assert (missed["type"], missed["remedy"]) == ("urn:kodit:error:NotFound", "did you mean firefox?")
    await told(client, "nix/packages/a..b", 422)
    await told(client, "nix/packages/", 422)


async def test_whether_a_name_is_somebodys_is_known(client):
    assert await told(client, "nix/names", name="ff") == {
        "name": "ff",
        "exists": True,
        "packages": {"team/nixos": ["firefox"]},
        "by_filters": False,
    }
    assert (await told(client, "nix/names", name="nobodys"))["exists"] is False


async def test_channels_tell_where_they_are_read_and_how_far(client, root):
    page = await told(client, "nix/channels")
    assert [one["name"] for one in page["items"]] == list(CHANNELS)
    own = await told(client, "nix/channels/team%2Fnixos")
    assert own == page["items"][1]
    assert (own["location"], own["state"]) == (str(root / LISTS["team/nixos"]), "indexed")
    assert (own["packages"], own["nested"], own["failures"], own["complete"]) == (4, 2, 1, True)
    assert own["walk"]["attributes"] == []
    [failure] = (await told(client, "nix/channels/team%2Fnixos/failures"))["items"]
    assert failure["attr"] == "nameless"
    assert failure["message"]
    await told(client, "nix/channels/nope", 404)


async def test_every_answer_is_as_the_document_says(client):
    document = api(lambda _: None).openapi()
    for path, asked in (
        ("packages", "packages?q=firefox"),
        ("packages/{attr}", "packages/firefox"),
        ("names", "names?name=firefox"),
        ("channels", "channels"),
        ("channels/{name}", "channels/nixos"),
        ("channels/{name}/failures", "channels/team%2Fnixos/failures"),
    ):
        content = document["paths"][f"{PREFIX}/nix/{path}"]["get"]["responses"]["200"]["content"]["application/json"]
        schema = jsonschema.Draft202012Validator({**content["schema"], "components": document["components"]})
        schema.validate((await client.get(f"nix/{asked}")).json())
        if "example" in content:
            schema.validate(content["example"])


@pytest.mark.parametrize(
    ("parameters", "status", "detail"),
    [
        ({"q": "x", "channel": "nope"}, 404, "there is no channel named nope"),
        ({"q": "x", "license": "MTI"}, 422, "no package has the licence MTI"),
        ({"q": "x", "platform": "x86_64-linus"}, 422, "no package has the platform x86_64-linus"),
        ({"q": "x", "limit": 1001}, 422, "query limit"),
        ({"q": "x", "licence": "MIT"}, 422, "query licence: is not known"),
        ({}, 422, "query q"),
    ],
)
async def test_what_makes_no_sense_is_told_as_a_problem(client, parameters, status, detail):
    problem = await told(client, "nix/packages", status, **parameters)
    assert problem["detail"].startswith(detail)


async def test_a_key_for_one_channel_learns_nothing_of_another(engine):
    async with known_as(engine, Scope.READ, sources=frozenset({"nixos", "gone"})) as client:
        assert await found(client, q="web browser firefox") == [("nixos", "firefox")]
        assert [one["channel"] for one in await told(client, "nix/packages/firefox")] == ["nixos"]
        assert [one["name"] for one in (await told(client, "nix/channels"))["items"]] == ["nixos"]
        assert (await told(client, "nix/names", name="w3m"))["exists"] is False
        for path in ("nix/packages/w3m", "nix/channels/team%2Fnixos", "nix/channels/team%2Fnixos/failures"):
            assert "Arrays" not in json.dumps(await told(client, path, 404))
        hidden, none = [
            await told(client, "nix/packages", 404, q="x", channel=name) for name in ("team/nixos", "nowhere")
        ]
        assert hidden["detail"].replace("team/nixos", "nowhere") == none["detail"]
        # What only the other channel has is no licence here.
        await told(client, "nix/packages", 422, q="x", license="MPL-2.0")
    async with known_as(engine, Scope.READ, sources=frozenset()) as client:
        assert (await told(client, "nix/packages", 409, q="x"))["detail"] == "there is no channel yet"
    async with known_as(engine, Scope.WRITE, Scope.ADMIN) as client:
        for path in ("nix/packages?q=x", "nix/packages/w3m", "nix/names?name=x", "nix/channels", "nix/channels/nixos"):
            assert (await client.get(path)).status_code == 403


async def test_a_channel_is_added_kept_fresh_and_removed_as_a_source_where_people_say_it_is(engine, client, root):
    place = list_of(root / "added.json", {"hello": PACKAGES["w3m"]})
    added = await client.post("nix/channels", json={"name": "a dd/ed", "location": str(place), "attributes": ["hello"]})
    assert (added.status_code, added.json()["added"], added.json()["source"]["kind"]) == (202, True, "nixpkgs-channel")
    run = await client.get(f"runs/{added.json()['run']['id']}")
    synced = await client.post("sources/a dd%2Fed/sync")
    assert (await client.post("nix/channels/a dd%2Fed/sync")).json()["id"] == synced.json()["id"]
    again = await client.post("nix/channels", json={"name": "a dd/ed", "location": str(place), "attributes": ["hello"]})
    assert (synced.status_code, again.status_code, again.json()["added"]) == (202, 202, False)
    await engine.worker().run(drain=True)
    assert await found(client, q="hello", license="MIT", channel="a dd/ed") == [("a dd/ed", "hello")]
    assert (await told(client, "nix/channels/a dd%2Fed"))["walk"]["attributes"] == ["hello"]

    moved = await client.post("nix/channels", json={"name": "a dd/ed", "location": str(root / LISTS["nixos"])})
    assert (moved.status_code, moved.json()["detail"]) == (409, f"a dd/ed is read from {place}")
    removed = await client.delete("sources/a dd%2Fed")
    assert removed.json()["location"] == str(place)
    for answer in (added, run, synced, again, moved, removed):
        assert answer is synced or str(place) in answer.text
        assert f"{place}#" not in answer.text


async def test_who_may_add_a_channel_is_who_may_add_any_source_at_its_place(engine, root):
    on_disk = {"name": "mine", "location": str(root / LISTS["nixos"])}
    afar = {"name": "afar", "location": "http://127.0.0.1:9/packages.json"}
    cases = [
        ((Scope.READ, Scope.ADMIN), None, afar, 403),
        ((Scope.WRITE,), None, on_disk, 403),
        ((Scope.WRITE,), None, {**afar, "name": "nixos", "replace": True}, 403),
        ((Scope.WRITE,), None, {**on_disk, "location": f"file://{on_disk['location']}"}, 403),
        ((Scope.WRITE, Scope.ADMIN), {"nixos"}, on_disk, 403),
        ((Scope.WRITE,), None, {**afar, "location": "ssh://127.0.0.1/x"}, 422),
        ((Scope.WRITE,), None, {**afar, "attributes": ["a..b"]}, 422),
        ((Scope.WRITE, Scope.ADMIN), None, {**on_disk, "location": str(root / "nothing")}, 404),
        ((Scope.WRITE,), None, {**afar, "location": "http://ada:secret@127.0.0.1:9/packages.json"}, 202),
    ]
    for scopes, sources, new, status in cases:
        async with known_as(engine, *scopes, sources=None if sources is None else frozenset(sources)) as client:
            answer = await client.post("nix/channels", json=new)
        assert (answer.status_code, new) == (status, new), answer.text
        assert "secret" not in answer.text
    # What is no attribute path is refused before anybody looks who asks.
    written = [(one.subject, one.outcome) for one in await engine.access().trail.newest(limit=len(cases) - 1)]
    assert written[0] == ("http://***@127.0.0.1:9/packages.json", "done")
    assert [outcome for _, outcome in written[-5:]] == ["Refused"] * 5


async def test_every_request_that_is_shown_is_answered(client):
    commands = [*commands_in("search-nixpkgs.md"), *commands_in("index-nixpkgs.md")]
    assert len(commands) > 8
    for command in commands:
        method, url, headers, body = request_of(command)
        answer = await client.request(method, url, headers=headers, content=body)
        assert answer.status_code in (200, 202), (command, answer.text)
