"""What callers name to be added."""

from collections.abc import Iterator
from contextlib import contextmanager

from kodit.domain.errors import KoditError, NotFound


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


@contextmanager
def told_from_afar() -> Iterator[None]:
    """Tells who may be at another machine, or in another directory, where a path is looked for that is not there."""
    try:
        yield
    except NotFound as error:
        remedy = "check the spelling: give the whole path, as it is on the server's machine, or a repository's URL"
        raise NotFound(str(error), remedy=remedy) from error
