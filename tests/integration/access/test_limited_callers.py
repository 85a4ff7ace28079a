"""A key for some sources sees exactly those, whatever is asked."""

from contextlib import suppress

import pytest
from serving_world import MINE, NOWHERE, OPERATIONS, SEEN, THEIRS, offered, what_there_is, words

import kodit
from kodit.application.serving.serving_application_service import ServingApplicationService
from kodit.domain.access.api_key import Grant
from kodit.domain.access.audit import Visit
from kodit.domain.access.caller import LOCAL, Caller
from kodit.domain.access.scope import Scope
from kodit.domain.errors import KoditError, Refused

# What is removed or discarded cannot be asked about any more, and what is retried can be cancelled.
FIRST, LAST = ("cancel",), ("discard", "remove")
BETWEEN = [name for name in OPERATIONS if name not in (*FIRST, *LAST)]
IN_ORDER = {name: OPERATIONS[name] for name in (*FIRST, *BETWEEN, *LAST)}
NARROWED = {name: operation for name, operation in IN_ORDER.items() if not operation.is_of_all}


@pytest.fixture
async def engine(teams):
    async with kodit.open(teams) as engine:
        yield engine


def service_of(engine, scopes=frozenset(Scope), sources=SEEN):
    return ServingApplicationService(engine, Caller(name="team", scopes=scopes, sources=sources))


async def asked(operation, service, seen):
    return await (operation.everything(service) if operation.everything else operation.one(service, seen))


async def answered(asking):
    """All that is said, also by what is refused."""
    try:
        return words(await asking)
    except KoditError as error:
        return f"{type(error).__name__}: {error} {error.remedy}"


def test_every_operation_that_a_server_offers_is_held_to_these_tests():
    assert sorted(offered()) == sorted(OPERATIONS)


async def test_asked_for_all_it_tells_of_what_the_caller_sees_alone(engine):
    asking = {name: operation for name, operation in NARROWED.items() if operation.everything}
    told = {name: await answered(operation.everything(service_of(engine))) for name, operation in asking.items()}

    assert {name: said for name, said in told.items() if MINE not in said or THEIRS in said} == {}


async def test_a_source_that_is_gone_takes_nothing_from_a_key_that_names_it_too(engine):
    asking = {name: operation for name, operation in NARROWED.items() if operation.everything}
    service = service_of(engine, sources=SEEN | {"gone"})
    told = {name: await answered(operation.everything(service)) for name, operation in asking.items()}

    assert {name: said for name, said in told.items() if MINE not in said or THEIRS in said} == {}


async def test_who_sees_all_is_told_of_all(engine):
    asking = {name: operation for name, operation in NARROWED.items() if operation.everything}
    service = ServingApplicationService(engine, LOCAL)
    told = {name: await answered(operation.everything(service)) for name, operation in asking.items()}

    assert {name: said for name, said in told.items() if MINE not in said or THEIRS not in said} == {}


async def test_what_the_caller_sees_can_be_asked_for_by_its_name(engine):
    mine, service = await what_there_is(engine, MINE), service_of(engine)
    asking = {name: operation for name, operation in NARROWED.items() if operation.one}
    told = {name: await answered(operation.one(service, mine)) for name, operation in asking.items()}

    # The run that has failed is over, and nothing else is refused.
    assert told.pop("cancel").startswith("Conflict")
    assert {name: said for name, said in told.items() if THEIRS in said or said.startswith("NotFound")} == {}


async def test_what_the_caller_does_not_see_is_refused_in_the_words_for_what_is_not_there(engine):
    theirs, service = await what_there_is(engine, THEIRS), service_of(engine)
    asking = {name: operation for name, operation in NARROWED.items() if operation.one}
    for name, operation in asking.items():
        said = []
        for seen in (theirs, NOWHERE):
            told = await answered(operation.one(service, seen))
            told = told.replace(seen.source, "NAME").replace(str(seen.task), "ID").replace(str(seen.run), "ID")
            said.append((name, told))

        assert said[0] == said[1]
        assert said[0][1].startswith("NotFound: ")


