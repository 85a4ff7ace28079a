"""Packages of nixpkgs, and the channels that they are of."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from kodit.application.channels.channels import ChannelDetails
from kodit.application.nixpkgs.package_search_service import DEPTHS
from kodit.application.serving.package_documents import answers_document, found_document, name_document
from kodit.application.serving.queued import Queued
from kodit.domain.errors import InvalidInput
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.nix_package import NixPackage
from kodit.domain.nixpkgs.package_query import PackageFilters
from kodit.domain.nixpkgs.walk import EvaluationFailure, Walk
from kodit.domain.tasks.run import Run
from kodit.interfaces.http.answers import NEVER, answer, changed, done, told
from kodit.interfaces.http.asked import LONGEST, NO_NUL, Service, SourceName, several
from kodit.interfaces.http.nouns import Nouns, Schema, described
from kodit.interfaces.http.pages import Few, Paged
from kodit.interfaces.http.sources import place_of_run

MOST_PLACES = 1000
"""Globs or attribute paths to which a channel is narrowed."""
_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"anyOf": [_TEXT, {"type": "null"}]}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
EXAMPLE = {
    "query": "plain text web browser",
    "understood": {},
    "by_meaning_only": False,
    "incomplete": [],
    "took_ms": 21.5,
    "results": [
        {
            "channel": "unstable",
            "attr": "w3m",
            "pname": "w3m",
            "version": "0.5.3",
            "description": "A text-mode web browser",
            "long_description": "w3m shows pages of the web in a terminal.",
            "homepages": ["http://w3m.sourceforge.net/"],
            "licenses": [{"name": "MIT License", "spdx_id": "MIT", "is_free": True}],
            "maintainers": [{"name": "Ann", "email": "ann@example.org", "github": "ann"}],
            "platforms": ["x86_64-linux"],
            "assigned_in": {"path": "pkgs/top-level/all-packages.nix", "line": 13907},
            "implemented_in": {"path": "pkgs/applications/networking/browsers/w3m/default.nix", "line": 60},
            "main_program": "w3m",
            "outputs": ["out"],
            "system": "x86_64-linux",
            "is_broken": False,
            "is_unfree": False,
            "is_insecure": False,
            "is_unsupported": False,
            "score": 12.8333,
            "ranks": {"names": 4, "keywords": 1, "meaning": 2},
        }
    ],
    "next": "WzEsIjJjNzU2NmI4ZDIwYSJd",
}

OfChannels = Annotated[list[str] | None, Query(description="Only in this channel; may be given again.")]


class NewChannel(BaseModel):
    """A nixpkgs tree or a list of packages to be indexed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "unstable", "location": "https://example.org/packages.json.br"}]},
    )

    name: str = Field(min_length=1, max_length=400, description="What it shall be called.")
    location: str = Field(
        min_length=1,
        max_length=4000,
        description="The URL of a list of packages, or a tree or a list on the server's machine.",
    )
    depth: int | None = Field(default=None, ge=1, le=20, description="How many sets deep a package may stand.")
    recurse_all: bool = Field(default=False, description="Look into every set that asks for it.")
    scopes: list[Annotated[str, Field(max_length=LONGEST)]] | None = Field(
        default=None, max_length=MOST_PLACES, description="Look into sets like these globs, in place of the usual ones."
    )
    attributes: list[Annotated[str, Field(max_length=LONGEST)]] = Field(
        default_factory=list, max_length=MOST_PLACES, description="Only these attribute paths."
    )
    system: str = Field(
        default="x86_64-linux", min_length=1, max_length=100, description="What packages are evaluated for."
    )
    described: bool = Field(default=False, description="Have packages described in other words than their own.")
    replace: bool = Field(
        default=False,
        description="Have a known channel read from there, no longer from elsewhere; takes the scope `admin`.",
    )

    def walk(self) -> Walk:
        """How its packages are looked for. Raises InvalidInput."""
        usual = Walk()
        return Walk(
            depth=self.depth or usual.depth,
            recurse_all=self.recurse_all,
            scopes=usual.scopes if self.scopes is None else tuple(self.scopes),
            attributes=tuple(AttrPath.parse(one) for one in self.attributes),
            system=self.system,
        )


