"""The gate around HTTP, MCP and the page: one ASGI application."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kodit.application.serving.health import LookAtHealth
from kodit.application.serving.queue_history import QueueHistory
from kodit.application.serving.service_of import ServiceOf
from kodit.application.serving.serving_application_service import ServingApplicationService
from kodit.interfaces.gate.gate import Gate
from kodit.interfaces.gate.rules import gate_rules
from kodit.interfaces.http.app import api
from kodit.interfaces.http.probes import probes
from kodit.interfaces.http.webhooks import webhooks
from kodit.serving.assisting import Assisting
from kodit.serving.measuring import Measured
from kodit.serving.paths import ByPath
from kodit.serving.streams import Application

if TYPE_CHECKING:
    from fastapi import APIRouter

    from kodit.application.engine import Kodit
    from kodit.settings import Settings

OF_HTTP = ("/api", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/webhooks")
"""Where the HTTP API answers; everything else is the page's."""
OF_ASSISTANTS = "/mcp"


@dataclass(frozen=True, slots=True)
class Going:
    """How a server is going: whether it has `begun` to answer, how it is, and how its queue was."""

    begun: asyncio.Event
    look: LookAtHealth
    history: QueueHistory


async def composed(engine: "Kodit", settings: "Settings", going: Going, running: AsyncExitStack) -> Application:
    """Everything that answers requests. What must run for that, runs until `running` is closed."""
    services = _services(engine)
    http = api(services, beside=[probes(going.look, engine.condition.metrics), _webhooks(engine)])
    applications: dict[str, Application] = dict.fromkeys(OF_HTTP, http)
    if settings.mcp_enabled:
        assisting = Assisting(services, going.begun)
        await running.enter_async_context(assisting.running())
        applications[OF_ASSISTANTS] = assisting
    inner = ByPath(applications, _page(services, going.history) if settings.web_enabled else http)
    gate = Gate(inner, gate_rules(settings), engine.access())
    return Measured(gate, engine.condition.observed_requests(), nouns=http.state.nouns, first=applications)


def _services(engine: "Kodit") -> ServiceOf:
    def service(scope: Mapping[str, Any]) -> ServingApplicationService:
        return ServingApplicationService(engine, scope["state"]["caller"], scope["state"]["visit"])

    return service


def _webhooks(engine: "Kodit") -> "APIRouter":
    return webhooks(lambda: engine.freshness().webhooks)


def _page(services: ServiceOf, history: QueueHistory) -> Application:
    from kodit.interfaces.web.app import pages

    return pages(services, history)
