"""Lists of packages, brought over HTTP."""

import asyncio
import errno
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import urljoin, urlsplit

import httpx
from filelock import FileLock, Timeout

from kodit.domain.errors import (
    BadAnswer,
    InvalidInput,
    KoditError,
    Locked,
    NotFound,
    RateLimited,
    Refused,
    StorageFull,
    Unavailable,
    Unreadable,
)
from kodit.domain.nixpkgs.release import Release
from kodit.domain.sources.location import without_credentials
from kodit.domain.tasks.retry_after import wait_in
from kodit.infrastructure.channels.kept_list import PART, KeptList, keep, kept
from kodit.infrastructure.channels.measuring import CHUNK, Measure
from kodit.infrastructure.channels.release_names import REVISION_FILE, commit, release_name
from kodit.infrastructure.channels.unpacking import Limits

CONNECT_SECONDS = 10.0
SILENT_SECONDS = 60.0
"""How long a server may say nothing."""
SECONDS = 1800.0
"""How long all of it may take."""
ATTEMPTS = 4
"""How often a connection may break; each goes on where the last one ended."""
REDIRECTS = 10

_NOT_THE_REST = frozenset({httpx.codes.PARTIAL_CONTENT, httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE})
_RANGE = re.compile(r"bytes (\d+)-")


class Download:
    """One list on its way: what has come of it, and what it is measured to be."""

    def __init__(self, directory: Path, limits: Limits) -> None:
        # One file from its beginning to its end: a thread that still writes when its download has been given up writes
        # into what is thrown away, and not into what the next one brings.
        self._file = (directory / PART).open("wb")
        self._limits = limits
        self.restart()

    def restart(self, answer: httpx.Response | None = None) -> None:
        """Begin anew, with what this answer brings."""
        headers = answer.headers if answer is not None else httpx.Headers()
        self.etag: str | None = headers.get("etag")
        self.last_modified: str | None = headers.get("last-modified")
        self.url = answer.url if answer is not None else httpx.URL()
        self.size = 0
        self._measure = Measure(self._limits)
        self._file.seek(0)
        self._file.truncate()

    @property
    def sameness(self) -> str | None:
        """By what a server can tell whether it still has the same, byte for byte."""
        strong = self.etag if self.etag and not self.etag.startswith("W/") else None
        return strong or self.last_modified

    def goes_on(self, answer: httpx.Response) -> bool:
        """Whether this is the rest of what has come."""
        if answer.status_code != httpx.codes.PARTIAL_CONTENT or answer.headers.get("etag", self.etag) != self.etag:
            return False
        start = _RANGE.match(answer.headers.get("content-range", ""))
        return start is not None and int(start[1]) == self.size > 0

    def write(self, chunk: bytes) -> None:
        """Take some bytes."""
        self._measure.feed(chunk)
        self._file.write(chunk)
        self.size += len(chunk)

    def finish(self) -> str:
        """What it is, once everything has come, and is on the disk."""
        digest = self._measure.digest()
        self._file.flush()
        os.fsync(self._file.fileno())
        return digest

    def close(self) -> None:
        """Close the file, and throw away what has not found its place."""
        try:
            self._file.close()
        finally:
            Path(self._file.name).unlink(missing_ok=True)


async def downloaded(url: str, directory: Path, limits: Limits) -> Release:
    """The list at a URL, brought into a folder of its own unless what is kept there still is what the server has.

    A broken connection is taken up where it broke. Proxies are those of the environment. Raises NotFound, Refused,
    RateLimited, Unavailable or BadAnswer as the server answers, InvalidInput for what is no list or a larger one than
    it may be, Locked while another process brings it, StorageFull, Unreadable for a folder that cannot be written.
    """
    _check(url)
    try:
        await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
        with FileLock(directory / "lock", timeout=0):
            async with asyncio.timeout(SECONDS), _client(url) as client:
                download = await asyncio.to_thread(Download, directory, limits)
                try:
                    return await _brought(client, url, directory, download)
                finally:
                    download.close()
    except Timeout:
        raise Locked(f"another process brings {_said(url)} already") from None
    except TimeoutError:
        raise Unavailable(f"{_said(url)} takes more than {SECONDS / 60:.0f} minutes") from None
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StorageFull("the disk is full", remedy="free some space and try again") from error
        raise Unreadable(f"{directory} cannot be written: {error.strerror or type(error).__name__}") from error


