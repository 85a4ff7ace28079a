"""What people type after `kodit index`, and what it means.

A location never holds credentials: they would end in the database, in logs and in process listings. A private
repository is reached as git itself reaches it, by a credential helper (`git credential approve`, or the settings
that git reads from the environment) or by an ssh key.
"""

import re
import shlex
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from kodit.domain.errors import InvalidInput, NotFound
from kodit.domain.sources.source import SourceKind

CREDENTIALS_REMEDY = (
    "kodit keeps no credentials: store them once with `git credential approve` or another git credential helper, "
    "or use an ssh URL"
)

LONGEST_NAME = 100
"""In characters. Names stand in lists and are typed."""

_NAME_REMEDY = "choose letters, digits, dots, dashes, for instance --name project or --name owner/project"
_URL_REMEDY = "use https://, http://, ssh://, git:// or file://, host:owner/repo.git, or a path"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_REMOTE_HELPER = re.compile(r"[A-Za-z0-9+.-]+::")
_SCP_LIKE = re.compile(r"(?:(?P<user>[^@:/\s]+)@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^@:/\s]+):(?P<path>.+)")
_LIKE_A_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+/[^\s*]+$")
_WINDOWS_PATH = re.compile(r"[A-Za-z]:\\")
_IN_URLS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^/\s]*@")


