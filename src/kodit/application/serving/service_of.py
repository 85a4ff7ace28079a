"""Who asks, found in what a server knows of a request."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kodit.application.serving.serving_application_service import ServingApplicationService

ServiceOf = Callable[[Mapping[str, Any]], "ServingApplicationService"]
"""Takes the ASGI scope of a request, and gives the service of the caller that the gate has put into its state."""
