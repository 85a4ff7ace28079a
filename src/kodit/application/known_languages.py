"""Languages as they are typed."""

from kodit.domain.errors import InvalidInput


def known_language(language: str) -> str:
    """The name of a language as kodit has it. Raises InvalidInput for one that it does not know."""
    # Imported by whoever filters: the table of languages costs a search without a filter some milliseconds.
    from kodit.domain.code.language import language_named, nearest_language

    name = language.lower()
    if language_named(name) is None:
        near = nearest_language(name)
        raise InvalidInput(
            f"{language!r} is no language that kodit knows{f'; did you mean {near}?' if near else ''}",
            remedy="see which languages a source has: kodit sources show NAME",
        )
    return name
