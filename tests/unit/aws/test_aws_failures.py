"""What a disk without room means where something is got ready for AWS."""

import errno

import pytest

from kodit.domain.errors import StorageFull
from kodit.infrastructure.aws.failures import room_for


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_with_where_else_to_write(number):
    with pytest.raises(StorageFull, match="there is no room for the ZIP") as told, room_for("the ZIP"):
        raise OSError(number, "full")
    assert "TMPDIR" in (told.value.remedy or "")


def test_another_fault_of_a_disk_is_not_taken_for_a_full_one():
    with pytest.raises(PermissionError), room_for("the ZIP"):
        raise PermissionError(errno.EACCES, "denied")