class LocationForm(StrEnum):
    """How a location was written."""

    URL = "url"
    SCP_LIKE = "scp-like"
    """`git@host:owner/repo.git`, which git reaches over ssh."""
    PATH = "path"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A location as typed, checked, without credentials.

    `text` is a URL, an scp-like address, or a path that may still be relative or begin with `~`.
    `had_credentials` is set when credentials were cut off: say so, with `CREDENTIALS_REMEDY`.
    """

    text: str
    form: LocationForm
    had_credentials: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PathFacts:
    """What the disk says about a path. `absolute` has neither `~` nor symbolic links in it.

    `is_repository` is set for all that git can clone: bare repositories, working trees, and the `.git` in them.
    """

    absolute: str
    is_directory: bool
    is_bare_repository: bool
    is_repository: bool


def parsed_location(typed: str) -> Location:
    """Read what a user typed. Messages about a URL don't repeat it: it may hold a secret where none is looked for.

    Raises InvalidInput for what is no location, or one that could make git run a program.
    """
    if not typed or any(not char.isprintable() for char in typed):
        raise InvalidInput("The location is empty or has control characters in it.", remedy=_URL_REMEDY)
    if typed.startswith("-"):
        raise InvalidInput(
            f"{typed!r} looks like an option.", remedy="for a directory of that name, write ./ before it"
        )
    if _REMOTE_HELPER.match(typed):
        raise InvalidInput("git's remote helpers (`name::address`) are not allowed.", remedy=_URL_REMEDY)
    if scheme := _SCHEME.match(typed):
        return _parsed_url(typed, scheme[1].lower())
    if _WINDOWS_PATH.match(typed):
        raise InvalidInput("This is a path of Windows.", remedy="write it as this system does: /mnt/c/code")
    if ":" in typed.split("/", 1)[0]:
        return _parsed_scp_like(typed)
    return Location(text=typed, form=LocationForm.PATH)


def path_of(location: Location) -> str | None:
    """The path on this machine that a location names, to be looked at; None for one on the network."""
    if location.form is LocationForm.PATH:
        return location.text
    return unquote(location.text.removeprefix("file://")) if location.text.startswith("file://") else None


def kind_of(location: Location, facts: PathFacts | None = None) -> tuple[SourceKind, str]:
    """How a location is read, and its final text; `facts` are those of `path_of`, None where nothing is there.

    A directory is read in place, be it a git working tree or not; a bare repository is mirrored, and so is what a
    file URL names. Raises NotFound for a path where nothing is, InvalidInput for one that is no directory, or no
    repository where it should be one.
    """
    path = path_of(location)
    if path is None:
        return SourceKind.GIT, location.text
    if facts is None:
        raise NotFound(f"{path} does not exist.", remedy=_where_to_look(location))
    if not facts.is_directory:
        raise InvalidInput(f"{facts.absolute} is not a directory.", remedy="name the directory that it lies in")
    if location.form is LocationForm.URL:
        if not facts.is_repository:
            remedy = f"to index it as a directory, leave out file://: kodit index {shlex.quote(path)}"
            raise InvalidInput(f"{path} is no git repository.", remedy=remedy)
        return SourceKind.GIT, location.text
    around = facts.absolute.removesuffix("/.git")
    if facts.is_repository and around != facts.absolute:
        raise InvalidInput(
            f"{facts.absolute} is git's own directory.", remedy=f"kodit index {shlex.quote(around or '/')}"
        )
    return (SourceKind.GIT if facts.is_bare_repository else SourceKind.DIRECTORY), facts.absolute


def _where_to_look(location: Location) -> str:
    if location.form is LocationForm.URL:
        return "check the spelling: write file:///path/to/repository, with the whole path"
    remote = f"; for a repository on the network, write https://{location.text}"
    remedy = "check the spelling"
    if not location.text.startswith(("/", "~")):
        remedy += ": the path is seen from the current directory"
    return remedy + (remote if _LIKE_A_HOST.match(location.text) else "")


def checked_name(typed: str) -> str:
    """A name as a user gives it: short, printable, typed without quoting tricks, and with `/` only between words.

    Raises InvalidInput, saying what is wrong with it.
    """
    parts = typed.split("/")
    if not typed.strip():
        wrong = "it is empty"
    elif any(not char.isprintable() for char in typed):
        wrong = "it has control characters in it"
    elif typed != typed.strip():
        wrong = "it begins or ends with a space"
    elif typed.startswith("-"):
        wrong = "it looks like an option"
    elif any(part in ("", ".", "..") for part in parts) or "\\" in typed:
        wrong = "it looks like a path"
    elif len(typed) > LONGEST_NAME:
        wrong = f"it is longer than {LONGEST_NAME} characters"
    else:
        return typed
    raise InvalidInput(f"{typed[:LONGEST_NAME]!r} cannot be a source's name: {wrong}", remedy=_NAME_REMEDY)


def default_name(location: str) -> str:
    """A short name for a location: `owner/repo` for a remote repository, the last part of a path.

    Two locations may share it; whoever stores the source makes it unique.
    """
    if scheme := _SCHEME.match(location):
        url = urlsplit(location)
        parts = [unquote(part) for part in url.path.split("/") if part]
        kept = 1 if scheme[1].lower() == "file" else 2
        return _joined_name(parts[-kept:]) or url.hostname or location
    if not location.startswith("/") and (scp := _SCP_LIKE.fullmatch(location)):
        return _joined_name([part for part in scp["path"].split("/") if part][-2:]) or location
    return _joined_name([part for part in location.split("/") if part][-1:]) or location


def without_credentials(text: str) -> str:
    """`text` with whatever stands before the `@` of a URL blotted out, for messages that others wrote."""
    return _IN_URLS.sub(r"\1***@", text)


def _joined_name(parts: list[str]) -> str:
    # A name that begins with a dash would look like an option where it is typed.
    return "/".join(parts).removesuffix(".git").lstrip("-")


def _parsed_url(typed: str, scheme: str) -> Location:
    if scheme not in ("https", "http", "ssh", "git", "file"):
        raise InvalidInput(f"{scheme}:// is not a scheme that kodit reads.", remedy=_URL_REMEDY)
    try:
        url = urlsplit(typed)
        port = url.port
    except ValueError:
        raise InvalidInput("This is not a URL: its host or its port makes no sense.", remedy=_URL_REMEDY) from None
    if url.query or url.fragment:
        raise InvalidInput("The URL of a repository has no ? or # part.", remedy="leave out what follows the path")
    if not all(char.isprintable() for char in unquote(typed)):
        raise InvalidInput("The URL has encoded control characters in it.", remedy=_URL_REMEDY)
    user, host = unquote(url.username or ""), url.hostname or ""
    if scheme == "file":
        return _parsed_file_url(url.path, host)
    if not host or host.startswith("-") or user.startswith("-") or "@" in url.path.split("/")[0]:
        raise InvalidInput("The URL names no host.", remedy=_URL_REMEDY)
    # Over http a lone user name may be a token; over ssh it is the account, and no secret.
    kept_user = f"{url.username}@" if scheme == "ssh" and url.username else ""
    netloc = f"{kept_user}{f'[{host}]' if ':' in host else host}{'' if port is None else f':{port}'}"
    secret = url.password is not None or (scheme != "ssh" and url.username is not None)
    path = url.path.rstrip("/")
    if not path:
        raise InvalidInput(
            f"The URL names the host {host}, but no repository.", remedy="add the path of the repository"
        )
    return Location(text=f"{scheme}://{netloc}{path}", form=LocationForm.URL, had_credentials=secret)


def _parsed_file_url(path: str, host: str) -> Location:
    if host not in ("", "localhost") or not path.startswith("/"):
        raise InvalidInput("A file URL names a path on this machine.", remedy="write file:///path/to/repository")
    return Location(text=f"file://{path.rstrip('/') or '/'}", form=LocationForm.URL)


def _parsed_scp_like(typed: str) -> Location:
    match = _SCP_LIKE.fullmatch(typed)
    # A second "@" means user:password@host:path, which git would take for a host and a path.
    if match is None or "@" in match["path"].split("/", 1)[0]:
        raise InvalidInput("The address is neither user@host:path nor a path.", remedy=_URL_REMEDY)
    if any(match[part] and match[part].startswith("-") for part in ("user", "host", "path")):
        raise InvalidInput("A part of the address looks like an option.", remedy=_URL_REMEDY)
    return Location(text=typed.rstrip("/"), form=LocationForm.SCP_LIKE)
