"""The languages whose references and imports are extracted, and their habits. A language also has a query for it."""

import re
from collections.abc import Mapping

from kodit.domain.code.reference import ReferenceKind
from kodit.infrastructure.treesitter.habits import DOTTED, NAME, PATH, SPACED, Habits
from kodit.infrastructure.treesitter.imports.csharp import csharp_imports
from kodit.infrastructure.treesitter.imports.ecmascript import ecmascript_imports
from kodit.infrastructure.treesitter.imports.go import go_imports
from kodit.infrastructure.treesitter.imports.includes import includes
from kodit.infrastructure.treesitter.imports.java import java_imports
from kodit.infrastructure.treesitter.imports.php import php_imports
from kodit.infrastructure.treesitter.imports.python import python_imports
from kodit.infrastructure.treesitter.imports.ruby import ruby_imports
from kodit.infrastructure.treesitter.imports.rust import rust_imports


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


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
    words={},
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
    reserved=_words(
        "_ any append bool byte cap clear close comparable complex complex64 complex128 copy delete error false"
        " float32 float64 imag int int8 int16 int32 int64 iota len make max min new nil panic print println real"
        " recover rune string true uint uint8 uint16 uint32 uint64 uintptr"
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
    # By custom a method has a small letter, so that what is called by a capital one stands behind `new`.
    makes=True,
    reads_all=True,
    members_bare=True,
    reserved=_words("android boolean byte char com double float int java javax long org short var"),
)

_RUST = Habits(
    imports=rust_imports,
    joints=frozenset({b".", b"::"}),
    selves=frozenset({"self", "Self"}),
    words={},
    roots=frozenset({"crate", "super"}),
    typed=(
        re.compile(
            rb"(?:let\s++)?(?:mut\s++)?(?P<name>" + NAME + rb")\s*+:\s*+(?:&\s*+(?:'\w++\s++)?)?(?:mut\s++)?"
            rb"(?P<type>" + PATH + rb")(?:<[^=;+]*>)?\s*+(?:=|;|\Z)"
        ),
    ),
    made=(
        # By custom what is called so makes an instance of the type.
        re.compile(rb"let\s++(?:mut\s++)?(?P<name>" + NAME + rb")\s*+=\s*+(?P<type>" + NAME + rb")::(?:new|default)\("),
        re.compile(rb"let\s++(?:mut\s++)?(?P<name>" + NAME + rb")\s*+=\s*+(?P<type>" + PATH + rb")\s*+\{"),
    ),
    reads_all=True,
    reserved=_words(
        "_ all any cfg cfg_attr derive doc not Some None Ok Err Vec String Option Result Box assert assert_eq"
        " assert_ne bool char debug_assert debug_assert_eq eprintln f32 f64 format i8 i16 i32 i64 i128 include_str"
        " isize matches panic print println str todo u8 u16 u32 u64 u128 unimplemented unreachable usize vec write"
        " writeln"
    ),
)

_C_TYPED = re.compile(
    rb"(?:for\s*+\(\s*+)?(?:(?:const|volatile|static|struct|class|union)\s++)*+(?P<type>" + PATH + rb")(?:<[^()=;]*>)?"
    rb"(?:\s*+[*&]++\s*+|\s++)(?:const\s++)?(?P<name>" + NAME + rb")\s*+(?:=|;|\(|\{|:|\Z)"
)
_C_WORDS = "auto bool char const double false float int long NULL nullptr short signed size_t true unsigned void"

_C = Habits(
    imports=includes,
    joints=frozenset({b".", b"->"}),
    selves=frozenset(),
    words={},
    typed=(_C_TYPED,),
    reads_all=True,
    reserved=_words(_C_WORDS),
)

_CPP = Habits(
    imports=includes,
    joints=frozenset({b".", b"->", b"::"}),
    words={},
    typed=(_C_TYPED,),
    made=(
        re.compile(
            rb"(?:const\s++)?auto\s*+[*&]*+\s*+(?P<name>" + NAME + rb")\s*+=\s*+"
            rb"(?:new\s++|std::make_(?:unique|shared)<)(?P<type>" + PATH + rb")"
        ),
    ),
    reads_all=True,
    members_bare=True,
    reserved=_words(f"{_C_WORDS} const_cast dynamic_cast reinterpret_cast static_cast"),
)

_RUBY = Habits(
    imports=ruby_imports,
    joints=frozenset({b".", b"&.", b"::"}),
    selves=frozenset({"self"}),
    made=(re.compile(rb"(?P<name>" + NAME + rb")\s*+=\s*+(?:::)?(?P<type>" + PATH + rb")\s*+\.\s*+new(?![\w?!])"),),
    reads_all=True,
    bare=ReferenceKind.CALL,
    reserved=_words(
        "_1 _2 __FILE__ __LINE__ __dir__ __method__ attr_accessor attr_reader attr_writer autoload extend include"
        " it load module_function prepend private protected public require require_relative"
    ),
)

_CSHARP = Habits(
    imports=csharp_imports,
    joints=frozenset({b".", b"?.", b"!.", b"::", b"->"}),
    words={"base": "super"},
    typed=(
        re.compile(
            rb"(?:\(\s*+|foreach\s*+\(\s*+)?(?:(?:await|const|in|out|params|readonly|ref|scoped|this|using)\s++)*+"
            rb"(?P<type>" + DOTTED + rb")(?:<[^()=;]*>)?\??\s++(?P<name>" + NAME + rb")\s*+(?:=|;|\)|in\b|\Z)"
        ),
    ),
    made=(
        re.compile(
            rb"(?:(?:await|using)\s++)*+var\s++(?P<name>" + NAME + rb")\s*+=\s*+new\s++(?P<type>" + DOTTED + rb")"
        ),
    ),
    reads_all=True,
    members_bare=True,
    reserved=_words(
        "_ bool byte char decimal double dynamic float int long nameof object sbyte short string uint ulong ushort"
        " value var void"
    ),
)

_PHP = Habits(
    imports=php_imports,
    joints=frozenset({b"->", b"?->", b"::", b"\\"}),
    selves=frozenset({"this", "self"}),
    words={"$this": "this", "self": "self", "static": "self", "parent": "super"},
    sigil="$",
    typed=(
        re.compile(
            rb"(?:catch\s*+\(\s*+)?(?:(?:public|private|protected|readonly)\s++)*+\??\\?(?P<type>" + SPACED + rb")"
            rb"\s++&?\s*+(?P<name>" + NAME + rb")\s*+(?:=|\)|\Z)"
        ),
    ),
    made=(re.compile(rb"(?P<name>" + NAME + rb")\s*+=\s*+new\s++\\?(?P<type>" + SPACED + rb")"),),
    reads_all=True,
    reserved=_words(
        "isset empty unset __CLASS__ __DIR__ __FILE__ __FUNCTION__ __LINE__ __METHOD__ __NAMESPACE__ array bool"
        " callable false float int iterable mixed null object string true void PHP_EOL"
    ),
)

HABITS: Mapping[str, Habits] = {
    "python": _PYTHON,
    "javascript": _ECMASCRIPT,
    "typescript": _ECMASCRIPT,
    "tsx": _ECMASCRIPT,
    "go": _GO,
    "java": _JAVA,
    "rust": _RUST,
    "c": _C,
    "cpp": _CPP,
    "ruby": _RUBY,
    "csharp": _CSHARP,
    "php": _PHP,
}
"""The language's name -> how it writes names."""
