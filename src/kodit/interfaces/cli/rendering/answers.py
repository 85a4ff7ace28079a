"""Answers to a search."""

from collections.abc import Mapping
from typing import Any

from kodit.application.reports import SearchResult, not_indexed
from kodit.domain.search.query import Hit, Query
from kodit.interfaces.cli.rendering.figures import counted
from kodit.interfaces.cli.rendering.streams import harmless, is_terminal, notice, say
from kodit.interfaces.cli.rendering.understood import show_understood

_FIELDS = (
    "path",
    "start_line",
    "end_line",
    "language",
    "symbol",
    "kind",
    "source",
    "commit",
    "score",
    "ranks",
    "content",
)

_PLACES = ("/", "./", "../", "~")
"""How a path begins that is seen from somewhere else than the source. A `/` may also stand for the source's root."""

_LEXERS = {"csharp": "c#", "shell": "bash", "text": "text"}
"""Where our name for a language is not the highlighter's."""


def answered(result: SearchResult) -> Mapping[str, Any]:
    """The answers as a JSON document has them."""
    return {
        "query": result.query.text,
        "mode": result.query.mode,
        "took_ms": round(result.took_ms, 1),
        "by_meaning_only": result.by_meaning_only,
        "results": [{name: getattr(hit, name) for name in _FIELDS} for hit in result.hits],
    }


def show_answers(result: SearchResult, *, lines: int | None) -> None:
    """The answers with an excerpt of at most so many lines each; None shows all."""
    if not result.hits:
        return
    show = _drawn if is_terminal() else _plain
    for position, hit in enumerate(result.hits):
        if position:
            say()
        show(hit, lines)


def show_advice(result: SearchResult) -> None:
    """Why nothing was found, or nothing with a word of the question, as far as that can be told from it."""
    show_understood({}, by_meaning_only=result.by_meaning_only)
    if result.hits:
        return
    notice(f"nothing found; {_advice(result.query)}")
    if result.unindexed:
        missing, remedy = not_indexed(result.unindexed)
        notice(f"{missing}; {remedy}")


def _advice(query: Query) -> str:
    if not any(char.isalnum() for char in query.text):
        return "there is no word to look for in the query"
    if any(pattern.startswith(_PLACES) for pattern in query.filters.paths):
        return "--path is compared with paths relative to the source, for instance --path 'src/**/*.py'"
    if query.filters.last_change.is_asked:
        return "authors and dates are known of git repositories only, not of directories; fewer filters may help"
    return "fewer or other words, or fewer filters, may help"


def _headline(hit: Hit) -> tuple[str, str]:
    place = f"{hit.path}:{hit.start_line}-{hit.end_line}"
    why = ", ".join(f"{name} #{rank}" for name, rank in hit.ranks.items())
    return place, "  ".join(part for part in (hit.symbol or "-", hit.kind.value, f"({hit.source})", why) if part)


def _excerpt(hit: Hit, lines: int | None) -> tuple[list[str], int]:
    """The first lines, and how many are left out."""
    every = hit.content.rstrip().splitlines()
    shown = every if lines is None else every[:lines]
    return shown, len(every) - len(shown)


def _plain(hit: Hit, lines: int | None) -> None:
    say("  ".join(_headline(hit)))
    shown, hidden = _excerpt(hit, lines)
    for number, line in enumerate(shown, hit.start_line):
        say(f"{number:>6}  {line}".rstrip())
    if hidden and shown:
        say(f"        ... {counted(hidden, 'more line')}")


def _drawn(hit: Hit, lines: int | None) -> None:
    from rich.console import Console
    from rich.syntax import Syntax
    from rich.text import Text

    console = Console(highlight=False)
    place, rest = _headline(hit)
    console.print(Text.assemble((harmless(place), "bold cyan"), "  ", harmless(rest)))
    shown, hidden = _excerpt(hit, lines)
    if shown:
        code = Syntax(
            harmless("\n".join(shown)),
            _LEXERS.get(hit.language, hit.language),
            line_numbers=True,
            start_line=hit.start_line,
            theme="ansi_dark",
            background_color="default",
            word_wrap=True,
        )
        console.print(code)
    if hidden and shown:
        console.print(Text(f"       ... {counted(hidden, 'more line')}", style="dim"))
