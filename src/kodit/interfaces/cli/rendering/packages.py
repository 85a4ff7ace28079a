"""Packages, and graphs of who needs whom."""

from collections.abc import Mapping, Sequence
from typing import Any

from kodit.application.asking.answers import Graph
from kodit.application.asking.graphs import dot, mermaid
from kodit.application.asking.rows import FoundPackage
from kodit.interfaces.cli.rendering.streams import notice, say
from kodit.interfaces.cli.rendering.tables import Fit, table

MERMAID_EDGES = 500
"""Mermaid draws no more edges than this unless it is configured to (`maxEdges`)."""

_HEADER = ("name", "kind", "version", "path", "files", "symbols", "requires", "source")
_FIT = Fit(first=("name", "kind", "path", "requires", "version", "files", "symbols", "source"), elastic="requires")


def packages_document(packages: Sequence[FoundPackage]) -> Sequence[Mapping[str, Any]]:
    """Packages as a JSON document has them; `package` is the path of a required one of the same source."""
    paths = {package.id: package.path for package in packages}
    return [
        {
            "name": package.name,
            "kind": package.kind,
            "version": package.version,
            "description": package.description,
            "path": package.path,
            "manifest": package.manifest,
            "files": package.files,
            "symbols": package.symbols,
            "requires": [
                {
                    "name": one.name,
                    "requirement": one.requirement,
                    "scope": one.scope,
                    "package": None if one.target_id is None else paths.get(one.target_id),
                }
                for one in package.requirements
            ],
            "source": package.source,
        }
        for package in packages
    ]


def show_packages(packages: Sequence[FoundPackage]) -> None:
    """Packages, one a line, with those of their source that they require."""
    if not packages:
        notice("no such packages; `kodit sources` shows what is indexed")
        return
    rows = [
        (
            package.name,
            package.kind.value,
            package.version or "-",
            package.path or ".",
            package.files,
            package.symbols,
            _requires(package),
            package.source,
        )
        for package in packages
    ]
    table(_HEADER, rows, fit=_FIT)


def _requires(package: FoundPackage) -> str:
    own = sorted({one.name for one in package.requirements if one.target_id is not None})
    others = len({one.name for one in package.requirements if one.target_id is None})
    return ", ".join([*own, *([f"{others} {'other' if others == 1 else 'others'}"] if others else [])]) or "-"


def graph_document(graph: Graph) -> Mapping[str, Any]:
    """A graph as a JSON document has it; edges name their ends by the nodes' ids."""
    return {
        "nodes": [{"id": node.id, "name": node.name, "source": node.source} for node in graph.nodes],
        "edges": [
            {
                "from": edge.from_id,
                "to": edge.to_id,
                "imports": edge.imports,
                "uses": edge.uses,
                "required": edge.required,
            }
            for edge in graph.edges
        ],
    }


def show_graph(graph: Graph, *, as_dot: bool) -> None:
    """A graph for another program to draw."""
    say(dot(graph) if as_dot else mermaid(graph))
    if not graph.nodes:
        notice("nothing to draw; fewer filters may help")
    if not as_dot and len(graph.edges) > MERMAID_EDGES:
        notice(
            f"Mermaid draws at most {MERMAID_EDGES} edges, and these are {len(graph.edges)}: "
            "narrow it by --path or --source, or use --format dot"
        )
