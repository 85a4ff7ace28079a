"""Where forges tell of pushes. No key is needed: what counts is the signature of the body."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from kodit.interfaces.http.answers import changed, done

if TYPE_CHECKING:
    from kodit.application.freshness.webhooks import Webhooks

_EXAMPLE = {"event": "push", "runs": {"stdlib": 17}}
_DELIVERED: dict[str, Any] = {
    "type": "object",
    "description": "What has happened, in the forge's word for it, and the runs that it queued, by their sources.",
    "properties": {
        "event": {"type": "string"},
        "runs": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
    "required": ["event", "runs"],
}
_SAID = {
    "security": [],
    "requestBody": {
        "required": True,
        "description": "What the forge sends, signed with the secret of the server.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
        },
    },
}

Forged = Annotated[str, Path(max_length=20, description="Whose webhook it is: github, gitlab, gitea or forgejo.")]


def webhooks(of_engine: "Callable[[], Webhooks]") -> APIRouter:
    """The route."""
    router = APIRouter(tags=["webhooks"])
    answers = changed(_DELIVERED, 404, 413, status=202, example=_EXAMPLE)
    del answers[202]["headers"]

    @router.post(
        "/webhooks/{forge}", operation_id="deliverWebhook", status_code=202, responses=answers, openapi_extra=_SAID
    )
    async def delivered(request: Request, forge: Forged) -> Response:
        """Have the sources synchronised that a push concerns

        Whatever else has happened is answered alike, and queues nothing. The same delivery again does no harm.
        """
        visit = request.scope["state"]["visit"]
        found = await of_engine().deliver(forge, request.headers, await request.body(), visit)
        return done({"event": found.event, "runs": {name: run.id for name, run in found.runs.items()}}, status=202)

    return router
