from pathlib import Path

import pytest

from kodit.application.sources.working_copies import WorkingCopiesByKind
from kodit.domain.sources.source import FILE_KINDS, SourceKind
from kodit.infrastructure.filesystem.working_copy import DirectoryWorkingCopies
from kodit.infrastructure.git.working_copies import GitWorkingCopies


def test_a_kind_without_an_implementation_is_found_when_the_program_starts(tmp_path: Path) -> None:
    copies = {SourceKind.DIRECTORY: DirectoryWorkingCopies(), SourceKind.GIT: GitWorkingCopies(tmp_path)}
    WorkingCopiesByKind(copies)

    for kind in FILE_KINDS:
        with pytest.raises(KeyError):
            WorkingCopiesByKind({other: copies[other] for other in copies if other is not kind})
