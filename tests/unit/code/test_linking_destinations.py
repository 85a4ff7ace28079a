"""Where imports lead, by the rules of each language."""

import pytest

from kodit.domain.code.linking.destinations import Destinations, divided
from kodit.domain.code.linking.tree import Lead, Outside, PackageRoot, SourceTree, nearest
from kodit.domain.code.reference import Binding, Import
from kodit.domain.sources.manifest import PackageKind


def leads(language, paths, path, module, *names, packages=(), name="", **changes):
    """Where an import of these names leads."""
    bindings = tuple(Binding(local, local) for local in names)
    imported = Import(module=module, line=1, bindings=bindings, **changes)
    found = Destinations(SourceTree([*paths, path], packages, name)).of(path, language, imported)
    return found.path if isinstance(found, Lead) else found


PYTHON = ["src/app/__init__.py", "src/app/web.py", "src/app/db/__init__.py", "src/app/db/rows.py", "tools/gen.py"]


@pytest.mark.parametrize(
    ("path", "module", "names", "level", "expected"),
    [
        ("src/app/main.py", "app.web", ["run"], 0, "src/app/web.py"),
        ("tests/unit/test_a.py", "app.db.rows", [], 0, "src/app/db/rows.py"),
        ("src/app/main.py", "app", ["web"], 0, "src/app/web.py"),
        ("src/app/main.py", "app", ["version"], 0, "src/app/__init__.py"),
        ("src/app/main.py", "", ["web"], 1, "src/app/web.py"),
        ("src/app/main.py", "db", ["rows"], 1, "src/app/db/rows.py"),
        ("src/app/db/more.py", "web", ["run"], 2, "src/app/web.py"),
        ("src/app/db/more.py", "web", ["run"], 4, None),
        ("tools/run.py", "gen", [], 0, "tools/gen.py"),
        ("src/app/main.py", "app.missing", [], 0, None),
        ("src/app/main.py", "web", [], 0, Outside("web")),
        ("src/app/main.py", "os.path", ["join"], 0, Outside("os")),
    ],
)
def test_python_imports_lead_to_modules_below_the_roots(path, module, names, level, expected):
    assert leads("python", PYTHON, path, module, *names, level=level) == expected


def test_a_module_called_like_one_of_the_standard_library_is_not_meant_from_beside_it():
    assert leads("python", ["app/logging.py"], "app/main.py", "logging") == Outside("logging")
    assert leads("python", ["Lib/os.py", "Lib/logging.py"], "Lib/x.py", "logging") == "Lib/logging.py"


def test_a_source_that_is_a_package_knows_itself_by_its_name():
    assert leads("python", ["__init__.py", "a/b.py"], "c.py", "kodit.a.b", name="kodit") == "a/b.py"


def test_of_two_packages_of_one_name_the_nearer_is_meant_and_none_where_both_are_as_near():
    paths = ["one/app/__init__.py", "two/app/__init__.py"]
    assert leads("python", paths, "two/tests/test_a.py", "app") == "two/app/__init__.py"
    assert leads("python", paths, "tests/test_a.py", "app") == Outside("app")
    assert nearest("a", ["b/x", "c/x"]) is None


@pytest.mark.parametrize(
    ("paths", "module", "expected"),
    [
        (PYTHON, "app.web", "src/app/__init__.py"),
        (PYTHON, "app.db.rows", "src/app/__init__.py"),
        (PYTHON, "app.db", "src/app/__init__.py"),
        (PYTHON, "app.missing", None),
        (PYTHON, "os.path", Outside("os")),
        (["pkg/__init__.py", "src/pkg/c.py"], "pkg.c", None),
        (["pkg.py", "pkg/c.py"], "pkg.c", None),
        (["__init__.py", "a/b.py"], "kodit.a.b", "__init__.py"),
        (["pkg/c.py", "pkg/__init__.py"], "pkg..c", "pkg/__init__.py"),
    ],
)
def test_the_import_of_a_module_makes_known_the_package_around_it_and_no_other(paths, module, expected):
    imported = Import(module=module, line=1, bindings=(Binding(module, ""),))
    found = Destinations(SourceTree([*paths, "main.py"], (), "kodit")).of_package("main.py", imported)
    assert (found.path if isinstance(found, Lead) else found) == expected


WORKSPACE = [PackageRoot(PackageKind.NPM, "packages/ui", "@acme/ui")]
SCRIPTS = [
    "src/a.ts",
    "src/b/index.tsx",
    "src/c.js",
    "packages/ui/src/index.ts",
    "packages/ui/lib/button.ts",
    "src/d.d.ts",
]


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("./a", "src/a.ts"),
        ("./a.js", "src/a.ts"),
        ("./b", "src/b/index.tsx"),
        ("../src/c", "src/c.js"),
        ("./d", "src/d.d.ts"),
        ("./missing", None),
        ("../../out", None),
        ("@/a", "src/a.ts"),
        ("@acme/ui", "packages/ui/src/index.ts"),
        ("@acme/ui/button", "packages/ui/lib/button.ts"),
        ("@acme/other/x", Outside("@acme/other")),
        ("lodash/get", Outside("lodash")),
        ("node:fs", Outside("fs")),
    ],
)
def test_scripts_lead_to_files_to_packages_of_the_workspace_or_outside(module, expected):
    assert leads("typescript", SCRIPTS, "src/main.ts", module, packages=WORKSPACE) == expected


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("example.org/m/a", "a/a.go"),
        ("example.org/m", "main.go"),
        ("example.org/m/none", None),
        ("example.org/other", Outside("example.org/other")),
        ("github.com/spf13/cobra/doc", Outside("github.com/spf13/cobra")),
        ("example.com/v/x", "vendor/example.com/v/x/x.go"),
        ("net/http", Outside("net/http")),
    ],
)
def test_go_leads_to_the_first_file_of_a_package(module, expected):
    paths = ["main.go", "a/a.go", "a/b.go", "a/a_test.go", "vendor/example.com/v/x/x.go"]
    packages = [PackageRoot(PackageKind.GO, "", "example.org/m")]
    assert leads("go", paths, "main.go", module, packages=packages) == expected


