"""Who may say that something was pushed."""

import hashlib
import hmac
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.sources.forge import PATIENCE, Forge

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECRET, BODY = "It's a Secret to Everybody", b"Hello, World!"
# As GitHub's documentation gives it for this secret and this body.
DOCUMENTED = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
KEY = b"24 bytes of a random key"


def digest(secret, body):
    return hmac.new(secret, body, hashlib.sha256)


def signed_by_gitlab(key, body, *, at=NOW, identity="msg_1"):
    moment = str(int(at.timestamp()))
    signature = b64encode(digest(key, f"{identity}.{moment}.".encode() + body).digest()).decode()
    return {"webhook-id": identity, "webhook-timestamp": moment, "webhook-signature": f"v1,{signature}"}


def headers_of(forge, secret=SECRET, body=BODY):
    signature = digest(secret.encode(), body).hexdigest()
    match forge:
        case Forge.GITHUB:
            return {"x-hub-signature-256": f"sha256={signature}"}
        case Forge.GITLAB:
            return {"x-gitlab-token": secret}
        case Forge.GITEA:
            return {"x-gitea-signature": signature}
        case Forge.FORGEJO:
            return {"x-forgejo-signature": signature, "x-gitea-signature": signature}


def vouches(forge, headers, *, secret=SECRET, body=BODY, now=NOW):
    return forge.vouches(headers, body, secret=secret, now=now)


def test_the_signature_of_the_documentation_is_right():
    assert vouches(Forge.GITHUB, {"x-hub-signature-256": f"sha256={DOCUMENTED}"})


@pytest.mark.parametrize("forge", Forge)
def test_whoever_knows_the_secret_is_believed(forge):
    assert vouches(forge, headers_of(forge))


@pytest.mark.parametrize("forge", Forge)
def test_nobody_else_is(forge):
    right = headers_of(forge)
    wrong = [
        {},
        dict.fromkeys(right, ""),
        headers_of(forge, "another secret"),
        {name: value[:-1] for name, value in right.items()},
        {name: value + "0" for name, value in right.items()},
        {name: value.replace("sha256=", "sha1=").upper() for name, value in right.items()},
        dict.fromkeys(right, "ßecret"),
        dict.fromkeys(right, "\udc80"),
    ]
    assert [headers for headers in wrong if vouches(forge, headers)] == []


@pytest.mark.parametrize("forge", sorted(set(Forge) - {Forge.GITLAB}))
def test_a_body_that_was_changed_is_not_vouched_for(forge):
    assert not vouches(forge, headers_of(forge), body=BODY + b" ")


@pytest.mark.parametrize("forge", [Forge.GITHUB, Forge.GITLAB, Forge.GITEA])
def test_the_signature_of_another_forge_does_not_count(forge):
    others = {Forge.GITHUB, Forge.GITLAB, Forge.GITEA} - {forge}
    headers = {name: value for other in others for name, value in headers_of(other).items()}

    assert not vouches(forge, headers)


@pytest.mark.parametrize("secret", [f"whsec_{b64encode(KEY).decode()}", KEY.decode()])
def test_gitlabs_signature_is_right_with_the_key_in_either_spelling(secret):
    assert vouches(Forge.GITLAB, signed_by_gitlab(KEY, BODY), secret=secret)


@pytest.mark.parametrize("secret", ["whsec_%%%", "whsec_ä", "whsec_A"])
def test_a_secret_that_only_begins_as_a_key_is_one_as_it_stands(secret):
    assert vouches(Forge.GITLAB, signed_by_gitlab(secret.encode(), BODY), secret=secret)
    assert not vouches(Forge.GITLAB, signed_by_gitlab(KEY, BODY), secret=secret)


def test_one_of_several_signatures_is_enough():
    headers = signed_by_gitlab(KEY, BODY)
    headers["webhook-signature"] = f"v1,AAAA v1a,BBBB {headers['webhook-signature']}"

    assert vouches(Forge.GITLAB, headers, secret=KEY.decode())


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", ["", "1", "v1,", "v1,%%%", "9" * 30, "²", str(int(NOW.timestamp()) + 1)])
def test_no_part_of_gitlabs_signature_can_be_changed(changed, value):
    headers = {**signed_by_gitlab(KEY, BODY), changed: value}

    assert not vouches(Forge.GITLAB, headers, secret=KEY.decode())


@pytest.mark.parametrize(("late", "believed"), [(PATIENCE, True), (PATIENCE + timedelta(seconds=1), False)])
def test_gitlabs_signature_is_good_for_minutes_only(late, believed):
    headers = signed_by_gitlab(KEY, BODY)

    assert vouches(Forge.GITLAB, headers, secret=KEY.decode(), now=NOW + late) is believed
    assert vouches(Forge.GITLAB, headers, secret=KEY.decode(), now=NOW - late) is believed


def test_who_signs_cannot_fall_back_to_the_plain_secret():
    headers = {**headers_of(Forge.GITLAB), "webhook-signature": "v1,AAAA"}

    assert not vouches(Forge.GITLAB, headers)


@given(st.sampled_from(list(Forge)), st.binary(), st.text(min_size=1, max_size=40), st.text(max_size=80))
def test_no_guess_is_believed(forge, body, secret, guess):
    headers = dict.fromkeys(
        ["x-hub-signature-256", "x-gitea-signature", "webhook-signature", "webhook-timestamp", "webhook-id"], guess
    )
    secret = secret.encode("utf-8", "replace").decode()

    assert not forge.vouches(headers, body, secret=secret, now=NOW)
