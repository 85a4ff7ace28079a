"""What is printed."""

from hypothesis import given
from hypothesis import strategies as some

from kodit.interfaces.cli.rendering.figures import by_size, counted, size
from kodit.interfaces.cli.rendering.streams import harmless


@given(some.text())
def test_no_control_character_but_tab_and_newline_is_printed(text):
    shown = harmless(text)
    assert len(shown) == len(text)
    assert all(char in "\n\t" or not (ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0) for char in shown)


def test_numbers_are_read_easily():
    assert counted(1, "file") == "1 file"
    assert counted(1234, "file") == "1,234 files"
    assert by_size({"go": 3, "python": 12}) == "python 12, go 3"
    assert [size(999), size(1_500), size(2_500_000_000)] == ["999 B", "1.5 kB", "2.5 GB"]
