"""What callers name to be added."""

from kodit.domain.errors import KoditError


def is_on_disk(location: str) -> bool:
    """Whether a location means the disk of the machine that this runs on."""
    from kodit.domain.sources.location import LocationForm, parsed_location
    from kodit.domain.sources.selection import split_location

    try:
        parsed = parsed_location(split_location(location)[0])
    except KoditError:
        # Adding it says what is wrong with it.
        return False
    return parsed.form is LocationForm.PATH or parsed.text.lower().startswith("file:")
