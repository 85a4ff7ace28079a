"""The members of a large JSON object, one at a time: in memory are one of them and some bytes of what follows."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from kodit.domain.errors import InvalidInput

LONGEST_VALUE = 8 << 20
"""Characters of one member: the largest of nixpkgs have some thousands."""

_BLANK = " \t\r\n"
_NUMBER_CUT = re.compile(r"(?<=[0-9])[0-9.eE+-]*\Z")
_TOKEN = 8  # characters before the end at which an escape or a word may have been cut
_ASIDE = (
    "evaluate the tree instead: nix-env prints no JSON where a field of a package throws"
    "; or give the packages.json of a channel"
)


class JsonText:
    """JSON that is read from its beginning to its end. Every method raises InvalidInput for what is no JSON."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        # Bytes that are no UTF-8 are carried along, so that places can be told in bytes.
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._decode = json.JSONDecoder().raw_decode
        self._text = ""
        self._at = 0
        self._bytes_before = 0
        self.last_key = ""

    def peek(self) -> str:
        """The next sign that is not blank, empty at the end."""
        while True:
            while self._at < len(self._text):
                if (sign := self._text[self._at]) not in _BLANK:
                    return sign
                self._at += 1
            if not self._grow():
                return ""

    def take(self, signs: str) -> str:
        """One of these signs, which must come now."""
        found = self.peek()
        if not found:
            raise self._truncated()
        if found not in signs:
            raise self._wrong(self._at, f"expected {' or '.join(signs)}, found {found!r}")
        self._at += 1
        return found

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        while True:
            try:
                value, end = self._decode(self._text, self._at)
            except RecursionError:
                raise self._wrong(self._at, "it is nested too deeply") from None
            except ValueError as error:
                self._more_or_raise(error)
                continue
            # A number may go on in what has not been read.
            unread = len(self._text) - self._at
            if _NUMBER_CUT.match(self._text, end) and unread <= LONGEST_VALUE and self._grow(unread):
                continue
            self._at = end
            return value

    def members(self) -> Iterator[str]:
        """The keys of the object that begins here; whoever reads them reads the value of each before the next."""
        self.take("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            self.take('"')
            self._at -= 1
            self.last_key = self.value()
            self.take(":")
            yield self.last_key
            if self.take(",}") == "}":
                return

    def end(self) -> None:
        """Nothing may follow."""
        if self.peek():
            raise self._wrong(self._at, "something follows after its end")

    def _more_or_raise(self, error: ValueError) -> None:
        """Read on, if there may be more to this value; what was wrong may have been that it was not all there."""
        unread = len(self._text) - self._at
        reason, ahead = str(error), 0
        if isinstance(error, json.JSONDecodeError):
            reason, ahead = error.msg, error.pos - self._at
        cut = reason.startswith("Unterminated")
        if unread > LONGEST_VALUE:
            cut = cut or ahead > unread - _TOKEN
            raise self._wrong(self._at + ahead, f"a value of more than {LONGEST_VALUE:,} characters" if cut else reason)
        if self._grow(unread):
            return
        if cut or self._at + ahead >= len(self._text.rstrip(_BLANK)):
            raise self._truncated()
        raise self._wrong(self._at + ahead, reason)

    def _grow(self, least: int = 1) -> bool:
        """Read on, so much at least if there is so much; whether there was anything."""
        self._bytes_before += self._size(self._text[: self._at])
        kept, self._at = [self._text[self._at :]], 0
        grown = 0
        for chunk in self._chunks:
            kept.append(self._decoder.decode(chunk))
            grown += len(kept[-1])
            if grown >= least:
                break
        else:
            kept.append(self._decoder.decode(b"", final=True))
            grown += len(kept[-1])
        self._text = "".join(kept)
        return grown > 0

    def _size(self, text: str) -> int:
        return len(text.encode("utf-8", "surrogateescape"))

    def _wrong(self, at: int, reason: str) -> InvalidInput:
        byte = self._bytes_before + self._size(self._text[:at])
        where = f", after {self.last_key[:100]!r}" if self.last_key else ""
        return InvalidInput(f"the list is no valid JSON at byte {byte:,}{where}: {reason}", remedy=_ASIDE)

    def _truncated(self) -> InvalidInput:
        byte = self._bytes_before + self._size(self._text)
        where = f", after {self.last_key[:100]!r}" if self.last_key else ""
        return InvalidInput(f"the list ends in the middle, at byte {byte:,}{where}", remedy="fetch it again")
