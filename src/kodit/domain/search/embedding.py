"""What is embedded of a snippet."""

from kodit.domain.search.tokens import words

LONGEST_CODE = 4_000
"""Characters of content that count: the mean over more says nothing in particular, and models cut earlier still."""

_PATH_TIMES = 2
"""How often the path's words are said: twice found more than once or not at all, on questions about whole
repositories."""


def code_text(path: str, header: str | None, content: str) -> str:
    """The text that stands for a piece of code: where it lies, what encloses it, and what it says."""
    return "\n".join([*[" ".join(words(path))] * _PATH_TIMES, header or "", content[:LONGEST_CODE]])
