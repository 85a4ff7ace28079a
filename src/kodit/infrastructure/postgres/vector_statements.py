"""The statements of the vector index. Its tables are made by a migration, its HNSW graphs when they are worth it.

The kind and the dimension are written into the statements: a graph holds the vectors of one kind and one dimension,
and the planner must see that before it has the parameters.
"""

from sqlalchemy import Integer, String, TextClause, bindparam, text

from kodit.domain.search.ports import VectorKind


def _for_graphs(statement: str) -> TextClause:
    return text(statement).bindparams(
        bindparam("kind", type_=String(), literal_execute=True),
        bindparam("dimension", type_=Integer(), literal_execute=True),
    )


HELD = text("SELECT snippet_id FROM vectors WHERE kind = :kind AND index_id = :index_id AND model = :model")

KNOWN = text("SELECT model, dimension FROM vector_sets WHERE kind = :kind AND index_id = :index_id")

REMOVE = text(
    """
    DELETE FROM vectors
    WHERE kind = :kind AND index_id = :index_id AND snippet_id = ANY(CAST(:snippet_ids AS bigint[]))
    """
)

CLEAR = (
    text("DELETE FROM vectors WHERE kind = :kind AND index_id = :index_id"),
    text("DELETE FROM vector_sets WHERE kind = :kind AND index_id = :index_id"),
)

# A zero vector is near to nothing: it is held, as NULL, and no graph holds it.
ADD = text(
    """
    INSERT INTO vectors (kind, index_id, snippet_id, file_id, model, dimension, vector)
    SELECT :kind, :index_id, snippet_id, file_id, :model, CAST(:dimension AS integer),
           CASE WHEN points THEN CAST(
               (CAST(:numbers AS real[]))[(place - 1) * CAST(:dimension AS integer) + 1
                                          : place * CAST(:dimension AS integer)] AS vector) END
    FROM unnest(CAST(:snippet_ids AS bigint[]), CAST(:file_ids AS bigint[]), CAST(:points AS boolean[]))
         WITH ORDINALITY AS given(snippet_id, file_id, points, place)
    """
)

COUNT = text(
    """
    INSERT INTO vector_sets (kind, index_id, model, dimension, vectors)
    VALUES (:kind, :index_id, :model, :dimension, :more)
    ON CONFLICT (kind, index_id) DO UPDATE SET vectors = vector_sets.vectors + excluded.vectors
    """
)

EXTENT = text(
    """
    SELECT CAST(coalesce(sum(vectors), 0) AS bigint) AS vectors, to_regclass(CAST(:graph AS text)) IS NOT NULL AS graph
    FROM vector_sets
    WHERE kind = :kind AND dimension = :dimension
      AND (CAST(:index_ids AS integer[]) IS NULL
           OR model = :model AND index_id = ANY(CAST(:index_ids AS integer[])))
    """
)
"""How many vectors there are, of all models and indexes or of some, and whether they have a graph."""

IN_FILES = text(
    """
    SELECT count(*) FROM (
        SELECT FROM vectors WHERE kind = :kind AND file_id = ANY(CAST(:file_ids AS bigint[])) LIMIT :most
    ) AS few
    """
)

# IS TRUE keeps the files from becoming a join, which knows no order of nearness: they are a hash table instead, however
# many they are.
_PASSES = """
    kind = :kind AND dimension = :dimension AND model = :model AND index_id = ANY(CAST(:index_ids AS integer[]))
    AND (CAST(:file_ids AS bigint[]) IS NULL
         OR (file_id IN (SELECT unnest(CAST(:file_ids AS bigint[])))) IS TRUE)
    AND (CAST(:snippet_ids AS bigint[]) IS NULL
         OR (snippet_id IN (SELECT unnest(CAST(:snippet_ids AS bigint[])))) IS TRUE)
"""

EXACT = _for_graphs(
    f"""
    SELECT snippet_id, -(vector <#> CAST(CAST(:asked AS real[]) AS vector)) AS score
    FROM vectors WHERE vector IS NOT NULL AND {_PASSES}
    ORDER BY score DESC, snippet_id LIMIT :limit
    """  # noqa: S608 - put together of constants
)
"""Looks at every vector of the indexes."""

# OFFSET 0 keeps the planner from reading all vectors to find those of a few files.
EXACT_OF_FILES = _for_graphs(
    """
    SELECT snippet_id, -(vector <#> CAST(CAST(:asked AS real[]) AS vector)) AS score
    FROM unnest(CAST(:file_ids AS bigint[])) AS files(file_id), LATERAL (
        SELECT snippet_id, vector FROM vectors
        WHERE kind = :kind AND vectors.file_id = files.file_id AND dimension = :dimension AND model = :model
          AND index_id = ANY(CAST(:index_ids AS integer[])) AND vector IS NOT NULL
          AND (CAST(:snippet_ids AS bigint[]) IS NULL
               OR (snippet_id IN (SELECT unnest(CAST(:snippet_ids AS bigint[])))) IS TRUE)
        OFFSET 0
    ) AS of_file
    ORDER BY score DESC, snippet_id LIMIT :limit
    """
)
"""Looks at every vector of the files."""

NEAREST = _for_graphs(
    f"""
    WITH near AS MATERIALIZED (
        SELECT snippet_id, vector FROM vectors WHERE {_PASSES}
        ORDER BY CAST(vector AS halfvec(:dimension)) <#> CAST(CAST(:asked AS real[]) AS halfvec(:dimension))
        LIMIT :candidates
    )
    SELECT snippet_id, -(vector <#> CAST(CAST(:asked AS real[]) AS vector)) AS score
    FROM near ORDER BY score DESC, snippet_id LIMIT :limit
    """  # noqa: S608 - put together of constants
)
"""Takes its candidates from the graph."""

# Nothing but the graph gives rows in order of nearness, so without sorting there is only one way to ask.
BY_GRAPH = text(
    """
    SELECT set_config('hnsw.ef_search', :breadth, true), set_config('hnsw.iterative_scan', 'relaxed_order', true),
           set_config('enable_sort', 'off', true), set_config('enable_seqscan', 'off', true)
    """
)

FOR_BUILDING = text(
    """
    SELECT set_config('lock_timeout', '2s', true), set_config('maintenance_work_mem', :memory, true),
           set_config('max_parallel_maintenance_workers', '0', true)
    """
)
"""Workers in parallel share memory by files, of which containers have little."""


def graph_name(kind: VectorKind, dimension: int) -> str:
    """The name of the HNSW index over the vectors of one kind and dimension."""
    return f"vectors_{kind.value}_{dimension}"


def build(kind: VectorKind, dimension: int) -> TextClause:
    """Makes the HNSW index. Half precision finds the candidates in half the memory; their order is decided exactly."""
    return text(
        f"CREATE INDEX IF NOT EXISTS {graph_name(kind, dimension)} ON vectors"
        f" USING hnsw (CAST(vector AS halfvec({dimension})) halfvec_ip_ops)"
        f" WHERE kind = '{kind.value}' AND dimension = {dimension}"
    )