async def test_an_empty_set_of_sources_sees_none(engine):
    mine, service = await what_there_is(engine, MINE), service_of(engine, sources=frozenset())
    told = {name: await answered(asked(operation, service, mine)) for name, operation in NARROWED.items()}

    empty = {name for name, said in told.items() if said == "[]"}
    assert empty == {"sources", "freshness", "tasks", "dead", "nix.channels"}
    refused = ("NotFound: ", "NothingIndexed: ")
    assert {name: said for name, said in told.items() if name not in empty and not said.startswith(refused)} == {}


async def test_what_concerns_every_source_is_not_for_who_sees_some(engine):
    asking = {name: operation for name, operation in IN_ORDER.items() if operation.is_of_all}
    for name, operation in asking.items():
        told = (name, await answered(asked(operation, service_of(engine), NOWHERE)))

        assert told == (name, "Refused: team is for some sources only use a key that is for all sources")


async def test_without_its_scope_nothing_is_done(engine):
    mine = await what_there_is(engine, MINE)
    for name, operation in IN_ORDER.items():
        for scopes in (frozenset(Scope) - {operation.scope}, frozenset()):
            told = await answered(asked(operation, service_of(engine, scopes, sources=None), mine))

            assert (name, told.partition(" use ")[0]) == (
                name,
                f"Refused: team may not do this: it takes the scope {operation.scope}",
            )


async def test_its_scope_is_all_that_it_takes(engine):
    mine = await what_there_is(engine, MINE)
    told = {
        name: await answered(asked(operation, service_of(engine, frozenset({operation.scope})), mine))
        for name, operation in NARROWED.items()
    }

    assert {name: said for name, said in told.items() if said.startswith("Refused")} == {}


async def test_what_lies_on_the_servers_disk_is_added_by_administrators_alone(engine, tmp_path):
    service = service_of(engine, frozenset({Scope.WRITE}), sources=None)

    with pytest.raises(Refused, match="it takes the scope admin"):
        await service.add(str(tmp_path))


async def test_what_is_changed_and_what_is_refused_is_written_down(engine):
    caller = Caller(name="ada", scopes=frozenset({Scope.WRITE}), key_id="k1")
    service = ServingApplicationService(engine, caller, Visit(caller=caller, address="192.0.2.1", request_id="r1"))
    task = (await what_there_is(engine, MINE)).task

    await service.discard([task])
    await service.sync(MINE)
    for change in (service.remove(MINE), service.sync("nowhere"), service.add("https://ada:secret@127.0.0.1:9/a")):
        with suppress(KoditError):
            await change

    entries = await ServingApplicationService(engine, LOCAL).access.audit()
    assert [(one.action.value, one.subject, one.outcome) for one in reversed(entries)] == [
        ("tasks.discard", str(task), "done"),
        ("source.sync", "mine", "done"),
        ("source.remove", "mine", "Refused"),
        ("source.sync", "nowhere", "NotFound"),
        ("source.add", "https://***@127.0.0.1:9/a", "done"),
    ]
    assert {(one.caller, one.key_id, one.address, one.request_id) for one in entries} == {
        ("ada", "k1", "192.0.2.1", "r1")
    }


async def test_every_operation_that_changes_something_is_written_down(engine):
    service, mine = ServingApplicationService(engine, LOCAL), await what_there_is(engine, MINE)
    await service.access.create("ci", Grant())
    silent = set()
    for name, operation in IN_ORDER.items():
        before = len(await service.access.audit(limit=1000))
        await answered(asked(operation, service, mine))
        if len(await service.access.audit(limit=1000)) == before:
            silent.add(name)

    only_told = {"access.keys", "access.audit", "server.installation", "server.settings"}
    assert silent == {name for name, one in OPERATIONS.items() if one.scope is Scope.READ} | only_told
