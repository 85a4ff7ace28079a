"""Sources as people see them."""

from kodit.application.views import FileCounts, SourceRow
from kodit.domain.sources.source import SourceKind
from kodit.interfaces.cli.rendering.listings import show_source, show_sources

FAILED = SourceRow(
    id=1,
    name="shop",
    kind=SourceKind.GIT,
    location="https://example.org/shop.git",
    ref=None,
    commit=None,
    committed_at=None,
    depth=1,
    files=0,
    snippets=0,
    symbols=0,
    indexed_at=None,
    state="failed",
    error="fetch failed:\nno such host",
)


def test_why_a_source_failed_stands_on_one_line_and_a_remedy_only_where_there_is_one(capsys):
    show_source(FAILED, FileCounts(by_language={}, skipped={}, snippets=0, symbols=0), ())
    shown = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert ["error", "fetch failed: no such host"] in shown
    assert "remedy" not in [name for name, _ in shown]

    show_sources([FAILED])
    assert capsys.readouterr().err == "shop failed: fetch failed: no such host\n"
