"""What a browser shows at a forge, as the repository and the selection that it is of."""

import re
from urllib.parse import unquote, urlsplit

from kodit.domain.errors import InvalidInput
from kodit.domain.sources.selection import BRANCHES, TAGS

_AMBIGUOUS = "give the repository's own URL, and the branch with --branch NAME"

# A name with a slash in it looks like a name and a folder, so only what is one part is taken.
_GITHUB = re.compile(r"(?P<repo>/[^/]+/[^/]+)/(?P<kind>tree|commit|releases/tag|blob|raw)/(?P<rest>.+)")
_GITLAB = re.compile(r"(?P<repo>/.+?)/-/(?P<kind>tree|commits?|tags|blob|raw)/(?P<rest>.+)")
_GITEA = re.compile(r"(?P<repo>/[^/]+/[^/]+)/src/(?P<kind>branch|tag|commit)/(?P<rest>.+)")
_BITBUCKET = re.compile(r"(?P<repo>/[^/]+/[^/]+)/(?P<kind>src|commits)/(?P<rest>.+)")
_FORGES = (
    (re.compile(r"github\.com"), _GITHUB),
    (re.compile(r"bitbucket\.org"), _BITBUCKET),
    (re.compile(r".*"), _GITLAB),
    (re.compile(r".*"), _GITEA),
)
_PREFIXES = {"branch": BRANCHES, "tag": TAGS, "tags": TAGS, "releases/tag": TAGS}
_REF_TYPES = {"ref_type=heads": BRANCHES, "ref_type=tags": TAGS}


def repository_of(typed: str) -> tuple[str, str | None]:
    """The URL of the repository that a page is about, and what of it the page shows; other text as it is, and None.

    GitHub, GitLab, Gitea, Forgejo and Bitbucket are known by the form of their addresses. Raises InvalidInput for the
    page of one file, and for one that may be of a branch or of a folder.
    """
    if not typed.lower().startswith(("https://", "http://")):
        return typed, None
    try:
        url = urlsplit(typed)
        host = url.hostname or ""
    except ValueError:  # whoever reads the location says what is wrong with it
        return typed, None
    for hosts, form in _FORGES:
        if hosts.fullmatch(host) and (page := form.fullmatch(url.path.rstrip("/"))):
            break
    else:
        return typed, None
    kind, rest = page["kind"], unquote(page["rest"])
    if kind in ("blob", "raw"):
        raise InvalidInput("The URL is that of a file, and kodit indexes repositories.", remedy=_AMBIGUOUS)
    if "/" in rest:
        raise InvalidInput("The URL may be that of a branch or of a folder in one.", remedy=_AMBIGUOUS)
    prefix = _PREFIXES.get(kind) or _REF_TYPES.get(url.query, "")
    return f"{url.scheme}://{url.netloc}{page['repo']}", prefix + rest
