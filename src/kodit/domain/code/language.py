"""The languages kodit knows by name. One row adds one.

Many more are named than are parsed: a name makes a filter useful, a grammar makes snippets follow definitions.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum


class Headings(StrEnum):
    """How a document marks its headings."""

    MARKDOWN = "markdown"
    RESTRUCTUREDTEXT = "restructuredtext"


@dataclass(frozen=True, slots=True)
class Language:
    """A language and how its files are recognised.

    `extensions` are what follows a dot in a file's name, possibly with dots of their own; `file_names` are whole
    names; `interpreters` are the programs a `#!` line may name, without their version numbers. All in lower case.
    `headings` is set for documents that are cut by heading.
    """

    name: str
    extensions: tuple[str, ...] = ()
    file_names: tuple[str, ...] = ()
    interpreters: tuple[str, ...] = ()
    headings: Headings | None = None


PLAIN_TEXT = "text"
"""The language of a text that no row recognises."""

LANGUAGES = (
    # Parsed: infrastructure/treesitter has a grammar and a query for each of these.
    Language("python", ("py", "pyi", "pyw", "bzl"), ("sconstruct", "sconscript"), ("python", "pypy", "uv")),
    Language("javascript", ("js", "mjs", "cjs", "jsx"), ("jakefile",), ("node", "bun")),
    Language("typescript", ("ts", "mts", "cts"), (), ("deno", "ts-node", "tsx")),
    Language("tsx", ("tsx",)),
    Language("java", ("java",)),
    Language("go", ("go",)),
    Language("rust", ("rs",), (), ("rust-script",)),
    Language("c", ("c", "h")),
    Language("cpp", ("cpp", "cc", "cxx", "c++", "hpp", "hh", "hxx", "h++", "ipp", "tpp", "inl", "cu", "cuh")),
    Language("csharp", ("cs", "csx")),
    Language(
        "ruby",
        ("rb", "rake", "gemspec", "ru"),
        ("gemfile", "rakefile", "podfile", "vagrantfile", "guardfile", "brewfile"),
        ("ruby", "jruby"),
    ),
    Language("php", ("php", "phtml", "php5", "php7"), (), ("php",)),
    Language(
        "bash",
        ("sh", "bash", "bats", "ebuild"),
        (".bashrc", ".bash_profile", ".profile", "pkgbuild"),
        ("sh", "bash", "dash"),
    ),
    Language("kotlin", ("kt", "kts")),
    Language("scala", ("scala", "sc", "sbt")),
    Language("swift", ("swift",), (), ("swift",)),
    Language("lua", ("lua",), (), ("lua", "luajit")),
    Language("elixir", ("ex", "exs"), (), ("elixir",)),
    Language("haskell", ("hs",), (), ("runhaskell", "runghc")),
    Language("zig", ("zig", "zon")),
    Language("nix", ("nix",), (), ("nix-shell",)),
    Language("terraform", ("tf", "tfvars", "hcl")),
    Language("powershell", ("ps1", "psm1", "psd1"), (), ("pwsh",)),
    # Named: cut into windows, or by heading.
    Language(
        "markdown",
        ("md", "markdown", "mdx", "mkd", "qmd", "rmd"),
        headings=Headings.MARKDOWN,
    ),
    Language("rst", ("rst", "rest"), headings=Headings.RESTRUCTUREDTEXT),
    Language("asciidoc", ("adoc", "asciidoc")),
    Language("tex", ("tex", "sty", "cls", "bib")),
    Language("org", ("org",)),
    Language(
        "json", ("json", "jsonc", "json5", "jsonl", "ndjson", "geojson", "webmanifest", "ipynb"), (".prettierrc",)
    ),
    Language("yaml", ("yaml", "yml"), (".clang-format", ".clang-tidy")),
    Language("toml", ("toml",)),
    Language(
        "ini", ("ini", "cfg", "conf", "properties", "editorconfig", "desktop", "service"), (".gitconfig", ".npmrc")
    ),
    Language("dotenv", ("env",), (".env",)),
    Language("ignore", ("gitignore", "dockerignore"), (".gitattributes", ".npmignore", ".gitmodules", "codeowners")),
    Language("csv", ("csv", "tsv")),
    Language("xml", ("xml", "xsd", "xsl", "xslt", "plist", "csproj", "fsproj", "vbproj", "props", "targets", "resx")),
    Language("svg", ("svg",)),
    Language("html", ("html", "htm", "xhtml")),
    Language(
        "template", ("jinja", "jinja2", "j2", "ejs", "erb", "hbs", "mustache", "liquid", "tmpl", "blade.php", "heex")
    ),
    Language("css", ("css",)),
    Language("scss", ("scss", "sass")),
    Language("less", ("less",)),
    Language("vue", ("vue",)),
    Language("svelte", ("svelte",)),
    Language("astro", ("astro",)),
    Language("sql", ("sql", "ddl", "dml", "pgsql", "psql")),
    Language("graphql", ("graphql", "gql")),
    Language("protobuf", ("proto",)),
    Language("thrift", ("thrift",)),
    Language("prisma", ("prisma",)),
    Language("bicep", ("bicep",)),
    Language("dockerfile", ("dockerfile", "containerfile"), ("dockerfile", "containerfile")),
    Language("make", ("mk", "mak", "make"), ("makefile", "gnumakefile", "kbuild"), ("make",)),
    Language("just", ("just",), ("justfile", ".justfile")),
    Language("cmake", ("cmake",), ("cmakelists.txt",)),
    Language("meson", (), ("meson.build", "meson_options.txt", "meson.options")),
    Language("starlark", ("star",), ("build.bazel", "workspace", "workspace.bazel", "module.bazel")),
    Language("gradle", ("gradle",)),
    Language("groovy", ("groovy", "gvy"), ("jenkinsfile",), ("groovy",)),
    Language("clojure", ("clj", "cljs", "cljc", "edn")),
    Language("objective-c", ("m", "mm")),
    Language("dart", ("dart",)),
    Language("perl", ("pl", "pm", "pod"), ("cpanfile",), ("perl",)),
    Language("r", ("r",), (".rprofile",), ("rscript",)),
    Language("julia", ("jl",), (), ("julia",)),
    Language("matlab", ("mlx", "matlab")),
    Language("fortran", ("f", "f77", "f90", "f95", "f03", "f08", "for")),
    Language("cobol", ("cob", "cbl")),
    Language("pascal", ("pas", "dpr", "lpr")),
    Language("ada", ("adb", "ads")),
    Language("assembly", ("asm", "s", "nasm")),
    Language("literate-haskell", ("lhs",)),
    Language("cabal", ("cabal",)),
    Language("ocaml", ("ml", "mli")),
    Language("fsharp", ("fs", "fsi", "fsx")),
    Language("elm", ("elm",)),
    Language("purescript", ("purs",)),
    Language("erlang", ("erl", "hrl"), ("rebar.config",), ("escript",)),
    Language("gleam", ("gleam",)),
    Language("common-lisp", ("lisp", "lsp", "cl")),
    Language("scheme", ("scm", "ss", "rkt"), (), ("guile", "racket")),
    Language("emacs-lisp", ("el",), (".emacs",)),
    Language("vim", ("vim",), (".vimrc", "vimrc")),
    Language("fish", ("fish",), (), ("fish",)),
    Language("zsh", ("zsh",), (".zshrc", ".zshenv", ".zprofile"), ("zsh", "ksh")),
    Language("batch", ("bat", "cmd")),
    Language("awk", ("awk",), (), ("awk", "gawk")),
    Language("tcl", ("tcl",), (), ("tclsh", "wish")),
    Language("nim", ("nim", "nims", "nimble")),
    Language("crystal", ("cr",), (), ("crystal",)),
    Language("d", ("d", "di")),
    Language("v", ("vsh",)),
    Language("odin", ("odin",)),
    Language("visual-basic", ("vb", "vbs", "bas")),
    Language("solidity", ("sol",)),
    Language("move", ("move",)),
    Language("cairo", ("cairo",)),
    Language("verilog", ("v", "sv", "svh", "vh")),
    Language("vhdl", ("vhd", "vhdl")),
    Language("cython", ("pyx", "pxd", "pxi")),
    Language("glsl", ("glsl", "vert", "frag", "comp", "geom")),
    Language("hlsl", ("hlsl", "fx")),
    Language("wgsl", ("wgsl",)),
    Language("metal", ("metal",)),
    Language("gdscript", ("gd",)),
    Language("webassembly", ("wat", "wast")),
    Language("llvm", ("ll",)),
    Language("diff", ("diff", "patch")),
    Language("puppet", ("pp",)),
    Language("rego", ("rego",)),
    Language("dot", ("dot", "gv")),
    Language("plantuml", ("puml", "plantuml")),
    # No file is written in it: packages of nixpkgs stand in the place of files.
    Language("nixpkgs"),
    Language(PLAIN_TEXT, ("txt", "text", "log"), ("license", "copying", "notice", "authors", "readme", "changelog")),
)

_BY_NAME = {language.name: language for language in LANGUAGES}
_BY_EXTENSION = {extension: language.name for language in LANGUAGES for extension in language.extensions}
_BY_FILE_NAME = {name: language.name for language in LANGUAGES for name in language.file_names}
_BY_INTERPRETER = {program: language.name for language in LANGUAGES for program in language.interpreters}

_SHEBANG = re.compile(r"#!\s*(?:\S*/)?env\s+(?:-\S+\s+)*(?:\w+=\S*\s+)*(?P<env>\S+)|#!\s*(?P<direct>\S+)")
_VERSION = re.compile(r"[\d.]+$")
_CPP_HEADER = re.compile(
    r"^[ \t]*(?:class\s+\w|namespace\s+[\w{]|template\s*<|using\s+\w|(?:public|private|protected)\s*:"
    r"|#\s*include\s*<\w+>)",
    re.MULTILINE,
)
"""What a header in C++ has and one in C has not; the standard headers of C++ have no extension."""


def language_named(name: str) -> Language | None:
    """The row of that name."""
    return _BY_NAME.get(name)


def nearest_language(name: str) -> str | None:
    """The language that a name which is none may stand for: an extension (`py`, `c++`), or a slip (`pyton`)."""
    wanted = name.lower()
    near = get_close_matches(wanted, _BY_NAME, n=1)
    return _BY_EXTENSION.get(wanted.lstrip(".")) or (near[0] if near else None)


def language_of(path: str, first_line: str = "") -> str | None:
    """The language's name, from the file's name or else from a `#!` line; None when neither tells."""
    name = path.rpartition("/")[2].lower()
    return _BY_FILE_NAME.get(name) or _by_extension(name) or _by_prefix(name) or _by_shebang(first_line)


def language_of_text(path: str, text: str) -> str:
    """The language's name, from all there is to know; `PLAIN_TEXT` when nothing tells."""
    language = language_of(path, text[:200].partition("\n")[0]) or PLAIN_TEXT
    if language == "c" and path.lower().endswith(".h") and _CPP_HEADER.search(text):
        return "cpp"
    return language


def _by_extension(name: str) -> str | None:
    """By the longest extension known: `page.blade.php` is a template."""
    _, dot, rest = name.partition(".")
    while dot:
        if language := _BY_EXTENSION.get(rest):
            return language
        _, dot, rest = rest.partition(".")
    return None


def _by_prefix(name: str) -> str | None:
    """`Dockerfile.dev` and `.env.example` are variants of a known file name."""
    stem, dot, _ = name.rpartition(".")
    return _BY_FILE_NAME.get(stem) if dot else None


def _by_shebang(line: str) -> str | None:
    match = _SHEBANG.match(line)
    if match is None:
        return None
    program = (match["env"] or match["direct"]).rpartition("/")[2].lower()
    return _BY_INTERPRETER.get(program) or _BY_INTERPRETER.get(_VERSION.sub("", program))
