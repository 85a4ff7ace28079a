"""Where a submodule's repository is: what comes with a repository must not lead anywhere it likes."""

import pytest

from kodit.domain.errors import InvalidInput, PermanentError, Refused
from kodit.domain.sources.submodule import submodule_address


@pytest.mark.parametrize(
    ("outer", "url", "address"),
    [
        ("https://host/o/r.git", "https://other/x/y.git", "https://other/x/y.git"),
        ("https://host/o/r.git", "../lib.git", "https://host/o/lib.git"),
        ("https://host/o/r.git/", "../../x/lib", "https://host/x/lib"),
        ("https://host/o/r.git", "./inner", "https://host/o/r.git/inner"),
        ("https://host/o/r.git", "https://user:secret@other/x", "https://other/x"),
        ("git@host:o/r.git", "../lib.git", "git@host:o/lib.git"),
        ("git@host:r.git", "../lib.git", "git@host:lib.git"),
        ("ssh://git@host:22/o/r", "../lib", "ssh://git@host:22/o/lib"),
        ("/code/r", "../lib", "/code/lib"),
        ("/code/r", "/elsewhere/lib", "/elsewhere/lib"),
        ("file:///code/r", "../lib", "file:///code/lib"),
        ("https://host/o/r", "git@host:o/lib.git", "git@host:o/lib.git"),
    ],
)
def test_an_address_is_read_as_git_reads_it(outer: str, url: str, address: str) -> None:
    assert submodule_address(outer, url) == address


@pytest.mark.parametrize("url", ["/etc", "file:///etc", "file://localhost/etc"])
def test_a_repository_on_the_network_does_not_lead_to_files_of_this_machine(url: str) -> None:
    for outer in ("https://host/o/r", "git@host:o/r", "ssh://host/r"):
        with pytest.raises(Refused):
            submodule_address(outer, url)


@pytest.mark.parametrize(
    "url",
    ["", "-u", "--upload-pack=x", "ext::sh -c touch% x", "../../../../x", "lib", "~/lib", "a\nb", "javascript://x/y"],
)
def test_what_is_no_address_or_could_run_a_program_is_refused(url: str) -> None:
    for outer in ("https://host/o/r", "git@host:o/r"):
        with pytest.raises(PermanentError):
            submodule_address(outer, url)


def test_a_path_that_is_not_absolute_leads_nowhere() -> None:
    with pytest.raises(InvalidInput):
        submodule_address("/code/r", "lib")
