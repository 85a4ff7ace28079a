"""The requests that documents show."""

import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

HOW_TO = Path(__file__).parents[3] / "docs" / "how-to"


def commands_in(document):
    return re.findall(r"^curl .+$", (HOW_TO / document).read_text(), flags=re.MULTILINE)


def request_of(command):
    """Method, path with query, headers and body of a curl command."""
    words = iter(shlex.split(command)[1:])
    method, headers, body, url = "GET", {}, None, ""
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        elif word != "-N":
            url = word
    parts = urlsplit(url)
    return method, f"http://test{parts.path}{'?' if parts.query else ''}{parts.query}", headers, body