class ChannelSync(BaseModel):
    """How a channel is to be read once more."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"afresh": True}]})

    afresh: bool = Field(default=False, description="Read the release again even where it is the same.")


_AS_USUAL = ChannelSync()


def nix(nouns: Nouns) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/nix", tags=["nixpkgs"])
    found = told(_answers(nouns), 404, 409, example=EXAMPLE, kept=False)
    router.get("/packages", operation_id="searchNixPackages", responses=found)(_search)
    of_channel = described(channel=_TEXT, release=_TEXT_OR_NULL)
    whole = told({"type": "array", "items": {"allOf": [nouns.of(NixPackage), of_channel]}}, 404, 409)
    router.get("/packages/{attr:path}", operation_id="showNixPackage", responses=whole)(_shown)
    named = {"type": "object", "additionalProperties": _TEXTS}
    has = described(name=_TEXT, exists={"type": "boolean"}, packages=named, by_filters={"type": "boolean"})
    router.get("/names", operation_id="hasNixName", responses=told(has, 404, 409))(_has)
    router.get("/channels", operation_id="listChannels", responses=told(nouns.page_of(ChannelDetails)))(_channels)
    queued = changed(nouns.of(Queued), 404, 409, status=202, body=True)
    router.post("/channels", operation_id="addChannel", status_code=202, responses=queued)(_added)
    channel = told(nouns.of(ChannelDetails), 404)
    router.get("/channels/{name}", operation_id="showChannel", responses=channel)(_channel)
    run = changed(nouns.of(Run), 404, 409, status=202, body=True)
    router.post("/channels/{name}/sync", operation_id="syncChannel", status_code=202, responses=run)(_synchronised)
    failures = told(nouns.page_of(EvaluationFailure), 404)
    router.get("/channels/{name}/failures", operation_id="listChannelFailures", responses=failures)(_failures)
    return router


async def _filters(
    license: Annotated[
        list[str] | None,
        Query(description="Only under this licence: an SPDX identifier or a name; may be given again."),
    ] = None,
    platform: Annotated[
        list[str] | None, Query(description="Only for this system, as x86_64-linux; may be given again.")
    ] = None,
    broken: Annotated[bool | None, Query(description="Only broken packages, or only others.")] = None,
    unfree: Annotated[bool | None, Query(description="Only unfree packages, or only others.")] = None,
    insecure: Annotated[bool | None, Query(description="Only insecure packages, or only others.")] = None,
    unsupported: Annotated[
        bool | None, Query(description="Only what is not for the channel's system, or only others.")
    ] = None,
) -> PackageFilters:
    return PackageFilters(
        licenses=frozenset(license or ()),
        platforms=frozenset(platform or ()),
        broken=broken,
        unfree=unfree,
        insecure=insecure,
        unsupported=unsupported,
    )


async def _search(
    request: Request,
    service: Service,
    page: Few,
    filters: Annotated[PackageFilters, Depends(_filters)],
    q: Annotated[
        str,
        Query(
            max_length=LONGEST,
            description="A name, the beginning of one, or words for what it does.",
            examples=["plain text web browser"],
        ),
    ],
    channel: OfChannels = None,
) -> Response:
    """Search packages by name and by what they do

    What is called exactly so comes first, then what begins so, then what has the words in its names and its texts.
    `understood` has, for words that nothing is called and no text has, the names that were looked for in their place;
    `by_meaning_only` is set where no answer has a word of the question, and `incomplete` are channels that are not read
    to their ends.
    """
    start, stop = page.offset, min(page.offset + page.limit, DEPTHS[-1])
    if start >= DEPTHS[-1]:
        raise InvalidInput(f"only the first {DEPTHS[-1]:,} answers are told", remedy="ask with other words")
    answers = await service.nix.search(q, channels=several(channel), filters=filters, limit=stop)
    more = answers.more and stop < DEPTHS[-1]
    document = answers_document(replace(answers, hits=answers.hits[start:]))
    return await answer(request, {**document, "next": page.next(stop) if more else None}, kept=NEVER)


async def _shown(
    request: Request,
    service: Service,
    attr: Annotated[
        str,
        Path(max_length=LONGEST, pattern=NO_NUL, description="An attribute path, as `firefox` or `a.b`."),
    ],
    channel: OfChannels = None,
) -> Response:
    """All that is known of a package, in each channel that has it

    Another case of its letters will do where none is exactly so.
    """
    found = await service.nix.show(attr, channels=several(channel))
    return await answer(request, [found_document(one) for one in found])


async def _has(
    request: Request,
    service: Service,
    name: Annotated[
        str,
        Query(
            min_length=1,
            max_length=LONGEST,
            description="An attribute path, the name of a package, or a program.",
            examples=["rg"],
        ),
    ],
    channel: OfChannels = None,
) -> Response:
    """Whether there are packages of a name

    `packages` has their attribute paths by channel; `by_filters` is set where it was known without looking that there
    are none.
    """
    return await answer(request, name_document(await service.nix.has(name, channels=several(channel))))


async def _channels(request: Request, service: Service, page: Paged) -> Response:
    """Every channel, by name"""
    after = page.text
    rows = [row for row in await service.nix.channels() if row.name > after]
    return await answer(request, page.cut(rows[: page.limit + 1], lambda row: row.name))


async def _added(service: Service, new: Annotated[NewChannel, Body()]) -> Response:
    """Add a channel when it is new, and queue its indexing; a known one is read so from now on

    It answers at once; `Location` is where the run can be looked at. A channel that is read from elsewhere already is
    left as it is, with 409, unless `replace` says otherwise. It is removed as any other source.
    """
    queued = await service.nix.add(new.name, new.location, walk=new.walk(), described=new.described, moves=new.replace)
    return done(queued, status=202, location=place_of_run(queued.run))


async def _synchronised(
    service: Service, name: SourceName, how: Annotated[ChannelSync, Body()] = _AS_USUAL
) -> Response:
    """Queue the indexing of what changed in a channel, read as it was when it was added"""
    run = await service.nix.sync(name, afresh=how.afresh)
    return done(run, status=202, location=place_of_run(run))


async def _channel(request: Request, service: Service, name: SourceName) -> Response:
    """One channel: its release, its packages, how it is read"""
    return await answer(request, await service.nix.channel(name))


async def _failures(request: Request, service: Service, page: Paged, name: SourceName) -> Response:
    """The attributes of a channel that could not be evaluated, and why"""
    return await answer(request, page.slice(await service.nix.failures(name)))


def _answers(nouns: Nouns) -> dict[str, Any]:
    beside = described(
        channel=_TEXT,
        score={"type": "number"},
        ranks={"type": "object", "additionalProperties": {"type": "integer"}},
    )
    return dict(
        described(
            query=_TEXT,
            understood={"type": "object", "additionalProperties": _TEXTS},
            by_meaning_only={"type": "boolean"},
            incomplete=_TEXTS,
            took_ms={"type": "number"},
            results={"type": "array", "items": {"allOf": [nouns.of(NixPackage), beside]}},
            next={**_TEXT_OR_NULL, "description": "The `cursor` of the next page; null on the last one."},
        )
    )
