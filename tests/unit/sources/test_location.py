import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.errors import InvalidInput, NotFound
from kodit.domain.sources.location import (
    LocationForm,
    PathFacts,
    checked_name,
    default_name,
    kind_of,
    parsed_location,
    path_of,
    without_credentials,
)
from kodit.domain.sources.source import SourceKind

WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)
SECRETS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_~!$&'()*+,;=", min_size=8, max_size=30)


@pytest.mark.parametrize(
    ("typed", "text", "form"),
    [
        ("https://github.com/owner/repo", "https://github.com/owner/repo", LocationForm.URL),
        ("HTTPS://GitHub.com/Owner/Repo.git/", "https://github.com/Owner/Repo.git", LocationForm.URL),
        ("http://[::1]:8080/x/y", "http://[::1]:8080/x/y", LocationForm.URL),
        ("ssh://git@host:22/owner/repo", "ssh://git@host:22/owner/repo", LocationForm.URL),
        ("git://host/repo", "git://host/repo", LocationForm.URL),
        ("file:///srv/repo.git", "file:///srv/repo.git", LocationForm.URL),
        ("file://localhost/srv/repo.git", "file:///srv/repo.git", LocationForm.URL),
        ("git@github.com:owner/repo.git", "git@github.com:owner/repo.git", LocationForm.SCP_LIKE),
        ("host:owner/repo", "host:owner/repo", LocationForm.SCP_LIKE),
        (".", ".", LocationForm.PATH),
        ("~/code", "~/code", LocationForm.PATH),
        ("/srv/a:b", "/srv/a:b", LocationForm.PATH),
        ("./a:b", "./a:b", LocationForm.PATH),
    ],
)
def test_locations_are_read_as_git_reads_them(typed: str, text: str, form: LocationForm) -> None:
    location = parsed_location(typed)

    assert (location.text, location.form, location.had_credentials) == (text, form, False)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-oProxyCommand=touch x",
        "--upload-pack=touch x",
        "ext::sh -c touch% x",
        "fd::17",
        "https::https://host/x",
        "ftp://host/x",
        "javascript://host/x",
        "ssh://-oProxyCommand=x/y",
        "ssh://-oX@host/y",
        "-x@host:path",
        "host:-x",
        "git@-x:path",
        "https://host/a\nb",
        "https://host/a%0ab",
        "https://host/a?token=1",
        "https://host/a#b",
        "https://host:port/a",
        "https:///a",
        "https://host",
        "file://otherhost/a",
        "user:token@host:path",
        "a\x00b",
        "a\x1b[2Jb",
    ],
)
def test_what_could_run_a_program_or_names_nothing_is_refused_with_a_remedy(typed: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        parsed_location(typed)

    assert raised.value.remedy


@given(
    scheme=st.sampled_from(["https", "http"]),
    user=st.one_of(st.just(""), WORDS),
    secret=SECRETS,
    host=WORDS,
    path=WORDS,
)
def test_credentials_are_cut_off_and_told_of(scheme: str, user: str, secret: str, host: str, path: str) -> None:
    location = parsed_location(f"{scheme}://{user}:{secret}@{host}/{path}")

    assert location.text == f"{scheme}://{host}/{path}"
    assert location.had_credentials


def test_a_lone_user_name_may_be_a_token_over_https_but_is_the_account_over_ssh() -> None:
    assert parsed_location("https://ghp_token@github.com/o/r").text == "https://github.com/o/r"
    assert parsed_location("https://ghp_token@github.com/o/r").had_credentials
    assert parsed_location("ssh://git:password@host/o/r").text == "ssh://git@host/o/r"
    assert parsed_location("ssh://git:password@host/o/r").had_credentials


@given(prefix=SECRETS, host=WORDS)
def test_a_refusal_never_repeats_a_secret(prefix: str, host: str) -> None:
    for typed in (
        f"https://u:{prefix}@{host}",
        f"https://u:{prefix}@{host}:port/x",
        f"https://u:{prefix}@{host}/x?q=1",
    ):
        with pytest.raises(InvalidInput) as raised:
            parsed_location(typed)
        assert prefix not in str(raised.value)


@given(st.text())
def test_any_text_is_a_location_or_is_refused(typed: str) -> None:
    try:
        location = parsed_location(typed)
    except InvalidInput:
        return
    assert not location.text.startswith("-")
    assert default_name(location.text)


def facts(*, is_directory: bool = True, is_bare_repository: bool = False, is_repository: bool = False) -> PathFacts:
    return PathFacts(
        absolute="/srv/code",
        is_directory=is_directory,
        is_bare_repository=is_bare_repository,
        is_repository=is_repository,
    )


def test_a_directory_is_read_in_place_and_a_bare_repository_is_mirrored() -> None:
    path = parsed_location("code")

    assert kind_of(path, facts()) == (SourceKind.DIRECTORY, "/srv/code")
    assert kind_of(path, facts(is_bare_repository=True)) == (SourceKind.GIT, "/srv/code")
    assert kind_of(parsed_location("git@host:o/r")) == (SourceKind.GIT, "git@host:o/r")
    assert kind_of(parsed_location("file:///srv/code"), facts(is_repository=True)) == (
        SourceKind.GIT,
        "file:///srv/code",
    )


def test_a_file_url_is_looked_at_as_a_path_and_other_urls_are_not() -> None:
    assert path_of(parsed_location("file:///srv/my%20code/")) == "/srv/my code"
    assert path_of(parsed_location("code")) == "code"
    assert path_of(parsed_location("https://host/srv/code")) is None
    assert path_of(parsed_location("host:srv/code")) is None


@pytest.mark.parametrize(
    ("found", "error", "remedy"),
    [
        (None, NotFound, "file:///path/to/repository"),
        (facts(is_directory=False), InvalidInput, "directory"),
        (facts(), InvalidInput, "/srv/code"),
    ],
    ids=["nothing", "a file", "no repository"],
)
def test_a_file_url_without_a_repository_at_it_is_refused(
    found: PathFacts | None, error: type[Exception], remedy: str
) -> None:
    with pytest.raises(error, match="/srv/code") as raised:
        kind_of(parsed_location("file:///srv/code"), found)

    assert remedy in (getattr(raised.value, "remedy", "") or "")


@pytest.mark.parametrize("typed", ["./nothing", "../x/y", "nothing.py", "*.py", "a b.c/d"])
def test_what_does_not_look_like_a_host_is_not_taken_for_one(typed: str) -> None:
    with pytest.raises(NotFound) as raised:
        kind_of(parsed_location(typed))

    assert "https://" not in (raised.value.remedy or "")


@pytest.mark.parametrize(("typed", "told"), [("nope", True), ("../nope", True), ("/abs/nope", False), ("~/x", False)])
def test_only_of_a_relative_path_it_is_said_from_where_it_is_seen(typed: str, *, told: bool) -> None:
    with pytest.raises(NotFound) as raised:
        kind_of(parsed_location(typed))

    assert ("current directory" in (raised.value.remedy or "")) is told


def test_gits_own_directory_is_no_source() -> None:
    inside = PathFacts(absolute="/srv/code/.git", is_directory=True, is_bare_repository=False, is_repository=True)

    with pytest.raises(InvalidInput) as raised:
        kind_of(parsed_location(".git"), inside)

    assert "kodit index /srv/code" in (raised.value.remedy or "")


def test_a_path_of_windows_is_not_taken_for_a_host() -> None:
    with pytest.raises(InvalidInput, match="Windows"):
        parsed_location("C:\\code")


def test_a_path_without_anything_at_it_is_not_found_and_an_address_without_scheme_is_helped() -> None:
    with pytest.raises(NotFound) as raised:
        kind_of(parsed_location("github.com/owner/repo"))

    assert "https://github.com/owner/repo" in (raised.value.remedy or "")


def test_a_file_is_no_source() -> None:
    with pytest.raises(InvalidInput):
        kind_of(parsed_location("code.py"), facts(is_directory=False))


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("https://github.com/owner/repo.git", "owner/repo"),
        ("https://gitlab.com/group/sub/repo", "sub/repo"),
        ("git@github.com:owner/repo.git", "owner/repo"),
        ("ssh://git@host/repo", "repo"),
        ("file:///srv/git/repo.git", "repo"),
        ("/srv/code", "code"),
        ("/srv/repo.git", "repo"),
        ("/srv/-x", "x"),
        ("/", "/"),
    ],
)
def test_a_name_is_short_and_known_to_the_user(location: str, name: str) -> None:
    assert default_name(location) == name


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("a\nb", "control characters"),
        ("a\x1b[31mb", "control characters"),
        (" a", "space"),
        ("-x", "option"),
        ("--json", "option"),
        ("/srv/code", "path"),
        ("a//b", "path"),
        ("a/", "path"),
        ("../a", "path"),
        (".", "path"),
        ("a\\b", "path"),
        ("x" * 101, "longer than 100"),
    ],
)
def test_a_name_that_would_be_a_nuisance_is_refused_with_the_reason(name: str, wrong: str) -> None:
    with pytest.raises(InvalidInput, match=wrong) as raised:
        checked_name(name)
    assert "--name" in (raised.value.remedy or "")


@pytest.mark.parametrize("name", ["project", "owner/repo", "stdlib-3.11", "my project", "Käse", "a" * 100])
def test_a_name_that_people_give_is_taken_as_it_is(name: str) -> None:
    assert checked_name(name) == name


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_the_name_that_a_repository_gets_by_default_may_be_given_too(parts: list[str]) -> None:
    name = default_name(f"https://host/{'/'.join(parts)}.git")
    assert checked_name(name) == name


def test_messages_of_others_are_rid_of_credentials() -> None:
    said = "fatal: unable to access 'https://u:tok@en@host/x/': 403, 'http://t@h/' git@host:x"

    shown = without_credentials(said)

    assert shown == "fatal: unable to access 'https://***@host/x/': 403, 'http://***@h/' git@host:x"
