"""Repositories inside a repository, each at the commit that the outer one names."""

from dataclasses import dataclass

from kodit.domain.errors import InvalidInput, Refused
from kodit.domain.sources.location import LocationForm, parsed_location

DEEPEST = 5
"""Submodules inside submodules that are followed. Beyond it nobody nests on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submodule:
    """A submodule of a source.

    `url` is where its repository is, without credentials; None where the outer repository does not say it, or nothing
    that kodit could read. `problem` says why its files are not among the source's although submodules are followed.
    """

    path: str
    commit: str
    url: str | None = None
    problem: str | None = None


def submodule_address(outer: str, url: str) -> str:
    """Where a submodule's repository is, as git reads `url` in a repository that is at `outer`.

    What comes with a repository decides about `url`, so it may not lead from the network to this machine's own files.
    Raises Refused for one that does, InvalidInput for what is no address.
    """
    address = url
    if url.startswith(("./", "../")):
        address = _beside(outer, url)
    location = parsed_location(address)
    if location.form is LocationForm.PATH and not address.startswith("/"):
        raise InvalidInput("The submodule's URL is neither an address nor a path.")
    if _is_local(location.text) and not _is_local(outer):
        raise Refused("The submodule's URL leads from the network to files of this machine.")
    return location.text


def _beside(outer: str, url: str) -> str:
    """Each `../` takes the last part away, also that behind the colon of `host:path`."""
    base = outer.rstrip("/")
    while url.startswith(("./", "../")):
        if url.startswith("../"):
            cut = max(base.rfind("/"), base.rfind(":"))
            if cut < 0 or cut == len(base) - 1 or base[:cut].endswith((":/", ":")):
                raise InvalidInput("The submodule's URL leads above its host.")
            base = base[: cut + (base[cut] == ":")]
        url = url.partition("/")[2]
    return f"{base}{url}" if base.endswith(":") else f"{base}/{url}"


def _is_local(address: str) -> bool:
    return address.startswith(("/", "file://"))
