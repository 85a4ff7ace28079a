"""The languages whose references and imports are extracted, and their habits. A language also has a query for it."""

import re

from kodit.infrastructure.treesitter.habits import DOTTED, NAME, Habits
from kodit.infrastructure.treesitter.imports.ecmascript import ecmascript_imports
from kodit.infrastructure.treesitter.imports.python import python_imports

_PYTHON_TYPED = (
    re.compile(rb"(?P<name>" + NAME + rb")\s*+:\s*+[\"']?(?P<type>" + DOTTED + rb")[\"']?\s*+(?:=|\Z)"),
    # By custom a class has a capital letter; a function that makes things has none.
    re.compile(rb"(?P<name>" + NAME + rb")\s*+=\s*+(?P<type>(?:[\w.]*\.)?_*[A-Z]\w*)\s*+\("),
)

_ECMASCRIPT = Habits(
    imports=ecmascript_imports,
    joints=frozenset({b".", b"?.", b"!.", b"!?."}),
    typed=(
        re.compile(
            rb"(?:(?:public|private|protected|readonly|override)\s++)*+(?P<name>" + NAME + rb")\??\s*+:\s*+"
            rb"(?P<type>" + DOTTED + rb")\s*+(?:<[^=|&]*>)?\s*+(?:=|\Z)"
        ),
        re.compile(rb"(?P<name>" + NAME + rb")\s*+=\s*+new\s++(?P<type>" + DOTTED + rb")"),
    ),
    makes=True,
    reserved=frozenset({"require"}),
)

HABITS = {
    "python": Habits(
        imports=python_imports,
        selves=frozenset({"self", "cls"}),
        typed=_PYTHON_TYPED,
        makes=True,
    ),
    "javascript": _ECMASCRIPT,
    "typescript": _ECMASCRIPT,
    "tsx": _ECMASCRIPT,
}
"""The language's name -> how it writes names."""
