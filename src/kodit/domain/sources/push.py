"""What was pushed to a repository somewhere, and which sources are read from there."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from kodit.domain.errors import InvalidInput
from kodit.domain.sources.forge import Forge
from kodit.domain.sources.selection import BRANCHES, TAGS, is_commit
from kodit.domain.sources.source import Source, SourceKind

_URLS = ("clone_url", "ssh_url", "html_url", "git_url", "git_http_url", "git_ssh_url", "http_url", "web_url", "url")
"""Where the documents of forges name the repository."""
_PUSHES = {
    Forge.GITHUB: ("push",),
    Forge.GITLAB: ("push hook", "tag push hook", "system hook"),
    Forge.GITEA: ("push",),
    Forge.FORGEJO: ("push",),
}
_NO_COMMIT = re.compile(r"0{40}|0{64}")
_SCP_LIKE = re.compile(r"(?:[^@/\s]+@)?(\[[0-9A-Fa-f:.]+\]|[^@:/\s]+):(?!//)(.+)")


@dataclass(frozen=True, slots=True)
class Push:
    """A push to a repository.

    `places` are the repository's addresses without what may differ between their spellings, see `place_of`. `ref` is
    what was pushed to, as `refs/heads/main`; `default` is the branch that its HEAD names, None where nobody said.
    """

    places: frozenset[str]
    ref: str
    default: str | None

    def concerns(self, source: Source) -> bool:
        """Whether a source is read from there, and from what was pushed to."""
        if source.kind is not SourceKind.GIT or place_of(source.repository) not in self.places:
            return False
        selection = source.selection
        if selection is None:
            return self.default is None or self.ref == BRANCHES + self.default
        if is_commit(selection):
            return False
        return self.ref in (selection, BRANCHES + selection, TAGS + selection)


def pushed(forge: Forge, event: str, document: Mapping[str, Any]) -> Push | None:
    """The push that a forge tells of; None when something else has happened, or a branch was deleted.

    Raises InvalidInput for a document that does not say what it must.
    """
    if event not in _PUSHES[forge]:
        return None
    if "ref" not in document and event == "system hook":
        return None
    ref = document.get("ref")
    places = frozenset(_places(document))
    if not isinstance(ref, str) or not places:
        raise InvalidInput("the webhook's document names no ref or no repository")
    after = document.get("after")
    if document.get("deleted") is True or (isinstance(after, str) and _NO_COMMIT.fullmatch(after)):
        return None
    return Push(places, ref, next(_defaults(document), None))


def place_of(address: str) -> str:
    """What every spelling of a repository's address has in common: the host and the path, in lower case.

    Scheme, user, port and a `.git` at the end may differ. Forges find a repository by its path in any case; one that
    does not makes us look once in vain at most.
    """
    if found := _SCP_LIKE.fullmatch(address):
        host, path = found[1], found[2]
    else:
        try:
            parts = urlsplit(address)
            host, path = parts.hostname or "", parts.path
        except ValueError:
            return address
    path = unquote(path).strip("/").removesuffix(".git").rstrip("/")
    return f"{host}/{path}".lower()


def _places(document: Mapping[str, Any]) -> Iterator[str]:
    for described in _described(document):
        for name in _URLS:
            address = described.get(name)
            if isinstance(address, str) and (":" in address):
                yield place_of(address)


def _defaults(document: Mapping[str, Any]) -> Iterator[str]:
    for described in _described(document):
        # GitHub has sent both; the newer one is told first.
        for name in ("default_branch", "master_branch"):
            branch = described.get(name)
            if isinstance(branch, str) and branch:
                yield branch


def _described(document: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return [told for told in (document.get("project"), document.get("repository")) if isinstance(told, Mapping)]
