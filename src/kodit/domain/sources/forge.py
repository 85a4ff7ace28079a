"""What forges call out to us with, and how it is known that it is them.

Each forge signs with a secret that both know:

- GitHub: `X-Hub-Signature-256: sha256=` and the HMAC-SHA256 of the body in hexadecimal
  (docs.github.com, "Validating webhook deliveries").
- GitLab: the secret itself as `X-Gitlab-Token`; or, with a signing token, `webhook-signature` as Standard Webhooks 1.0
  has it: `v1,` and the HMAC-SHA256 of `ID.TIMESTAMP.BODY` in base64, in which the key stands too, behind `whsec_`.
- Gitea and Forgejo: `X-Gitea-Signature`, `X-Forgejo-Signature`: the HMAC-SHA256 of the body in hexadecimal.
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum

PATIENCE = timedelta(minutes=5)
"""By how much the moment in a signature may differ from now, as the libraries of Standard Webhooks have it."""

_KEY = "whsec_"


class Forge(StrEnum):
    """Whose webhooks are understood."""

    GITHUB = "github"
    GITLAB = "gitlab"
    GITEA = "gitea"
    FORGEJO = "forgejo"

    def vouches(self, headers: Mapping[str, str], body: bytes, *, secret: str, now: datetime) -> bool:
        """Whether somebody who knows the secret has sent this body; header names are in lower case.

        Comparing takes as long for every wrong signature.
        """
        match self:
            case Forge.GITHUB:
                return _same(headers.get("x-hub-signature-256"), f"sha256={_hexadecimal(body, secret)}")
            case Forge.GITLAB:
                return _is_gitlab(headers, body, secret, now)
            case Forge.GITEA | Forge.FORGEJO:
                name = "x-forgejo-signature" if "x-forgejo-signature" in headers else "x-gitea-signature"
                return _same(headers.get(name), _hexadecimal(body, secret))

    def event(self, headers: Mapping[str, str]) -> str:
        """What has happened, in the forge's own words and in lower case: `push`, `ping`, `tag push hook`."""
        return headers.get(_EVENTS[self], "").lower()


_EVENTS = {
    Forge.GITHUB: "x-github-event",
    Forge.GITLAB: "x-gitlab-event",
    Forge.GITEA: "x-gitea-event",
    # It sends its elder's name too.
    Forge.FORGEJO: "x-gitea-event",
}


def _is_gitlab(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> bool:
    signatures = headers.get("webhook-signature")
    if signatures is None:
        return _same(headers.get("x-gitlab-token"), secret)
    moment = headers.get("webhook-timestamp", "")
    if not _is_recent(moment, now):
        return False
    signed = f"{headers.get('webhook-id', '')}.{moment}.".encode() + body
    expected = b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()
    # There are several while a secret is exchanged.
    return any(_same(one, f"v1,{expected}") for one in signatures.split())


def _key(secret: str) -> bytes:
    if not secret.startswith(_KEY):
        return secret.encode()
    try:
        return b64decode(secret.removeprefix(_KEY), validate=True)
    except ValueError:
        # It is no base64, or not even ASCII.
        return secret.encode()


def _is_recent(moment: str, now: datetime) -> bool:
    if not moment.isdecimal() or len(moment) > len("9999999999"):
        return False
    return abs(datetime.fromtimestamp(int(moment), UTC) - now) <= PATIENCE


def _hexadecimal(body: bytes, secret: str) -> str:
    return hmac.digest(secret.encode(), body, hashlib.sha256).hex()


def _same(given: str | None, expected: str) -> bool:
    # As bytes: texts that are compared so must be ASCII.
    return hmac.compare_digest((given or "").encode("utf-8", "replace"), expected.encode())
