"""What means the same on a server's machine as on this one."""

from kodit.domain.errors import InvalidInput
from kodit.domain.sources.location import Location, LocationForm


def must_mean_the_same_there(location: Location, *, remedy: str) -> None:
    """Raises InvalidInput for a path that is seen from the current directory here."""
    if location.form is LocationForm.PATH and not location.text.startswith(("/", "~")):
        raise InvalidInput(f"{location.text} is a path here, and the server is elsewhere", remedy=remedy)
