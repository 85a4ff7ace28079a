"""Each reason why an endpoint cannot be reached, in words."""

import errno
import socket
import ssl

import httpx
import pytest

from kodit.infrastructure.openai.failures import unreachable

URL = "https://model.example/v1"


def came_from(cause: BaseException) -> httpx.ConnectError:
    """As the library nests them, when it tried several addresses."""
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = OSError("All connection attempts failed")
    error.__cause__.__cause__ = ExceptionGroup("several", [cause]) if isinstance(cause, Exception) else cause
    return error


def distrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


@pytest.mark.parametrize(
    ("cause", "reason", "remedy"),
    [
        (socket.gaierror(socket.EAI_NONAME, "?"), "its name cannot be looked up", "look up names"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "?"), "the connection was refused", "runs and listens"),
        (ConnectionResetError(errno.ECONNRESET, "?"), "it closed the connection", "server itself logs"),
        (TimeoutError(errno.ETIMEDOUT, "?"), "the connection timed out", "reach it"),
        (OSError(errno.ENETUNREACH, "?"), "network is unreachable", "reach it"),
        (distrusted(), "its certificate is not trusted (self-signed certificate)", "SSL_CERT_FILE"),
        (ssl.SSLError(1, "?"), "it does not speak TLS as expected", "http://"),
        (ValueError("secret"), "the request failed (ConnectError)", "KODIT_OPENAI_BASE_URL"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_the_reason_and_the_remedy_are_those_of_the_innermost_cause(
    cause: Exception, reason: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    error = unreachable(came_from(cause), URL)
    assert str(error).startswith(f"the model at {URL} cannot be reached: {reason}")
    assert remedy in (error.remedy or "")
    assert "secret" not in str(error)
