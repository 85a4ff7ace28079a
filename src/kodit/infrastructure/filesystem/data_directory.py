"""The directory that holds all that kodit stores."""

import os
from pathlib import Path

from kodit.domain.errors import InvalidInput, Refused, StorageFull


def prepared(data_dir: Path, *, to_write: bool = False) -> None:
    """Make the data directory, for its owner alone: it holds copies of code.

    Raises Refused, also when it is there but does not let us write `to_write`; InvalidInput when a file is in its
    place, or StorageFull.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except PermissionError as error:
        raise Refused(
            f"cannot create {data_dir}", remedy="choose another directory with --data-dir or KODIT_DATA_DIR"
        ) from error
    except (FileExistsError, NotADirectoryError) as error:
        raise InvalidInput(
            f"{data_dir} is a file, or below one", remedy="choose a directory with --data-dir or KODIT_DATA_DIR"
        ) from error
    except OSError as error:
        raise StorageFull(f"cannot create {data_dir}: {error.strerror}", remedy="free some space") from error
    if to_write and not os.access(data_dir, os.W_OK | os.X_OK):
        raise Refused(f"{data_dir} cannot be written to", remedy="have its owner allow it, or choose another directory")
