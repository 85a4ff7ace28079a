"""What a Python program gives to `setup`, as far as it stands there literally."""

import ast
from collections.abc import Iterator
from typing import Any

_DEEPEST = 20
"""Literals within literals that are followed: people write three."""


def setup_arguments(module: ast.Module) -> dict[str, Any] | None:
    """The literal keyword arguments of the first call of `setup`; None when there is no such call.

    A name stands for the literal that the module gives it at its top level, if it does so once.
    """
    call = next((node for node in ast.walk(module) if isinstance(node, ast.Call) and _is_setup(node.func)), None)
    if call is None:
        return None
    known = _constants(module)
    found: dict[str, Any] = {}
    for keyword in call.keywords:
        value = _value(keyword.value, known, _DEEPEST)
        if keyword.arg is not None:
            found[keyword.arg] = value
        elif isinstance(value, dict):
            found.update(value)
    return found


def _is_setup(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)
    return name == "setup"


def _constants(module: ast.Module) -> dict[str, Any]:
    known: dict[str, Any] = {}
    twice: set[str] = set()
    for statement in module.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(statement, ast.Assign):
                if target.id in known:
                    twice.add(target.id)
                known[target.id] = _value(statement.value, known, _DEEPEST)
    return {name: value for name, value in known.items() if name not in twice}


def _value(node: ast.expr | None, known: dict[str, Any], depth: int) -> Any:
    """The literal that an expression is; None for any other."""
    if depth == 0:
        return None
    match node:
        case ast.Constant(value=str() as value):
            return value
        case ast.Name(id=name):
            return known.get(name)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return [_value(element, known, depth - 1) for element in elements]
        case ast.Dict() | ast.Call(func=ast.Name(id="dict")):
            return {name: _value(value, known, depth - 1) for name, value in _pairs(node, known)}
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return _sum(_value(left, known, depth - 1), _value(right, known, depth - 1))
        case _:
            return None


def _pairs(node: ast.Dict | ast.Call, known: dict[str, Any]) -> Iterator[tuple[str, ast.expr]]:
    """The keys that are texts, with their values."""
    if isinstance(node, ast.Call):
        yield from ((keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg is not None)
        return
    for key, value in zip(node.keys, node.values, strict=True):
        name = _value(key, known, 1)
        if isinstance(name, str):
            yield name, value


def _sum(left: Any, right: Any) -> Any:
    """Lists and texts put together; what is known of a sum of lists of which one is not."""
    if isinstance(left, str) and isinstance(right, str):
        return left + right if len(left) + len(right) < 100_000 else None
    if isinstance(left, list) or isinstance(right, list):
        both = [*(left if isinstance(left, list) else ()), *(right if isinstance(right, list) else ())]
        return both if len(both) < 10_000 else None
    return None
