"""What a question was taken for, where that is not what was asked."""

from collections.abc import Mapping, Sequence

from kodit.interfaces.cli.rendering.streams import notice


def show_understood(understood: Mapping[str, Sequence[str]], *, by_meaning_only: bool) -> None:
    """Which names words were taken for, and whether no answer has a word of the question."""
    for word, names in understood.items():
        notice(f"nothing is called {word}; looked for {' or '.join(names)}")
    if by_meaning_only:
        notice("no answer has a word of the query: these are the nearest by meaning")
