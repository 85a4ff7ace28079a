"""The languages whose references and imports are extracted, and their habits. A language also has a query for it."""

import re
from collections.abc import Mapping

from kodit.infrastructure.treesitter.habits import DOTTED, NAME, Habits
from kodit.infrastructure.treesitter.imports.ecmascript import ecmascript_imports
from kodit.infrastructure.treesitter.imports.go import go_imports
from kodit.infrastructure.treesitter.imports.java import java_imports
from kodit.infrastructure.treesitter.imports.python import python_imports


_PYTHON = Habits(
    imports=python_imports,
    selves=frozenset({"self", "cls"}),
    typed=(re.compile(rb"(?P<name>" + NAME + rb")\s*+:\s*+[\"']?(?P<type>" + DOTTED + rb")[\"']?\s*+(?:=|\Z)"),),
    # By custom a class has a capital letter; a function that makes things has none.
    made=(re.compile(rb"(?P<name>" + NAME + rb")\s*+=\s*+(?P<type>(?:[\w.]*\.)?_*[A-Z]\w*)\s*+\("),),
    makes=True,
)

_ECMASCRIPT = Habits(
    imports=ecmascript_imports,
    joints=frozenset({b".", b"?.", b"!.", b"!?."}),
    typed=(
        re.compile(
            rb"(?:(?:public|private|protected|readonly|override)\s++)*+(?P<name>" + NAME + rb")\??\s*+:\s*+"
            rb"(?P<type>" + DOTTED + rb")\s*+(?:<[^=|&]*>)?\s*+(?:=|\Z)"
        ),
    ),
    made=(re.compile(rb"(?P<name>" + NAME + rb")\s*+=\s*+new\s++(?P<type>" + DOTTED + rb")"),),
    makes=True,
    reserved=frozenset({"require"}),
)

_GO = Habits(
    imports=go_imports,
    selves=frozenset(),
    supers=frozenset(),
    typed=(
        re.compile(
            rb"(?P<name>" + NAME + rb"(?:\s*+,\s*+" + NAME + rb")*+)\s++\*?"
            rb"(?P<type>" + DOTTED + rb")(?:\[[^\]]*\])?\s*+(?:=|\Z)"
        ),
    ),
    made=(
        re.compile(rb"(?P<name>" + NAME + rb")\s*+:=\s*+&?(?P<type>" + DOTTED + rb")(?:\[[^\]]*\])?\{"),
        re.compile(rb"(?P<name>" + NAME + rb")\s*+:=\s*+new\((?P<type>" + DOTTED + rb")\)"),
    ),
    reads_all=True,
    reserved=frozenset(
        "_ any append bool byte cap clear close comparable complex complex64 complex128 copy delete error false float32"
        " float64 imag int int8 int16 int32 int64 iota len make max min new nil panic print println real recover rune"
        " string true uint uint8 uint16 uint32 uint64 uintptr".split()
    ),
)

_JAVA = Habits(
    imports=java_imports,
    joints=frozenset({b".", b"::"}),
    typed=(
        re.compile(
            rb"(?:for\s*+\(\s*+)?(?:(?:final|@[\w.]++(?:\([^()]*\))?)\s++)*+"
            rb"(?P<type>" + DOTTED + rb")(?:<[^()=]*>)?\s++(?P<name>" + NAME + rb")\s*+(?:=|;|:|\Z)"
        ),
    ),
    made=(
        re.compile(
            rb"(?:final\s++)?var\s++(?P<name>"
            + NAME
            + rb")\s*+=\s*+new\s++(?P<type>"
            + DOTTED
            + rb")(?:<[^()]*>)?\s*+\("
        ),
    ),
    reads_all=True,
    members_bare=True,
    reserved=frozenset("boolean byte char double float int long short var".split()),
)

HABITS: Mapping[str, Habits] = {
    "python": _PYTHON,
    "javascript": _ECMASCRIPT,
    "typescript": _ECMASCRIPT,
    "tsx": _ECMASCRIPT,
    "go": _GO,
    "java": _JAVA,
}
"""The language's name -> how it writes names."""
