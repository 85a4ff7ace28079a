"""The pages of docs/reference/, made from the code."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from itertools import pairwise
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

import kodit
from kodit import queue
from kodit.application.asking import answers, rows
from kodit.application.asking.code_questions import ANY_SYMBOL, CodeQuestions
from kodit.application.asking.where import ANYWHERE, Where
from kodit.domain import errors
from kodit.domain.code.symbol_pattern import SymbolFilter, SymbolPattern
from kodit.interfaces.cli.exit_codes import ExitCode, exit_code_of
from kodit.interfaces.cli.failures import FAULT, USAGE
from kodit.job_settings import JobSettings
from kodit.settings import Settings
from reference_artifacts import artifact_schema
from reference_http import http_page
from reference_mcp import tools_page
from reference_page import page as _page
from reference_page import table as _table
from reference_tables import tables

DEPENDING = {
    "data_dir": "the platform's directory for user data",
    "workers": "the number of processors",
}
"""Defaults that differ from machine to machine, in words."""


def pages(command_tree: Any) -> Mapping[str, str]:
    """Each page's text by its file name."""
    return {
        "settings.md": settings(),
        "job-settings.md": job_settings(),
        "commands.md": commands(command_tree),
        "errors.md": error_tree(),
        "exit-codes.md": exit_codes(),
        "tables.md": tables(),
        "queue-in-python.md": queue_in_python(),
        "code-in-python.md": code_in_python(),
        "mcp-tools.md": tools_page(),
        "http.md": http_page(),
        "artifact-schema.md": artifact_schema(),
    }


