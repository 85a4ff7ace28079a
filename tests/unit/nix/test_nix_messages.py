"""Of nix's errors remains what somebody can use: what is wrong, and where."""

import pytest

from kodit.infrastructure.nix.messages import LONGEST, is_starved, message_of

OLD = """warning: something else
error: attribute 'gone' missing

       at /src/nixpkgs/pkgs/tools/a/default.nix:10:7:

            9|   d = mk "d";
           10|   e = self.gone;
             |       ^
"""
NEW = """error:
       … while evaluating the attribute 'e'
         at /src/nixpkgs/pkgs/top-level/all-packages.nix:5:3:
            4|   d = mk "d";
            5|   e = self.gone;
             |   ^

       … while calling the 'seq' builtin

       error: attribute 'gone' missing
       at /src/nixpkgs/pkgs/tools/a/default.nix:10:7:
            9|   d = mk "d";
"""
ABORT = """error: evaluation aborted with the following error message: 'two
       lines' (use '--show-trace' to show detailed location information)
"""
SHORT = "error: evaluation aborted with the following error message: 'boom'"


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        (OLD, "attribute 'gone' missing (at pkgs/tools/a/default.nix:10:7)"),
        (NEW, "attribute 'gone' missing (at pkgs/tools/a/default.nix:10:7)"),
        (ABORT, "evaluation aborted with the following error message: 'two lines'"),
        (SHORT, "evaluation aborted with the following error message: 'boom'"),
        ("error: stack overflow (possible infinite recursion)", "stack overflow (possible infinite recursion)"),
        ("sh: 1: exec: nix: Permission denied\n\n", "sh: 1: exec: nix: Permission denied"),
        ("", "nix said nothing"),
        ("error:", "error:"),
    ],
)
def test_a_message_is_the_error_and_its_place_in_the_tree(printed: str, message: str) -> None:
    assert message_of(printed.splitlines(), "/src/nixpkgs") == message


def test_a_message_is_of_bounded_length() -> None:
    assert len(message_of([f"error: {'x' * 10_000}"], "/src")) == LONGEST


@pytest.mark.parametrize(
    ("printed", "starved"),
    [
        ("error: out of memory", True),
        ("error: memory exhausted", True),
        ("terminate called after throwing an instance of 'std::bad_alloc'", True),
        ("GC Warning: Out of Memory! Heap size: 1000 MiB. Returning NULL!", True),
        ("trace: I am out of memory", False),
        ("error: stack overflow (possible infinite recursion)", False),
    ],
)
def test_a_want_of_memory_is_told_from_other_errors(printed: str, starved: bool) -> None:
    assert is_starved(["trace: something", printed]) is starved
