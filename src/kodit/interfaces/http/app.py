"""The HTTP API as one application."""

from collections.abc import Sequence

from fastapi import APIRouter, Depends, FastAPI
from starlette.routing import Route

from kodit.application.serving.service_of import ServiceOf
from kodit.interfaces.http.asked import json_both_ways, nothing_unknown
from kodit.interfaces.http.code import code
from kodit.interfaces.http.controls import controls
from kodit.interfaces.http.document import complete
from kodit.interfaces.http.files import files
from kodit.interfaces.http.keys import keys
from kodit.interfaces.http.methods import Methods
from kodit.interfaces.http.nix import nix
from kodit.interfaces.http.nouns import Nouns
from kodit.interfaces.http.problems import FaultsTold, tell_problems
from kodit.interfaces.http.reference import reference
from kodit.interfaces.http.runs import runs
from kodit.interfaces.http.searching import searching
from kodit.interfaces.http.segments import SlashesInNames
from kodit.interfaces.http.server import server
from kodit.interfaces.http.sources import sources
from kodit.interfaces.http.tasks import tasks

PREFIX = "/api/v1"
ROUTES = (searching, code, files, nix, sources, runs, tasks, controls, keys, server)
"""What makes the routes of each noun."""


def api(services: ServiceOf, *, beside: Sequence[APIRouter] = ()) -> FastAPI:
    """Answers what is asked at `PREFIX`, and tells how at `/openapi.json` and `/docs`.

    `beside` are routes that stand elsewhere.
    Who asks is known to `services`; nothing here lets anybody in. What there is at `PREFIX` is in `state.nouns`: the
    document knows it too, but takes a while to be made.
    """
    nouns = Nouns()
    app = FastAPI(docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.services = services
    tell_problems(app)
    routers = [routes(nouns) for routes in ROUTES]
    there = [route for router in routers for route in router.routes if isinstance(route, Route)]
    app.state.nouns = {route.path.split("/")[1] for route in there}
    for router in routers:
        held_to = [Depends(json_both_ways), Depends(nothing_unknown)]
        app.include_router(router, prefix=PREFIX, dependencies=held_to)
    for router in beside:
        app.include_router(router)
    complete(app, nouns)
    app.include_router(reference(app.openapi))
    # The last one added is the first to be asked.
    app.add_middleware(Methods, paths=lambda: app.openapi()["paths"])
    app.add_middleware(SlashesInNames)
    app.add_middleware(FaultsTold)
    return app
