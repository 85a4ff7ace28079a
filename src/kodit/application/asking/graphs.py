"""Graphs of files and of packages, and how they are written."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from kodit.application.asking.answers import Graph, GraphEdge, GraphNode
from kodit.application.asking.ports import CodeGraph
from kodit.application.asking.rows import FileEdge, FoundPackage
from kodit.domain.search.globs import matches
from kodit.domain.search.query import Filters


async def graph_of_files(graph: CodeGraph, filters: Filters) -> Graph:
    """The files that need another, or that another needs."""
    edges = await graph.edges(filters)
    files = await graph.files_with_ids({end for edge in edges for end in (edge.from_id, edge.to_id)})
    nodes = [GraphNode(id=file.id, source=file.source, name=file.path) for file in files.values()]
    return Graph(
        nodes=sorted(nodes, key=_name),
        edges=[
            GraphEdge(from_id=edge.from_id, to_id=edge.to_id, imports=edge.imports, uses=edge.uses)
            for edge in edges
            if edge.from_id in files and edge.to_id in files
        ],
    )


async def graph_of_packages(graph: CodeGraph, filters: Filters) -> Graph:
    """The packages, and which of them needs which, by its manifest or by what its files do.

    Globs are compared with the package's directory and with the path of its manifest.
    """
    packages = [package for package in await graph.packages(filters.index_ids) if _is_at(package, filters.paths)]
    everywhere = Filters(index_ids=filters.index_ids, languages=filters.languages)
    edges = _between(packages, await graph.edges(everywhere), await graph.owners(filters.index_ids))
    nodes = [GraphNode(id=package.id, source=package.source, name=package.name) for package in packages]
    return Graph(nodes=sorted(nodes, key=_name), edges=edges)


def mermaid(graph: Graph) -> str:
    """A flowchart for Mermaid. Dotted is what no manifest says, where others say something."""
    told = any(edge.required for edge in graph.edges)
    lines = ["flowchart LR"]
    for source, nodes in _by_source(graph):
        labels = [f'n{node.id}["{_mermaid_text(node.name)}"]' for node in nodes]
        if source is None:
            lines += [f"    {label}" for label in labels]
        else:
            lines += [f'    subgraph "{_mermaid_text(source)}"', *(f"        {label}" for label in labels), "    end"]
    for edge in graph.edges:
        arrow = "-.->" if told and not edge.required else "-->"
        lines.append(f"    n{edge.from_id} {arrow} n{edge.to_id}")
    return "\n".join(lines)


def dot(graph: Graph) -> str:
    """A digraph for Graphviz. Dashed is what no manifest says, where others say something."""
    told = any(edge.required for edge in graph.edges)
    lines = ["digraph kodit {", "    rankdir=LR;", "    node [shape=box];"]
    for number, (source, nodes) in enumerate(_by_source(graph)):
        labels = [f"n{node.id} [label={_dot_text(node.name)}];" for node in nodes]
        if source is None:
            lines += [f"    {label}" for label in labels]
        else:
            inside = [f"label={_dot_text(source)};", *labels]
            lines += [f"    subgraph cluster_{number} {{", *(f"        {line}" for line in inside), "    }"]
    for edge in graph.edges:
        style = " [style=dashed]" if told and not edge.required else ""
        lines.append(f"    n{edge.from_id} -> n{edge.to_id}{style};")
    return "\n".join([*lines, "}"])


def _is_at(package: FoundPackage, paths: Sequence[str]) -> bool:
    places = [place for place in (package.path, package.manifest) if place]
    return not paths or any(matches(pattern, place) for pattern in paths for place in places)


def _between(
    packages: Sequence[FoundPackage], edges: Sequence[FileEdge], owners: Mapping[int, int]
) -> Sequence[GraphEdge]:
    kept = {package.id for package in packages}
    imports: Counter[tuple[int, int]] = Counter()
    uses: Counter[tuple[int, int]] = Counter()
    for edge in edges:
        ends = owners.get(edge.from_id, 0), owners.get(edge.to_id, 0)
        if ends[0] != ends[1] and kept.issuperset(ends):
            imports[ends] += edge.imports
            uses[ends] += edge.uses
    required = {
        (package.id, requirement.target_id)
        for package in packages
        for requirement in package.requirements
        if requirement.target_id is not None and requirement.target_id in kept
    }
    return [
        GraphEdge(from_id=ends[0], to_id=ends[1], imports=imports[ends], uses=uses[ends], required=ends in required)
        for ends in sorted(imports.keys() | required)
    ]


def _by_source(graph: Graph) -> Iterator[tuple[str | None, Sequence[GraphNode]]]:
    """The nodes of each source; None for the only one there is."""
    sources = sorted({node.source for node in graph.nodes})
    for source in sources:
        nodes = [node for node in graph.nodes if node.source == source]
        yield (source if len(sources) > 1 else None), nodes


def _name(node: GraphNode) -> tuple[str, str, int]:
    return node.source, node.name, node.id


def _mermaid_text(text: str) -> str:
    # The entities are Mermaid's own.
    return text.replace("#", "#35;").replace('"', "#quot;").replace("\n", " ")


def _dot_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