def settings() -> str:
    """Every setting."""
    rows = [
        (f"`{name}`", f"`KODIT_{name.upper()}`", _values(field), _default(name, field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    text = """
A setting is looked for in the command's flags, then in the environment, then in a TOML file, then it has its default.
The file is `config.toml` in the platform's configuration directory for kodit, or what `KODIT_CONFIG` names.
`kodit config` shows which values are in effect, and where each comes from.
A variable that begins with KODIT_ and is no setting changes nothing: every command says so, and which may be meant.
"""
    return _page("Settings", text, _table(("in the file", "in the environment", "values", "default", "meaning"), rows))


def job_settings() -> str:
    """Every variable of the job that builds artifacts of nixpkgs."""
    rows = [
        (f"`{name.upper()}`", _values(field), _default(name, field), field.description or "")
        for name, field in JobSettings.model_fields.items()
    ]
    text = """
Variables of the environment that the nixpkgs job and embedding by Bedrock read, beside the [settings](settings.md).
See [how to run the job](../how-to/run-the-nixpkgs-job.md), which says what must be set for which mode.
An empty variable counts as unset; only FTS_STEMMER and FTS_STOPWORDS are none then.
"""
    return _page("Settings of the nixpkgs job", text, _table(("variable", "values", "default", "meaning"), rows))


def commands(tree: Any) -> str:
    """Every command with its arguments and options."""
    sections = [_command(path, command) for path, command in walk(tree, ("kodit",))]
    return _page("Commands", "What `--help` says, on one page.", *sections)


def error_tree() -> str:
    """Every error, indented below what it is a kind of."""
    text = """
Every error that kodit raises on purpose is a `KoditError` from `kodit.domain.errors`.
`str(error)` is one line; `error.remedy` says what can be done about it.
A task whose attempt ends in a `TransientError` is tried again; after a `PermanentError` it is dead at once.
"""
    return _page("Errors", text, "\n".join(_errors(errors.KoditError, 0)))


def exit_codes() -> str:
    """What each exit code means, and which errors end in it."""
    errors_of: dict[int, list[str]] = {}
    for kind in _kinds(errors.KoditError):
        errors_of.setdefault(exit_code_of(kind("")), []).append(f"`{kind.__name__}`")
    meanings = _attribute_docs(ExitCode)
    rows = [(f"{code.value}", meanings[code.name], ", ".join(errors_of.get(code, ()))) for code in ExitCode]
    text = f"""
See the [errors](errors.md).
Standard error has the error in words, and what can be done about it on a line of its own.
With `--json` both are one line of JSON instead, the last one there: `{{"error": {{"kind", "message", "remedy"}}}}`.
`kind` is the class of the error, `{USAGE}` for a command line that makes no sense, `{FAULT}` for a fault of kodit.
What a command finds out about its work is no error of the command: a run that failed is told in the document.
"""
    return _page("Exit codes", text, _table(("code", "meaning", "errors"), rows))


def queue_in_python() -> str:
    """What a program uses that runs tasks of its own."""
    text = """
`kodit.open_queue` opens the queue, and `kodit.queue` has everything else.
See [how to use it](../how-to/your-own-tasks.md).
Every method may raise `Unavailable`, `Locked`, `StorageFull` or `DatabaseUnusable` besides, because of the database.
The [errors](errors.md) come from `kodit.domain.errors`.
"""
    opening = f"## `kodit.open_queue`\n\n{_method_table('kodit.', {'open_queue': inspect.unwrap(kodit.open_queue)})}"
    kinds = {name: getattr(queue, name) for name in queue.__all__}
    with_methods = [f"## `{name}`\n\n{_first_line(kind)}\n\n{_methods(kind)}" for name, kind in _with_methods(kinds)]
    nouns = f"## All names\n\n{_nouns(kinds)}"
    return _page("The queue in Python", text, opening, *with_methods, nouns)


def code_in_python() -> str:
    """What a program uses that asks about code."""
    text = """
`kodit.open` opens a data directory, and `.code` of what it gives answers these questions.
See [how to ask about code](../how-to/ask-about-code.md).
`where` is a `Where` of `kodit.application.asking.where`; kinds and visibilities may be given by their words.
Every method may raise `NothingIndexed` and `Locked` besides; the [errors](errors.md) come from `kodit.domain.errors`.
"""
    asking = f"## `CodeQuestions`\n\n{_prose(CodeQuestions)[0]}\n\n{_methods(CodeQuestions)}"
    given = {kind.__name__: kind for kind in (Where, SymbolPattern, SymbolFilter)}
    back = {
        name: kind
        for module in (answers, rows)
        for name, kind in vars(module).items()
        if isinstance(kind, type) and kind.__module__ == module.__name__
    }
    nouns = f"## What is given\n\n{_nouns(given)}\n\n## What comes back\n\n{_nouns(back)}"
    return _page("Asking about code in Python", text, asking, nouns)


def _nouns(kinds: Mapping[str, Any]) -> str:
    header = ("name", "fields or values", "meaning")
    return _table(header, [(f"`{name}`", _fields(kind), _meaning(kind)) for name, kind in kinds.items()])


def _with_methods(kinds: Mapping[str, Any]) -> Iterator[tuple[str, type[Any]]]:
    """Those that a program calls, the queue itself first."""
    for name in ("QueueEngine", "Work", "ProgressReporter", "RunningStep"):
        yield name, kinds[name]


def _methods(kind: type[Any]) -> str:
    public = {name: member for name, member in vars(kind).items() if not name.startswith("_") and callable(member)}
    properties = {name: part for name, part in vars(kind).items() if isinstance(part, property)}
    return _method_table("", {**properties, **public})


def _method_table(prefix: str, methods: Mapping[str, Any]) -> str:
    rows = [(f"`{_signature(prefix + name, method)}`", *_prose(method)) for name, method in methods.items()]
    return _table(("method", "meaning", "raises"), rows)


def _signature(name: str, method: Any) -> str:
    """Without `self`, and with types as they are written."""
    called = method.fget if isinstance(method, property) else inspect.unwrap(method)
    found = inspect.signature(called)
    shown = [parameter for parameter in found.parameters.values() if parameter.name != "self"]
    text = str(found.replace(parameters=shown))
    text = text.replace(repr(ANYWHERE), "ANYWHERE").replace(repr(ANY_SYMBOL), "ANY_SYMBOL")
    text = re.sub(r"(?:[a-z_]+\.)+(?=[A-Z])", "", text.replace("''", '""').replace("'", ""))
    text = text.replace("datetime.", "").replace("typing.", "")
    if isinstance(method, property):
        return f"{name}: {text.partition(' -> ')[2]}"
    return f"{'await ' if inspect.iscoroutinefunction(called) else ''}{name}{text}"


def _prose(described: Any) -> tuple[str, str]:
    """What a docstring says, and apart from it the errors, which it tells last."""
    text = " ".join((inspect.getdoc(described) or "").split())
    meaning, _, raised = text.partition("Raises ")
    return meaning.strip(), raised or "-"


def _meaning(kind: Any) -> str:
    return _prose(kind)[0] if isinstance(kind, type) else "One of these."


def _fields(kind: Any) -> str:
    if not isinstance(kind, type):
        return ", ".join(f"`{one.__name__}`" for one in get_args(kind))
    if issubclass(kind, Enum):
        return ", ".join(f"`{member.value}`" for member in kind)
    if is_dataclass(kind):
        return ", ".join(f"`{field.name}`" for field in fields(kind))
    return ", ".join(f"`{name}`" for name in getattr(kind, "_fields", ()))


def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """A command and all below it, in the order in which `--help` lists them; hidden ones are left out."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        if not below.hidden:
            yield from walk(below, (*path, name))


def _command(path: Sequence[str], command: Any) -> str:
    context = command.make_context(" ".join(path), [], resilient_parsing=True)
    usage = " ".join(command.collect_usage_pieces(context))
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    rows = [(f"`{names}`", " ".join(meaning.split())) for names, meaning in filter(None, records)]
    parts = [f"## `{' '.join(path)}`", inspect.cleandoc(command.help or ""), f"```text\n{' '.join(path)} {usage}\n```"]
    if rows:
        parts.append(_table(("argument or option", "meaning"), rows))
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _errors(kind: type[Exception], depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}- `{kind.__name__}`: {_first_line(kind)}"
    for below in _kinds_below(kind):
        yield from _errors(below, depth + 1)


def _kinds(kind: type[errors.KoditError]) -> Iterator[type[errors.KoditError]]:
    yield kind
    for below in _kinds_below(kind):
        yield from _kinds(below)


def _kinds_below(kind: type[Any]) -> list[type[Any]]:
    return [below for below in kind.__subclasses__() if below.__module__ == errors.__name__]


def _attribute_docs(described: type[Any]) -> dict[str, str]:
    """The strings that stand below the attributes of a class."""
    [body] = [node.body for node in ast.parse(inspect.getsource(described)).body if isinstance(node, ast.ClassDef)]
    return {
        above.targets[0].id: inspect.cleandoc(below.value.value)
        for above, below in pairwise(body)
        if isinstance(above, ast.Assign) and isinstance(above.targets[0], ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
    }


def _values(field: FieldInfo) -> str:
    kinds = [kind for kind in (get_args(field.annotation) or (field.annotation,)) if kind not in (type(None), ...)]
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{kind}`" for kind in kinds)
    if field.annotation == tuple[str, ...]:
        return "a list of texts"
    if get_origin(field.annotation) is tuple:
        parts = ", ".join(f"`{part}`" for part in kinds[0].__dataclass_fields__)
        return f"a list of texts, or of tables with any of {parts}"
    if get_origin(field.annotation) is dict:
        parts = ", ".join(f"`{part}`" for part in get_args(field.annotation)[1].model_fields)
        return f"a TOML table, or JSON: for each name any of {parts}"
    words = {"Path": "path", "str": "text", "int": "whole number", "float": "number", "bool": "yes or no"}
    words["SecretStr"] = "secret text"
    return ", ".join(words[getattr(kind, "__origin__", kind).__name__] for kind in kinds)


def _default(name: str, field: FieldInfo) -> str:
    if field.default_factory is dict:
        return "none"
    if field.default_factory is not None:
        return DEPENDING[name]
    return "none" if field.default in (None, ()) else f"`{field.default}`"


def _first_line(kind: Callable[..., Any]) -> str:
    return (inspect.getdoc(kind) or "").split("\n")[0]