@pytest.mark.parametrize(
    ("module", "names", "expected"),
    [
        ("org.acme.Tool", [], "src/main/java/org/acme/Tool.java"),
        ("org.acme", ["Tool"], "src/main/java/org/acme/Tool.java"),
        ("org.acme.Tool", ["Inner"], "src/main/java/org/acme/Tool.java"),
        ("org.acme", ["*"], "src/main/java/org/acme/Tool.java"),
        ("java.util", ["List"], Outside("java.util")),
    ],
)
def test_java_leads_to_the_file_of_a_class(module, names, expected):
    paths = ["src/main/java/org/acme/Tool.java", "src/main/java/org/acme/Util.java"]
    assert leads("java", paths, "src/main/java/org/other/Use.java", module, *names) == expected


@pytest.mark.parametrize(
    ("path", "module", "names", "expected"),
    [
        ("src/main.rs", "crate::net", ["Peer"], "src/net/mod.rs"),
        ("src/net/tcp.rs", "super", ["Peer"], "src/net/mod.rs"),
        ("src/net/tcp.rs", "crate", ["net"], "src/net/mod.rs"),
        ("src/net/mod.rs", "self::tcp", ["Stream"], "src/net/tcp.rs"),
        ("src/net/mod.rs", "tcp", ["Stream"], "src/net/tcp.rs"),
        ("tests/it.rs", "my_crate::net", ["Peer"], "src/net/mod.rs"),
        ("src/main.rs", "std::io", ["Read"], Outside("std")),
    ],
)
def test_rust_follows_the_tree_of_modules(path, module, names, expected):
    paths = ["src/lib.rs", "src/main.rs", "src/net/mod.rs", "src/net/tcp.rs"]
    packages = [PackageRoot(PackageKind.CARGO, "", "my-crate")]
    assert leads("rust", paths, path, module, *names, packages=packages) == expected


@pytest.mark.parametrize(
    ("module", "system", "expected"),
    [
        ("b.h", False, "src/b.h"),
        ("lib/c.h", False, "include/lib/c.h"),
        ("lib/c.h", True, "include/lib/c.h"),
        ("deep.h", False, "third/party/deep.h"),
        ("deep.h", True, Outside("deep.h")),
        ("twice.h", False, None),
        ("stdio.h", True, Outside("stdio.h")),
    ],
)
def test_includes_lead_beside_the_file_below_the_roots_or_to_the_only_one(module, system, expected):
    paths = ["src/b.h", "include/lib/c.h", "third/party/deep.h", "x/twice.h", "y/twice.h"]
    assert leads("c", paths, "src/a.c", module, system=system) == expected


@pytest.mark.parametrize(
    ("module", "level", "expected"),
    [
        ("util", 1, "lib/app/util.rb"),
        ("../app", 1, "lib/app.rb"),
        ("app/util", 0, "lib/app/util.rb"),
        ("json", 0, Outside("json")),
    ],
)
def test_ruby_leads_beside_the_file_or_below_lib(module, level, expected):
    assert leads("ruby", ["lib/app.rb", "lib/app/util.rb"], "lib/app/main.rb", module, level=level) == expected


@pytest.mark.parametrize(
    ("module", "names", "expected"),
    [
        ("App\\Models", ["User"], "app/Models/User.php"),
        ("Acme\\Blog\\Post", [], "packages/blog/src/Post.php"),
        ("Illuminate\\Models", ["User"], Outside("Illuminate")),
        ("lib.php", [], "app/lib.php"),
    ],
)
def test_php_leads_where_autoloaders_look(module, names, expected):
    paths = ["app/Models/User.php", "packages/blog/src/Post.php", "app/lib.php"]
    packages = [PackageRoot(PackageKind.COMPOSER, "packages/blog", "acme/blog")]
    assert leads("php", paths, "app/main.php", module, *names, packages=packages) == expected


def test_of_two_files_that_a_class_of_php_may_lie_in_neither_is_meant_and_it_is_not_outside():
    assert leads("php", ["one/App/User.php", "two/App/User.php"], "main.php", "App", "User") is None


def test_of_a_namespace_of_csharp_only_the_platforms_are_known():
    assert leads("csharp", ["App/A.cs"], "App/B.cs", "System.Linq") == Outside("System")
    assert leads("csharp", ["App/A.cs"], "App/B.cs", "App.Models") is None


def test_a_language_without_rules_leads_nowhere():
    assert leads("cobol", ["a.cob"], "b.cob", "a") is None


def test_where_names_may_be_files_there_is_an_import_for_each():
    both = Import(module="app", line=1, bindings=(Binding("a", "a"), Binding("b", "b")))

    assert [one.bindings for one in divided("python", [both])] == [(Binding("a", "a"),), (Binding("b", "b"),)]
    assert divided("typescript", [both]) == (both,)
