"""Which protocol answers at which path."""

from collections.abc import Mapping

from kodit.serving.streams import Application, Receive, Scope, Send


class ByPath:
    """Hands a request to the application whose prefix its path begins with, the longest first; paths stay as they are.

    A prefix ends where a part of the path does: `/mcp` is for `/mcp` and `/mcp/x`, not for `/mcpx`.
    """

    def __init__(self, applications: Mapping[str, Application], otherwise: Application) -> None:
        self._applications = sorted(applications.items(), key=lambda entry: -len(entry[0]))
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._of(scope.get("path", "/"))(scope, receive, send)

    def _of(self, path: str) -> Application:
        for prefix, application in self._applications:
            if path == prefix or path.startswith(f"{prefix}/"):
                return application
        return self._otherwise
