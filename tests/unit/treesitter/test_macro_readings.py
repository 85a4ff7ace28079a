"""Readings of C and C++ without what a preprocessor would change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.infrastructure.treesitter.macros import readings

PIECES = [
    "LIB_INLINE ",
    "LIB_MEMBERS(a, (b))\n",
    ") NOEXCEPT {",
    "class API_EXPORT A ",
    "#if X\n",
    "#  elif Y \\\n  Z\n",
    "#else\n",
    "#endif\n",
    "#define A_B c\n",
    '"A_B c"',
    "// A_B c d\n",
    "/* #if\n A_B c */",
    "int f(int a)",
    "{ return A_B; }\n",
    "\n",
    "(",
    "é",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_every_position_stays(pieces):
    source = "".join(pieces).encode()
    lines = [place for place, byte in enumerate(source) if byte == ord("\n")]
    for reading in readings(source):
        assert len(reading) == len(source)
        assert [place for place, byte in enumerate(reading) if byte == ord("\n")] == lines
        assert all(new in (old, ord(" ")) for old, new in zip(source, reading, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "#define LIB_INLINE static inline\n",
        "// LIB_INLINE int f()\n",
        'char *s = "LIB_INLINE int f()";\n',
        "DWORD size;\nint f(HANDLE handle, SIZE_T size) { return MAX_SIZE; }\n",
        "enum { A_B, C_D };\nint x = A_B + C_D;\n",
    ],
)
def test_what_is_no_macro_at_the_edge_of_a_declaration_stays(text):
    assert next(iter(readings(text.encode()))).decode() == text


def test_conditions_go_next_and_later_branches_last():
    plain, without_conditions, first_branches = readings(b"#if A\nint a;\n#else\nint b;\n#endif\nint c;\n")
    assert plain == b"#if A\nint a;\n#else\nint b;\n#endif\nint c;\n"
    assert without_conditions.split() == [b"int", b"a;", b"int", b"b;", b"int", b"c;"]
    assert first_branches.split() == [b"int", b"a;", b"int", b"c;"]
