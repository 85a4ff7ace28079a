"""Graphs as other programs draw them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from kodit.application.asking.answers import Graph, GraphEdge, GraphNode
from kodit.application.asking.graphs import dot, mermaid


def a_graph(*edges, names=("app", "lib", "web"), sources=("shop",)):
    nodes = [GraphNode(id=number, source=source, name=name) for number, (source, name) in enumerate(
        ((source, name) for source in sources for name in names), start=1
    )]  # fmt: skip
    return Graph(nodes=nodes, edges=edges)


def edge(one, other, *, required=False):
    return GraphEdge(from_id=one, to_id=other, imports=1, uses=2, required=required)


def test_mermaid_draws_nodes_and_edges():
    assert mermaid(a_graph(edge(1, 2), edge(3, 2))).splitlines() == [
        "flowchart LR",
        '    n1["app"]',
        '    n2["lib"]',
        '    n3["web"]',
        "    n1 --> n2",
        "    n3 --> n2",
    ]


def test_what_no_manifest_says_is_dotted_where_others_say_something():
    drawn = mermaid(a_graph(edge(1, 2, required=True), edge(3, 2)))
    assert drawn.splitlines()[-2:] == ["    n1 --> n2", "    n3 -.-> n2"]
    drawn = dot(a_graph(edge(1, 2, required=True), edge(3, 2)))
    assert drawn.splitlines()[-3:] == ["    n1 -> n2;", "    n3 -> n2 [style=dashed];", "}"]


def test_each_of_several_sources_has_a_frame():
    graph = a_graph(names=("app",), sources=("a", "b"))
    assert mermaid(graph).count("subgraph") == dot(graph).count("subgraph cluster_") == 2


def test_names_cannot_break_out_of_their_quotes():
    graph = a_graph(names=('"]; evil["', "back\\slash", "#quot;"))
    assert '["#quot;]; evil[#quot;"]' in mermaid(graph)
    assert '["#35;quot;"]' in mermaid(graph)
    assert '[label="\\"]; evil[\\""];' in dot(graph)
    assert '[label="back\\\\slash"];' in dot(graph)


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_every_name_is_one_quoted_text_on_one_line(names):
    graph = a_graph(names=names)
    for line in mermaid(graph).split("\n")[1:]:
        assert re.fullmatch(r'    n\d+\["[^"\n]*"\]', line)
    labels = re.findall(r'^    n\d+ \[label="(?:[^"\\\n]|\\.)*"\];$', dot(graph), flags=re.MULTILINE)
    assert len(labels) == len(names)


def test_nothing_is_a_graph_too():
    assert mermaid(Graph(nodes=(), edges=())) == "flowchart LR"
    assert dot(Graph(nodes=(), edges=())).endswith("}")
