"""Text of strangers, before it is shown."""

_PICTURES = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\n\t"}
_PICTURES |= {0x7F: "\u2421"} | dict.fromkeys(range(0x80, 0xA0), "\ufffd")
_REORDERING = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Characters without a look of their own that change the order of others: code can look like what it is not.
https://trojansource.codes, and Unicode Standard Annex 9, section 2."""

_VISIBLE = (
    _PICTURES
    | dict.fromkeys(_REORDERING, "\ufffd")
    # A lone surrogate is no text: nobody could send it.
    | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
)


def harmless(text: str) -> str:
    """The text with what is invisible, reorders or cannot be sent made visible, each character by one other."""
    return text if text.isascii() and text.isprintable() else text.translate(_VISIBLE)
