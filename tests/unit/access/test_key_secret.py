"""Keys as their owners hold them."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kodit.domain.access.key_secret import ID_BYTES, SECRET_BYTES, minted, read_secret

CHANCE = some.binary(min_size=ID_BYTES + SECRET_BYTES, max_size=ID_BYTES + SECRET_BYTES)


@given(CHANCE)
def test_what_was_minted_is_read_as_what_it_is(chance):
    secret = minted(chance)

    assert read_secret(secret.text) == secret


@given(CHANCE, CHANCE)
def test_other_chance_makes_another_key(one, other):
    assert (minted(one).text == minted(other).text) == (one == other)


@given(CHANCE)
def test_scanners_find_a_secret_by_its_form_and_it_needs_no_escaping(chance):
    assert re.fullmatch(r"kodit_[0-9A-Za-z]{10}_[0-9A-Za-z]{49}", minted(chance).text)


@given(CHANCE, some.integers(min_value=0), some.sampled_from("0Aaz_é"))
def test_one_wrong_letter_anywhere_is_noticed_without_a_look_at_any_key(chance, place, letter):
    text = minted(chance).text
    place %= len(text)
    mistyped = text[:place] + letter + text[place + 1 :]

    assert mistyped == text or read_secret(mistyped) is None


@given(some.text())
def test_any_other_text_is_no_key(text):
    assert read_secret(text) is None


@pytest.mark.parametrize("change", [" {}", "{}\n", "{}x", "Bearer {}", "{}{}"])
def test_a_key_with_something_around_it_is_none(change):
    text = minted(bytes(ID_BYTES + SECRET_BYTES)).text

    assert read_secret(change.format(text, text)) is None


def test_digits_of_another_script_are_none():
    text = minted(bytes(ID_BYTES + SECRET_BYTES)).text

    assert read_secret(text.replace("0", "٠")) is None


def test_the_digest_is_sha256_of_the_whole_text():
    secret = minted(bytes(range(ID_BYTES + SECRET_BYTES)))

    assert secret.digest == hashlib.sha256(secret.text.encode()).hexdigest()


def test_a_secret_does_not_show_itself_in_logs_and_traces():
    secret = minted(bytes(range(ID_BYTES + SECRET_BYTES)))

    assert repr(secret) == f"KeySecret({secret.id})"


def test_the_form_never_changes():
    assert (
        minted(bytes(range(39))).text == "kodit_000jvB3wii_" + "1FnkfwiXlxCdHlNTDO4vKKZ8DH87fdDgXRIymlkUD0G" + "4bnBzw"
    )


@pytest.mark.parametrize("length", [0, 38, 40])
def test_less_or_more_chance_makes_none(length):
    with pytest.raises(ValueError, match="39 bytes"):
        minted(bytes(length))
