"""What a line is: defined once, for everything that counts lines.

A line ends with LF or CR LF. Nothing else ends one: a form feed, a vertical tab, U+0085 or U+2028 is a character like
any other, as it is for git and for parsers. A lone CR ends a line only in a text that has no LF at all (the convention
of classic Mac OS).
"""


def normalised(text: str) -> str:
    """The text with every line ended by LF."""
    text = text.replace("\r\n", "\n")
    return text if "\n" in text else text.replace("\r", "\n")


def lines_of(text: str) -> list[str]:
    """The lines of a normalised text, without their ends. A final LF ends the last line and begins no other."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines
