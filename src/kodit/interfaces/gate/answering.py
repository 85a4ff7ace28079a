"""An answer on its way out: what every answer bears, and what is known of it afterwards."""

from collections.abc import Mapping

from kodit.interfaces.gate.asgi import Message, Send
from kodit.interfaces.gate.limits import BodyLimit

ALWAYS = {
    "x-content-type-options": "nosniff",
    # Not `no-referrer`: browsers would then hide the origin of a form's request from ourselves as well (Fetch standard,
    # append a request `Origin` header). Other servers are told nothing either way.
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
UNLESS_SAID = {
    # What is for one caller is not for a cache that others share.
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
"""What an answer bears unless the application says otherwise: pages say what they need."""


class Answering:
    """Sends one answer, with the headers that all bear; nothing of it once its request was found at fault."""

    def __init__(self, send: Send, request_id: str, extra: Mapping[str, str], body: BodyLimit | None = None) -> None:
        self._send = send
        self._always = {**ALWAYS, "x-request-id": request_id, **extra}
        self._body = body
        self.status: int | None = None
        self.sent = 0

    @property
    def begun(self) -> bool:
        """Whether a status was sent."""
        return self.status is not None

    def watch(self, body: BodyLimit) -> None:
        """From now on, send nothing for a request whose body is at fault; what was begun is ended."""
        self._body = body

    async def send(self, message: Message) -> None:
        """A part of the application's answer."""
        if self._body is None or self._body.fault is None or self.begun:
            await self.send_ours(message)

    async def send_ours(self, message: Message) -> None:
        """A part of the gate's own answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": self._with_ours(message.get("headers", ()))}
        elif message["type"] == "http.response.body":
            self.sent += len(message.get("body", b""))
        await self._send(message)

    def _with_ours(self, given: object) -> list[tuple[bytes, bytes]]:
        headers = [(name.lower(), value) for name, value in given]  # type: ignore[attr-defined]
        present = {name for name, _ in headers}
        kept = [(name, value) for name, value in headers if name.decode("latin-1") not in self._always]
        added = {**{k: v for k, v in UNLESS_SAID.items() if k.encode() not in present}, **self._always}
        kept.append((b"vary", b"Origin, Authorization, Cookie"))
        return [*kept, *((name.encode(), value.encode("latin-1")) for name, value in added.items())]
