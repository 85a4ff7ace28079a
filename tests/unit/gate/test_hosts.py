"""Which names and addresses mean this machine, and which mean this server."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kodit.interfaces.gate.hosts import authority_of, host_of, is_address, is_loopback, neighbourhood


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        ("Example.org", "example.org"),
        ("example.org.", "example.org"),
        ("example.org:8765", "example.org"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]:8765", "::1"),
        ("[::1]", "::1"),
        ("::1", "::1"),
        ("", ""),
        (":80", ""),
        ("[", ""),
    ],
)
def test_the_host_of_an_authority(authority, host):
    assert host_of(authority) == host


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("example.org", "EXAMPLE.org:443"),
        ("example.org:80", "example.org."),
        ("[::1]:8765", "[::1]:8765"),
        ("[::1]:443", "[::1]"),
    ],
)
def test_two_spellings_of_one_place(one, other):
    assert authority_of(one) == authority_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("example.org:8765", "example.org"), ("example.org", "example.com"), ("[::1]:1", "[::1]:2"), ("a:1", "b:1")],
)
def test_two_places(one, other):
    assert authority_of(one) != authority_of(other)


@pytest.mark.parametrize("host", ["localhost", "kodit.localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_what_only_this_machine_calls_itself(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "example.org", "10.0.0.1", "::", "localhost.example.org", "127.0.0"])
def test_what_may_be_any_machine(host):
    assert not is_loopback(host)


def test_neighbours_are_who_can_choose_their_address():
    assert neighbourhood("192.0.2.1") != neighbourhood("192.0.2.2")
    assert neighbourhood("2001:db8::1") == neighbourhood("2001:db8::ffff:1")
    assert neighbourhood("2001:db8::1") != neighbourhood("2001:db8:0:1::1")
    assert neighbourhood("unknown") == "unknown"


@given(some.text(max_size=60))
def test_any_text_is_looked_at_without_a_fault(text):
    host = host_of(text)

    assert authority_of(text).startswith(host)
    assert not (is_address(host) and host.endswith("."))
    assert neighbourhood(text)[:0] == ""
