"""One word, one meaning, all of them in docs/glossary.md."""

import ast
import re

from source_tree import ROOT, modules

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "glossary.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| word ")
]
IN_CODE = [name for row in ROWS for name in re.findall(r"`(\w+)`", row[2])]


def _domain_classes() -> dict[str, str]:
    return {
        node.name: module.place
        for module in modules("src/kodit/domain")
        for node in module.classes()
        if not node.name.startswith("_")
    }


def _used_above_the_domain() -> set[str]:
    """What the floors above import from the domain, but for errors."""
    return {
        alias.name
        for module in modules("src/kodit/application", "src/kodit/infrastructure", "src/kodit/interfaces")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kodit.domain.")
        if node.module != "kodit.domain.errors"
        for alias in node.names
    }


def test_every_noun_that_leaves_the_domain_is_explained() -> None:
    assert sorted((_used_above_the_domain() & _domain_classes().keys()) - set(IN_CODE)) == []


def test_every_name_in_the_glossary_exists_in_the_domain() -> None:
    assert sorted(set(IN_CODE) - _domain_classes().keys()) == []


def test_no_word_and_no_name_stands_twice() -> None:
    words = [row[0] for row in ROWS]
    assert words == sorted(set(words), key=str.lower)
    assert len(IN_CODE) == len(set(IN_CODE))
