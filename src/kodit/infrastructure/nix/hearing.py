"""Takes apart what nix prints, in bounded memory: what the walk says, and the last lines of everything else."""

from collections import deque
from collections.abc import Sequence

LONGEST = 8 * 1024 * 1024
"""Bytes of one line that are listened to. What is known of one package takes a few kilobytes."""

LAST_LINES = 100
LAST_BYTES = 2_000


class Hearing:
    """What is heard of one process, whose lines begin with a token where the walk says something."""

    def __init__(self, token: str) -> None:
        self._sign = f"trace: {token}".encode()
        self._rest: list[bytes] = []
        self._size = 0
        self._others: deque[bytes] = deque(maxlen=LAST_LINES)

    def feed(self, chunk: bytes) -> Sequence[bytes]:
        """What the walk says in the lines that this chunk ends, without the token."""
        *ended, rest = chunk.split(b"\n")
        said = [one for line in ended if (one := self._line(line)) is not None]
        self._keep(rest)
        return said

    @property
    def others(self) -> Sequence[str]:
        """The last lines that the walk did not say, the one that has no end included."""
        lines = [*self._others, b"".join(self._rest)[:LAST_BYTES]]
        return [line.decode(errors="replace") for line in lines if line]

    def _keep(self, piece: bytes) -> None:
        """Gather the pieces of a line, up to what is too long; its beginning tells whose it is."""
        self._size += len(piece)
        if self._size <= LONGEST:
            self._rest.append(piece)

    def _line(self, ending: bytes) -> bytes | None:
        self._keep(ending)
        line, size = b"".join(self._rest), self._size
        self._rest, self._size = [], 0
        if not line.startswith(self._sign):
            self._others.append(line[:LAST_BYTES])
            return None
        if size > LONGEST:
            return b'!"it says more of itself than 8 MiB"'
        return line[len(self._sign) :]
