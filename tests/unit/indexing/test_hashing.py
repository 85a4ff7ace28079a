"""What a file costs that fails to be read."""

import pytest

from kodit.application.indexing.hashing import FEW, hashed
from kodit.domain.errors import NotFound, Refused, Unavailable, Unreadable
from kodit.domain.sources.changes import UNREADABLE_HASH
from kodit.domain.sources.file import FileEntry


class Disk:
    """Fails at some files."""

    async def hash_of(self, path):
        for sign, error in (("bad", Unreadable), ("gone", NotFound), ("secret", Refused), ("busy", Unavailable)):
            if path.startswith(sign):
                raise error(f"{path} is {sign}")
        return path.upper()


async def hashes(*paths):
    advanced = []

    async def advance():
        advanced.append(1)

    found = await hashed(Disk(), [FileEntry(path=path, size=1) for path in paths], advance)
    assert len(advanced) == len(paths)
    return found


async def test_a_file_that_fails_to_be_read_costs_itself_alone():
    told = await hashes("bad", "a", "gone", "secret", "b")

    assert told == {"bad": UNREADABLE_HASH, "a": "A", "gone": None, "secret": UNREADABLE_HASH, "b": "B"}


async def test_files_that_fail_among_more_that_do_not_cost_themselves():
    good, bad = [f"file{n}" for n in range(FEW * 3)], [f"bad{n}" for n in range(FEW * 2)]

    assert list((await hashes(*good, *bad)).values()).count(UNREADABLE_HASH) == len(bad)


async def test_when_more_fail_than_can_be_read_it_is_the_disk():
    await hashes(*(f"bad{n}" for n in range(FEW)))
    with pytest.raises(Unavailable, match="bad10"):
        await hashes(*(f"bad{n}" for n in range(FEW + 1)))


async def test_what_keeps_every_file_from_being_read_is_no_fault_of_one():
    with pytest.raises(Unavailable, match="busy"):
        await hashes("a", "busy")
