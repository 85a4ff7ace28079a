"""What tests need of the machine: CI has all of it, and nothing else keeps a test from being run."""

import ast
import re

from source_tree import ROOT, modules

LEFT_OUT = {"skip", "skipif", "importorskip", "xfail", "SkipTest"}
"""By these names pytest and unittest leave a test out."""


def test_a_test_is_left_out_for_nothing_but_what_the_machine_lacks() -> None:
    found = [
        module.place
        for module in modules("tests")
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Attribute) and node.attr in LEFT_OUT and _is_of_tests(ast.unparse(node)))
        or (isinstance(node, ast.ImportFrom) and _is_of_tests(f"{node.module}.") and _names(node) & LEFT_OUT)
    ]
    assert found == ["tests/conftest.py"]


def _is_of_tests(expression: str) -> bool:
    return expression.startswith(("pytest.", "unittest."))


def _names(node: ast.ImportFrom) -> set[str]:
    return {alias.name for alias in node.names}


def test_ci_fails_where_any_of_what_tests_may_need_is_missing() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    lists = re.findall(r'KODIT_TEST_REQUIRE\+?="?([^"\n]+)', script)
    required = {name for listed in lists for name in listed.split(",") if name}
    [available] = [
        node.value
        for module in modules("tests")
        if module.place == "tests/conftest.py"
        for node in module.tree.body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "AVAILABLE"
    ]
    assert isinstance(available, ast.Dict)
    assert required == {ast.literal_eval(key) for key in available.keys if key is not None}
