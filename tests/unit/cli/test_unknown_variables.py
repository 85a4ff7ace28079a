"""Variables that look like settings and are none."""

import pytest

from kodit.settings import Settings, UnknownVariable, unknown_variables


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_is_known_in_any_case_and_found_when_two_letters_change_places(name: str) -> None:
    variable = f"KODIT_{name.upper()}"
    assert unknown_variables({variable: "x", variable.lower(): "x"}) == []
    misspelt = variable[:-2] + variable[-1] + variable[-2]
    assert unknown_variables({misspelt: "x"}) == [UnknownVariable(misspelt, variable)]


def test_what_is_not_about_settings_is_left_alone() -> None:
    others = ("KODIT_CONFIG", "KODIT_TEST_REQUIRE", "KODIT_TEST_POSTGRES_URL", "_KODIT_COMPLETE", "HOME", "KODITX")
    assert unknown_variables(dict.fromkeys(others, "x")) == []


def test_what_is_like_no_setting_is_told_without_a_guess() -> None:
    assert unknown_variables({"KODIT_FAVOURITE_COLOUR": "blue"}) == [UnknownVariable("KODIT_FAVOURITE_COLOUR", None)]
