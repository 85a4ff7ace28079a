"""Has sources synchronised when a forge says that somebody has pushed."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import structlog

from kodit.application.indexing.code_indexing_application_service import CodeIndexingApplicationService
from kodit.application.tasks.ports import Clock
from kodit.application.unit_of_work import Storage
from kodit.domain.access.audit import Action, Visit
from kodit.domain.access.caller import NOBODY
from kodit.domain.errors import InvalidInput, NotFound, Refused
from kodit.domain.sources.forge import Forge
from kodit.domain.sources.push import pushed
from kodit.domain.tasks.run import Run

if TYPE_CHECKING:
    from kodit.application.access.audit_trail import AuditTrail

LARGEST_BODY = 25 * 1024 * 1024
"""In bytes. GitHub sends no larger ones, and the others send smaller ones."""
MANY = 50
"""More sources than so many are counted instead of told."""

SOMEBODY = Visit(caller=NOBODY)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of a delivery: what has happened, in the forge's word for it, and the runs that it has queued."""

    event: str
    runs: Mapping[str, Run]


class Webhooks:
    """Takes what forges deliver. Whoever knows the secret may have any source synchronised, and do nothing else.

    The same delivery again has the same sources looked at again: where nothing was pushed, nothing changes.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        indexing: CodeIndexingApplicationService,
        clock: Clock,
        trail: "AuditTrail",
        secret: str | None,
    ) -> None:
        self._storage = storage
        self._indexing = indexing
        self._clock = clock
        self._trail = trail
        self._secret = secret

    async def deliver(self, forge: str, headers: Mapping[str, str], body: bytes, visit: Visit = SOMEBODY) -> Delivered:
        """Take one delivery; the names of the headers may be in any case. What it queues is written to the audit log.

        Raises NotFound where no secret is set or nobody knows the forge, Refused unless its signature is right,
        InvalidInput for a body that is too large or says nothing that makes sense.
        """
        if not self._secret:
            raise NotFound("this server takes no webhooks", remedy="set KODIT_WEBHOOK_SECRET")
        if forge not in set(Forge):
            raise NotFound("there are no webhooks of this forge", remedy=f"these are: {', '.join(Forge)}")
        if len(body) > LARGEST_BODY:
            raise InvalidInput("the webhook's body is too large")
        known = Forge(forge)
        lower = {name.lower(): value for name, value in headers.items()}
        await self._clock.follow()
        if not known.vouches(lower, body, secret=self._secret, now=self._clock.now()):
            log.warning("a webhook without the right signature was refused", forge=known.value)
            raise Refused("the webhook's signature is wrong", remedy="use the value of KODIT_WEBHOOK_SECRET there")
        event = known.event(lower)
        push = pushed(known, event, _document(lower, body))
        if push is None:
            return Delivered(event, {})
        async with self._storage.read() as unit:
            sources = [source for source in await unit.sources.all() if push.concerns(source)]
        names = {source.id: source.name for source in sources}
        log.info("a webhook told of a push", forge=known.value, ref=push.ref, sources=sorted(names.values()))
        if not names:
            return Delivered(event, {})
        sender = replace(visit, caller=replace(visit.caller, name=known.value))
        async with self._trail.doing(sender, Action.DELIVER_WEBHOOK, _told(names.values())):
            return Delivered(event, await self._queued(names))

    async def _queued(self, names: Mapping[int, str]) -> Mapping[str, Run]:
        runs: dict[str, Run] = {}
        for index_id, name in names.items():
            try:
                runs[name] = await self._indexing.queue_index_tasks(index_id, is_user_initiated=False)
            except NotFound:  # removed just now
                continue
        return runs


def _told(names: Collection[str]) -> str:
    shown = ", ".join(sorted(names)[:MANY])
    return shown if len(names) <= MANY else f"{shown} and {len(names) - MANY:,} more"


def _document(headers: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
    """What the body says, as JSON or as a form with it inside. Raises InvalidInput."""
    try:
        text = body.decode()
        if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            text = _only(parse_qs(text).get("payload", []))
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise InvalidInput("the webhook's body is no JSON object")
    return document


def _only(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else ""
