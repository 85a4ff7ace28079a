"""Which submodules a commit names, and where their repositories are."""

from collections.abc import Mapping

import structlog

from kodit.domain.errors import KoditError, PermanentError
from kodit.domain.sources.submodule import Submodule, submodule_address
from kodit.infrastructure.git.mirror import Mirror
from kodit.infrastructure.git.tree import SUBMODULE, Tree, path_of

_LOG = structlog.get_logger(__name__)

_LIST = ".gitmodules"


async def submodules(mirror: Mirror, commit: str) -> list[Submodule]:
    """Every submodule of a commit, by path; one that `.gitmodules` does not name has no URL."""
    listing = await mirror.git.local("ls-tree", "-r", "-z", "--full-tree", commit, mirror=mirror.path)
    # Cut out first: most repositories have none, and most records are files.
    records = [record for record in listing.split(b"\0") if record.startswith(SUBMODULE)]
    urls = await _urls(mirror, commit) if records else {}
    found = []
    for record in records:
        facts, _, name = record.partition(b"\t")
        if (path := path_of(name)) is not None:
            linked = facts.split()[2].decode("ascii")
            found.append(_submodule(mirror.location, path, linked, urls.get(path)))
    return sorted(found, key=lambda one: one.path)


def _submodule(outer: str, path: str, commit: str, url: str | None) -> Submodule:
    if url is None:
        return Submodule(path=path, commit=commit, problem=f"{_LIST} does not say where its repository is")
    try:
        return Submodule(path=path, commit=commit, url=submodule_address(outer, url))
    except PermanentError as error:
        return Submodule(path=path, commit=commit, problem=str(error))


async def _urls(mirror: Mirror, commit: str) -> Mapping[str, str]:
    """The URLs by path, as `.gitmodules` says."""
    blob = (await Tree(mirror, commit).ids([_LIST])).get(_LIST)
    if blob is None:
        return {}
    try:
        said = await mirror.git.local("config", f"--blob={blob}", "--null", "--list", mirror=mirror.path)
    except KoditError as error:
        _LOG.warning("list of submodules passed over", repository=mirror.location, reason=str(error))
        return {}
    settings: dict[str, dict[str, str]] = {}
    for entry in said.decode("utf-8", "replace").split("\0"):
        key, _, value = entry.partition("\n")
        # The name between the first and the last dot may hold any number of them.
        section, _, rest = key.partition(".")
        name, _, what = rest.rpartition(".")
        if section == "submodule" and name:
            settings.setdefault(name, {})[what] = value
    return {one["path"].rstrip("/"): one["url"] for one in settings.values() if "path" in one and "url" in one}
