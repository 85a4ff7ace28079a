"""Assistants over HTTP: one ASGI application, for wherever a server puts it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from starlette.types import ASGIApp

from kodit.application.serving.service_of import ServiceOf
from kodit.application.serving.serving_application_service import ServingApplicationService
from kodit.interfaces.mcp.server import server


@dataclass(frozen=True, slots=True)
class Assistants:
    """What answers assistants: `app` takes requests at any path, while `lifespan` is open."""

    app: ASGIApp
    lifespan: Callable[[], AbstractAsyncContextManager[None]]


def assistants(services: ServiceOf, *, now: Callable[[], datetime]) -> Assistants:
    """The streamable HTTP transport without sessions, so that any of several servers can answer the next request.

    Who may ask, from where and how much at a time is decided before a request comes here. `lifespan` can be opened
    once.
    """

    def service(context: ServerRequestContext[Any, Any]) -> ServingApplicationService:
        if context.request is None:
            raise RuntimeError("a request over HTTP came without its scope")
        return services(context.request.scope)

    manager = StreamableHTTPSessionManager(server(service, now=now), json_response=True, stateless=True)
    return Assistants(StreamableHTTPASGIApp(manager), manager.run)
