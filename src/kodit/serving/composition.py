"""The gate around HTTP, MCP and the page: one ASGI application."""

from typing import TYPE_CHECKING

from fastapi import FastAPI

from kodit.application.serving.health import LookAtHealth
from kodit.interfaces.http.probes import probes
from kodit.serving.paths import ByPath
from kodit.serving.streams import Application

if TYPE_CHECKING:
    from kodit.application.engine import Kodit


def composed(engine: "Kodit", look: LookAtHealth) -> Application:
    """Everything that answers requests."""
    application = FastAPI()
    application.include_router(probes(look, engine.condition.metrics))
    return ByPath({}, application)
