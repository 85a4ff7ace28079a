"""The names that a piece of code uses, as words."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from functools import lru_cache

from kodit.domain.search.tokens import parts

_WORD = re.compile(r"\w+")
_NAME = re.compile(r"([^\W\d]\w*)(?=(\s?\()?)")
"""A name, and the parenthesis behind one that is called."""
_STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|(?<![&<\w])\'(?:\\.|[^\'\\\n])*\'')
_COMMENT = re.compile(r"(?:^|(?<=\s))(?://|#+(?=\s)|#!(?!\[)|--\s)[^\n]*|/\*.*?\*/", re.DOTALL)
_DOCSTRING = re.compile(r'"{3}.*?"{3}|\'{3}.*?\'{3}', re.DOTALL)

_UNTELLING = frozenset(
    _WORD.findall(
        """
        abstract all and any args arguments array as assert async auto await begin bool boolean break byte case cast
        catch char class clone cls const constructor continue data def default defer defined del delete dict do done
        double dynamic echo elem elif else elsif end enum err error esac except exec exit export expr extends extern
        false fi final finally float fmt fn for foreach from func function get global go goto if impl implements
        import in include init inline instanceof int interface internal into is isinstance item items it key kwargs
        lambda len let list local long loop main make map match mod module mut namespace native new next nil none
        not null number obj object of ok operator option or override package params pass print printf println
        private property protected pub public raise range readonly ref require result ret rethrow return returns
        sealed select self set short signed sizeof some static std str string struct super switch template test then
        this throw throws to trait true try tuple type typedef typeof typename uint undefined union unless unsafe
        unsigned unwrap until use using val value values var vec virtual void volatile when where while with yield
        """
    )
)
"""Keywords of the common languages, and names that say nothing of what the code is about."""

_RICH = 2
"""A name of several words, or one that is called, tells more than one that is not."""


def words_of(name: str) -> list[str]:
    """The words that a name, or a path, is made of, in lower case: `parseHTTPHeaders2` is parse, http, headers, 2."""
    return [part for word in _WORD.findall(name) for part in _parts(word)]


@lru_cache(maxsize=50_000)
def _parts(word: str) -> tuple[str, ...]:
    """Remembered, because code repeats few words very often: about 10 MB at most."""
    return tuple(parts(word))


def names_used(content: str, *, said: Collection[str], limit: int) -> list[str]:
    """The most telling names in the code, each as words, in order of appearance.

    Strings and comments are left out, and so are names whose words have all been said already. `limit` is the number
    of words that all of them together may have.
    """
    code = _STRING.sub(" ", _COMMENT.sub(" ", _DOCSTRING.sub(" ", content)))
    weights: Counter[tuple[str, ...]] = Counter()
    for (name, called), times in Counter(_NAME.findall(code)).items():
        words = _parts(name)
        weights[words] += times * (_RICH if called or len(words) > 1 else 1)
    telling = [words for words in weights if _tells(words, said)]
    chosen = set(_within(sorted(telling, key=lambda words: -weights[words]), limit))
    return [" ".join(words) for words in telling if words in chosen]


def _tells(words: Sequence[str], said: Collection[str]) -> bool:
    return any(len(word) > 2 and word not in said and word not in _UNTELLING for word in words)


def _within(names: Sequence[tuple[str, ...]], limit: int) -> list[tuple[str, ...]]:
    """The first names, as far as they have no more words than the limit and add a word that is new."""
    chosen: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for words in names:
        if len(words) <= limit and not seen.issuperset(words):
            chosen.append(words)
            seen.update(words)
            limit -= len(words)
    return chosen


def parameters(content: str, name: str, language: str) -> list[str]:
    """The names of the parameters in the first parentheses behind the name, each as words."""
    start = content.find(name)
    opening = content.find("(", start + len(name)) if start >= 0 else -1
    if opening < 0 or opening - start - len(name) > 80 or "\n" in content[start:opening]:
        return []
    found = (_parameter(piece, language) for piece in _pieces(content[opening + 1 : opening + 1000]))
    return [" ".join(words) for words in found if any(word not in _UNTELLING for word in words)]


def _pieces(text: str) -> list[str]:
    """What stands between commas, up to the parenthesis that closes the list."""
    pieces, depth = [""], 0
    for character in text:
        depth += (character in "([{<") - (character in ")]}>")
        if depth < 0:
            break
        if character == "," and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += character
    return pieces


def _parameter(piece: str, language: str) -> list[str]:
    """`name: Type = default`, `name Type` (Go) or `Type name`."""
    head = piece.partition("=")[0]
    typed = re.split(r"(?<!:):(?!:)", head, maxsplit=1)
    names: list[str] = re.findall(r"[^\W\d]\w*", typed[0])
    if not names:
        return []
    return words_of(names[0] if language == "go" and len(typed) == 1 else names[-1])


_KEY = re.compile(r"""\s*(?:-\s+)?["']?([^\W\d][\w.\-/ ]{0,60}?)["']?\s*(?:[:=](?=[\s"'\[{\d]|$)|=)""")
_TABLE = re.compile(r"\s*\[+\s*([^\[\]]{1,80}?)\s*\]+\s*$")


def keys_in(content: str) -> list[str]:
    """The keys of a text that is mostly `key: value`, `key = value` and `[section]`, each as words; else nothing."""
    lines = [line for line in content.splitlines() if line.strip(" \t{}[]),;") and not line.lstrip().startswith("#")]
    found = [match[1] for line in lines if (match := _TABLE.match(line) or _KEY.match(line))]
    if len(found) * 2 < len(lines):
        return []
    return list(dict.fromkeys(" ".join(words_of(key)) for key in found))