async def _brought(client: httpx.AsyncClient, url: str, directory: Path, download: Download) -> Release:
    known = await asyncio.to_thread(kept, directory, url)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            if (unchanged := await _transferred(client, url, download, known)) is not None:
                return unchanged.release(directory)
            break
        except httpx.TransportError as error:
            if attempt == ATTEMPTS or isinstance(error, httpx.UnsupportedProtocol | httpx.ProxyError):
                raise _unavailable(url, error) from error
    digest = await asyncio.to_thread(download.finish)
    about = KeptList(
        url=url,
        id=digest,
        name=await _name(client, download.url),
        size=download.size,
        etag=download.etag,
        last_modified=download.last_modified,
    )
    await asyncio.to_thread(keep, directory, about)
    return about.release(directory)


async def _transferred(
    client: httpx.AsyncClient, url: str, download: Download, known: KeptList | None
) -> KeptList | None:
    """One connection's worth of it, or what is known where that still is what the server has."""
    async with _answer(client, url, _conditions(download, known)) as answer:
        if answer.status_code == httpx.codes.NOT_MODIFIED and known is not None:
            return known
        if not download.goes_on(answer):
            asked_for_the_rest = download.size > 0
            await asyncio.to_thread(download.restart, answer)
            if asked_for_the_rest and answer.status_code in _NOT_THE_REST:
                raise httpx.RemoteProtocolError("the server gives another part than was asked for")
            if answer.status_code != httpx.codes.OK:
                _raise(answer)
        async for chunk in answer.aiter_raw(CHUNK):
            await asyncio.to_thread(download.write, chunk)
    return None


def _conditions(download: Download, known: KeptList | None) -> dict[str, str]:
    if download.size:
        same = download.sameness
        return {"Range": f"bytes={download.size}-", "If-Range": same} if same else {}
    said = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified} if known else {}
    return {name: value for name, value in said.items() if value}


async def _name(client: httpx.AsyncClient, url: httpx.URL) -> str | None:
    """What the release is called: by the folder that a redirect has led to, or by the commit that stands beside it."""
    if (name := release_name(url.path.split("/")[:-1])) is not None:
        return name
    try:
        async with _answer(client, urljoin(str(url), REVISION_FILE), {}) as answer:
            first = await anext(answer.aiter_raw(100), b"") if answer.is_success else b""
    except (httpx.HTTPError, KoditError):
        return None
    return commit(first.decode("ascii", "replace"))


def _check(url: str) -> None:
    """Raises InvalidInput for what is no URL of a server, before a library stumbles over it."""
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and (parts.port is None or parts.port > 0) and url.isprintable() and " " not in url
    except ValueError:
        sound = False
    if not sound:
        raise InvalidInput(
            f"{_said(url)!r} is no URL", remedy="such as https://channels.nixos.org/nixos-unstable/packages.json.br"
        )


def _client(url: str) -> httpx.AsyncClient:
    async def stays_encrypted(request: httpx.Request) -> None:
        if url.lower().startswith("https:") and request.url.scheme != "https":
            raise Refused(
                f"{_said(url)} leads to a place that is not encrypted", remedy="give the URL that it leads to"
            )

    return httpx.AsyncClient(
        headers={"User-Agent": "kodit", "Accept-Encoding": "identity"},
        timeout=httpx.Timeout(SILENT_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=True,
        max_redirects=REDIRECTS,
        event_hooks={"request": [stays_encrypted]},
    )


@asynccontextmanager
async def _answer(client: httpx.AsyncClient, url: str, headers: dict[str, str]) -> AsyncIterator[httpx.Response]:
    try:
        async with client.stream("GET", url, headers=headers) as answer:
            yield answer
    except httpx.TooManyRedirects as error:
        raise BadAnswer(f"{_said(url)} leads in a circle") from error
    except httpx.InvalidURL as error:
        raise InvalidInput(f"{_said(url)} is no URL: {error}") from error


def _raise(answer: httpx.Response) -> NoReturn:
    """What an answer means that is not what was asked for."""
    status, said = answer.status_code, _said(str(answer.url))
    if status in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
        raise NotFound(f"there is nothing at {said}", remedy="a channel's list is at its URL, and /packages.json.br")
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise Refused(f"{said} is not for everybody: the server answered {status}")
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise RateLimited(f"{said} asks us to wait", retry_after=wait_in(answer.headers.get("retry-after")))
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise Unavailable(f"{said} answered {status}")
    raise BadAnswer(f"{said} answered {status}")


def _unavailable(url: str, error: httpx.TransportError) -> Unavailable | BadAnswer:
    reason = without_credentials(str(error)) or type(error).__name__
    if isinstance(error, httpx.UnsupportedProtocol):
        return BadAnswer(f"{_said(url)} leads to something that is no web page")
    return Unavailable(f"{_said(url)} cannot be had: {reason}")


def _said(url: str) -> str:
    """A URL as it may be told: without credentials, and without what a question mark begins, which may be one."""
    return without_credentials(url.partition("?")[0].partition("#")[0])
