"""How results travel from a worker process.

There are tens of thousands of nouns to a megabyte of code. As columns of plain values they are packed in a quarter of
the time that pickle takes for the nouns themselves, which asks each of them in Python what it consists of, and unpacked
without a step in Python for any of them.
"""

import pickle
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from functools import partial
from itertools import repeat
from operator import attrgetter
from typing import Any, TypeVar

from kodit.domain.code.extracted import ExtractedFile
from kodit.domain.code.reference import Import, Reference
from kodit.domain.code.snippet import Snippet
from kodit.domain.code.symbol import Symbol

T = TypeVar("T")

_PROTOCOL = 5


def packed(files: Sequence[ExtractedFile]) -> bytes:
    """Results as bytes."""
    return pickle.dumps([_row(file) for file in files], _PROTOCOL)


def unpacked(content: bytes) -> list[ExtractedFile]:
    """The results in bytes that `packed` made."""
    return [_file(row) for row in pickle.loads(content)]  # noqa: S301 - from kodit's own process


def _names(noun: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(noun))


_SNIPPET, _SYMBOL, _IMPORT = _names(Snippet), _names(Symbol), _names(Import)
_OF_SNIPPET, _OF_SYMBOL, _OF_IMPORT = attrgetter(*_SNIPPET), attrgetter(*_SYMBOL), attrgetter(*_IMPORT)
_PLAIN = tuple(name for name in _names(ExtractedFile) if name not in ("snippets", "symbols", "references", "imports"))
_OF_FILE = attrgetter(*_PLAIN)
_REFERENCE = partial(tuple.__new__, Reference)

Columns = list[tuple[Any, ...]]

_exhaust: Callable[[Iterable[Any]], None] = deque[Any](maxlen=0).extend
"""Goes through an iterator for its effects."""


def _row(file: ExtractedFile) -> tuple[Any, ...]:
    return (
        _OF_FILE(file),
        _columns(map(_OF_SNIPPET, file.snippets)),
        _columns(map(_OF_SYMBOL, file.symbols)),
        _columns(map(_OF_IMPORT, file.imports)),
        _columns(file.references),
    )


def _columns(rows: Iterable[tuple[Any, ...]]) -> Columns:
    return list(zip(*rows, strict=True))


def _file(row: tuple[Any, ...]) -> ExtractedFile:
    plain, snippets, symbols, imports, references = row
    return ExtractedFile(
        snippets=_nouns(Snippet, _SNIPPET, snippets),
        symbols=_nouns(Symbol, _SYMBOL, symbols),
        imports=_nouns(Import, _IMPORT, imports),
        references=tuple(map(_REFERENCE, zip(*references, strict=True))),
        **dict(zip(_PLAIN, plain, strict=True)),
    )


def _nouns(noun: type[T], names: Sequence[str], columns: Columns) -> tuple[T, ...]:
    """Frozen nouns, filled column by column: pickle fills them in the same way, one by one."""
    if not columns:
        return ()
    nouns = tuple(map(object.__new__, repeat(noun, len(columns[0]))))
    for name, column in zip(names, columns, strict=True):
        # The slot that a frozen class hides behind its refusal to be changed.
        _exhaust(map(getattr(noun, name).__set__, nouns, column))
    return nouns
