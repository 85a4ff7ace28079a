"""What the system's errors about files mean in kodit's own."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from kodit.domain.errors import Conflict, NotFound, Refused, StorageFull, Unavailable, Unreadable

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Turn what the system raises inside into kodit's errors; `what` was tried, in words that follow `cannot`."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(f"cannot {what}: there is no {error.filename or 'such file'}") from error
    except PermissionError as error:
        raise Refused(
            f"cannot {what}: {error.filename or 'it'} lets nobody in", remedy="have its owner allow it"
        ) from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise Conflict(f"cannot {what}: {error.filename} is a file where a folder belongs, or the reverse") from error
    except OSError as error:
        text = f"cannot {what}: {(error.strerror or str(error)).lower()}"
        if error.errno in _FULL:
            raise StorageFull(text, remedy="free some space") from error
        raise (Unreadable if error.errno == errno.EIO else Unavailable)(text) from error
