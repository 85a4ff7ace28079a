"""A key as its owner holds it: `kodit_<id>_<chance><checksum>`.

The prefix and the checksum let scanners of secrets find one that leaked without asking anybody, and let a mistyped
one be refused without looking it up; so do those of GitHub
(github.blog/2021-04-05-behind-githubs-new-authentication-token-formats).
"""

import hashlib
import re
from dataclasses import dataclass
from string import ascii_letters, digits
from zlib import crc32

ID_BYTES = 7
SECRET_BYTES = 32
"""Of chance: nobody guesses 256 bits."""

_ALPHABET = digits + ascii_letters
_ID, _SECRET, _CHECKSUM = 10, 43, 6
"""Letters that hold 7 bytes, 32 bytes and 32 bits in an alphabet of 62."""

FORM = re.compile(rf"kodit_([0-9A-Za-z]{{{_ID}}})_[0-9A-Za-z]{{{_SECRET + _CHECKSUM}}}", re.ASCII)


@dataclass(frozen=True, slots=True, repr=False)
class KeySecret:
    """A key's secret in full. It is shown once, and never stored: `digest` is."""

    id: str
    text: str

    @property
    def digest(self) -> str:
        """What is stored of it."""
        return digest_of(self.text)

    def __repr__(self) -> str:
        return f"KeySecret({self.id})"


def minted(chance: bytes) -> KeySecret:
    """A new one of `ID_BYTES` and `SECRET_BYTES` of chance."""
    if len(chance) != ID_BYTES + SECRET_BYTES:
        raise ValueError(f"{ID_BYTES + SECRET_BYTES} bytes of chance make a key, not {len(chance)}")
    key_id = _spelled(chance[:ID_BYTES], _ID)
    body = f"kodit_{key_id}_{_spelled(chance[ID_BYTES:], _SECRET)}"
    return KeySecret(key_id, body + _checksum(body))


def read_secret(text: str) -> KeySecret | None:
    """The secret that a text is; None where its form or its checksum is wrong."""
    found = FORM.fullmatch(text)
    if found is None or _checksum(text[:-_CHECKSUM]) != text[-_CHECKSUM:]:
        return None
    return KeySecret(found[1], text)


def digest_of(secret: str) -> str:
    """SHA-256 of a secret that is made of chance, in hexadecimal.

    A slow hash protects what people choose, because that can be guessed. 256 bits of chance cannot, however fast each
    guess is: NIST SP 800-63B (5.1.2.2) asks for salt and slowness below 112 bits only.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(body: str) -> str:
    return _spelled(crc32(body.encode()).to_bytes(4, "big"), _CHECKSUM)


def _spelled(chance: bytes, width: int) -> str:
    number, letters = int.from_bytes(chance, "big"), ""
    for _ in range(width):
        number, place = divmod(number, len(_ALPHABET))
        letters = _ALPHABET[place] + letters
    return letters
