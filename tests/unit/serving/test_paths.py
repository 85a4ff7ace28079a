"""Which protocol answers at which path."""

from typing import Any

import pytest

from kodit.serving.paths import ByPath


class Answered(Exception):
    pass


def named(name: str) -> Any:
    async def application(_scope: Any, _receive: Any, _send: Any) -> None:
        raise Answered(name)

    return application


@pytest.mark.parametrize(
    ("path", "by"),
    [
        ("/mcp", "mcp"),
        ("/mcp/session", "mcp"),
        ("/mcpx", "web"),
        ("/api", "http"),
        ("/api/v1/sources", "http"),
        ("/api/own", "own"),
        ("/api/own/deep", "own"),
        ("/", "web"),
        ("", "web"),
        ("/sources/mcp", "web"),
    ],
)
async def test_the_longest_prefix_of_whole_parts_decides(path: str, by: str):
    applications = {"/mcp": named("mcp"), "/api": named("http"), "/api/own": named("own")}
    with pytest.raises(Answered, match=f"^{by}$"):
        await ByPath(applications, named("web"))({"type": "http", "path": path}, None, None)  # type: ignore[arg-type]
