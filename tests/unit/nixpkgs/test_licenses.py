import pytest

from kodit.domain.nixpkgs.license_names import BY_SPELLING
from kodit.domain.nixpkgs.licenses import MOST, licenses
from kodit.domain.nixpkgs.nix_package import License


def ids(said: object) -> list[str | None]:
    return [license.spdx_id for license in licenses(said)]


@pytest.mark.parametrize(
    ("said", "spdx"),
    [
        ("GPLv2", "GPL-2.0-only"),
        ("GPLv2+", "GPL-2.0-or-later"),
        ("gpl2Plus", "GPL-2.0-or-later"),
        ("GPL-2", "GPL-2.0-only"),
        ("GPL version 2", "GPL-2.0-only"),
        ("GnuGPLV2", "GPL-2.0-only"),
        ("gpl_3", "GPL-3.0-only"),
        ("GPL-3.0-or-later", "GPL-3.0-or-later"),
        ("LGPLv2.1+", "LGPL-2.1-or-later"),
        ("lgpl21Plus", "LGPL-2.1-or-later"),
        ("LGPLv21+", "LGPL-2.1-or-later"),
        ("LGPL v2", "LGPL-2.0-only"),
        ("AGPLv3", "AGPL-3.0-only"),
        ("fdl12", "GFDL-1.2-only"),
        ("GFDL-1.3", "GFDL-1.3-only"),
        ("BSD-3", "BSD-3-Clause"),
        ("licenses.bsd3", "BSD-3-Clause"),
        ("stdenv.lib.licenses.mit", "MIT"),
        ("MIT/X11", "MIT"),
        ("Apache License 2.0", "Apache-2.0"),
        ("ASL2.0", "Apache-2.0"),
        ("ZLIB/LIBPNG", "Zlib"),
        ("Eclipse Public License 1.0", "EPL-1.0"),
        ("WTFPL", "WTFPL"),
        ("BSD-2-Clause", "BSD-2-Clause"),
    ],
)
def test_old_names_have_todays_spdx_identifier(said: str, spdx: str) -> None:
    [license] = licenses(said)
    assert (license.spdx_id, license.is_free) == (spdx, True)


@pytest.mark.parametrize("said", ["GPL", "BSD", "BSD-style", "public domain", "free", "free-noncopyleft", "LGPL"])
def test_a_family_of_licenses_has_no_identifier_and_is_free(said: str) -> None:
    assert licenses(said) == (License(said, None, True),)


@pytest.mark.parametrize("said", ["GPLv21", "GPL2.1", "AGPLv2", "as-is", "http://example.org/license", "IDPL"])
def test_what_nobody_knows_is_kept_by_its_name(said: str) -> None:
    assert licenses(said) == (License(said, None, None),)


@pytest.mark.parametrize(
    "said",
    ["unfree", "unfree-redistributable", "nonfree", "non-commercial", "freeware", "unfreeRedistributableFirmware"],
)
def test_what_restricts_use_is_not_free(said: str) -> None:
    assert licenses(said) == (License(said, None, False),)


def test_terms_for_some_uses_only_are_not_free() -> None:
    assert licenses("cc-by-nc-sa-30") == (License("cc-by-nc-sa-30", "CC-BY-NC-SA-3.0", False),)


@pytest.mark.parametrize(
    ("said", "spdx"),
    [
        ("GPLv2/ZPL", ["GPL-2.0-only", None]),
        ("AFL-2.1 or GPL-2", ["AFL-2.1", "GPL-2.0-only"]),
        ("LGPL-2.1 Apache-2.0", ["LGPL-2.1-only", "Apache-2.0"]),
        ("GPL-v2 / LGPL-v2.1", ["GPL-2.0-only", "LGPL-2.1-only"]),
        ("perl5", ["Artistic-1.0", "GPL-1.0-or-later"]),
        ("GPLv2+ and BUILD license", [None]),
        ("QPL, LGPL2 (library part)", [None]),
        ("free, see http://example.org/a/b", [None]),
    ],
)
def test_several_in_one_text_are_told_apart_where_each_is_known(said: str, spdx: list[str | None]) -> None:
    assert ids(said) == spdx


@pytest.mark.parametrize("said", ["unknown", "?", "", " ", "null", None, True, 3, [], {}, [None], {"free": True}, "\0"])
def test_what_says_nothing_is_no_license(said: object) -> None:
    assert licenses(said) == ()


def test_a_set_says_of_itself_what_it_is() -> None:
    said = {"fullName": "Some License", "shortName": "some", "spdxId": "Some-1.0", "free": False, "url": "http://x"}
    assert licenses(said) == (License("Some License", "Some-1.0", False),)


def test_a_set_without_identifier_is_known_by_its_names() -> None:
    assert licenses({"shortName": "GPLv2+", "fullName": "GNU General Public License version 2 or later"}) == (
        License("GNU General Public License version 2 or later", "GPL-2.0-or-later", True),
    )


def test_an_identifier_that_is_none_is_left_out() -> None:
    assert licenses({"fullName": "Ours", "spdxId": "see the file\nLICENSE"}) == (License("Ours", None, None),)


def test_a_set_without_any_name_may_still_say_that_it_is_not_free() -> None:
    assert licenses({"free": False}) == (License("unfree", None, False),)


def test_the_same_license_is_told_once_and_there_is_a_bound() -> None:
    assert licenses(["MIT", "MIT", "ISC"]) == (License("MIT", "MIT", True), License("ISC", "ISC", True))
    assert len(licenses([f"License {number}" for number in range(MOST * 3)])) == MOST
    assert len(licenses("/".join(["MIT", "ISC", "zlib"] * 1000))) <= MOST


def test_every_spdx_identifier_of_the_table_is_known_by_its_own_name() -> None:
    assert [spdx for spdx in sorted(set(BY_SPELLING.values())) if ids(spdx) != [spdx]] == []
