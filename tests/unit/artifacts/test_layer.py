"""What a Lambda layer may be called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.artifacts.layer import Layer
from kodit.domain.errors import InvalidInput

ARN = "arn:aws:lambda:us-east-1:123456789012:layer:fdnix-database-layer"


def test_a_name_is_a_layer_wherever_one_publishes() -> None:
    layer = Layer.parsed("fdnix-database-layer")
    assert layer == Layer("fdnix-database-layer")
    layer.must_lie_in("eu-west-1")


def test_the_name_is_taken_out_of_an_arn() -> None:
    assert Layer.parsed(ARN) == Layer("fdnix-database-layer", "us-east-1", "123456789012")
    assert Layer.parsed(ARN.replace("arn:aws:", "arn:aws-us-gov:")).name == "fdnix-database-layer"


def test_one_version_of_a_layer_is_refused_with_what_to_leave_out() -> None:
    with pytest.raises(InvalidInput, match="one version of a layer") as refused:
        Layer.parsed(f"{ARN}:17")
    assert refused.value.remedy == "leave out :17 at its end"


@pytest.mark.parametrize(
    "text",
    ["", "two words", "x" * 65, "arn:aws:s3:::bucket", "arn:aws:lambda:us-east-1:12:layer:x", f"{ARN} ", f"{ARN}/x"],
)
def test_what_is_no_layer_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        Layer.parsed(text)


def test_a_layer_of_another_region_is_refused_and_both_are_named() -> None:
    layer = Layer.parsed(ARN)
    layer.must_lie_in("us-east-1")
    layer.must_lie_in(None)
    with pytest.raises(InvalidInput, match="lies in us-east-1, not in eu-west-1"):
        layer.must_lie_in("eu-west-1")


@given(st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True))
def test_a_name_and_its_arn_mean_the_same_layer(name: str) -> None:
    arn = f"arn:aws:lambda:eu-central-1:123456789012:layer:{name}"
    assert Layer.parsed(arn).name == Layer.parsed(name).name == name
