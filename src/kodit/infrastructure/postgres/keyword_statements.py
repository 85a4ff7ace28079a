"""The statements of the keyword index. Its tables are made by a migration.

Texts travel in arrays, whose elements nothing on the way changes.
"""

from sqlalchemy import text

NEXT_NUMBERS = text("SELECT nextval('keyword_document_numbers') FROM generate_series(1, :count)")

REMOVE = text(
    """
    WITH gone AS (
        DELETE FROM keyword_documents
        WHERE index_id = :index_id AND snippet_id = ANY(CAST(:snippet_ids AS bigint[]))
        RETURNING lengths
    ), counted AS (
        SELECT field, count(*) AS documents, sum(lengths[field]) AS tokens
        FROM gone, generate_series(1, 4) AS field GROUP BY field
    )
    UPDATE keyword_sizes SET documents = keyword_sizes.documents - counted.documents,
                             tokens = keyword_sizes.tokens - counted.tokens
    FROM counted WHERE keyword_sizes.index_id = :index_id AND keyword_sizes.field = counted.field
    """
)

ADD_DOCUMENTS = text(
    """
    WITH added AS (
        INSERT INTO keyword_documents (number, index_id, snippet_id, language, path, lengths)
        SELECT number, :index_id, snippet_id, language, path, CAST(lengths AS integer[])
        FROM unnest(CAST(:numbers AS bigint[]), CAST(:snippet_ids AS bigint[]), CAST(:languages AS text[]),
                    CAST(:paths AS text[]), CAST(:lengths AS text[]))
             AS given(number, snippet_id, language, path, lengths)
        RETURNING lengths
    )
    INSERT INTO keyword_sizes (index_id, field, documents, tokens)
    SELECT :index_id, field, count(*), sum(lengths[field]) FROM added, generate_series(1, 4) AS field GROUP BY field
    ON CONFLICT (index_id, field) DO UPDATE
    SET documents = keyword_sizes.documents + excluded.documents, tokens = keyword_sizes.tokens + excluded.tokens
    """
)

ADD_SEGMENT = text("INSERT INTO keyword_segments (documents) VALUES (:documents) RETURNING id")

ADD_POSTINGS = text(
    """
    INSERT INTO keyword_postings (field, token, segment, held, postings)
    SELECT field, token, :segment, cardinality(postings), postings
    FROM (SELECT field, token, CAST(postings AS bigint[]) AS postings
          FROM unnest(CAST(:fields AS smallint[]), CAST(:tokens AS text[]), CAST(:postings AS text[]))
               AS given(field, token, postings)) AS lists
    """
)

CLEAR = (
    text("DELETE FROM keyword_documents WHERE index_id = :index_id"),
    text("DELETE FROM keyword_sizes WHERE index_id = :index_id"),
)

IDS = text("SELECT snippet_id FROM keyword_documents WHERE index_id = :index_id")

SEGMENTS = text("SELECT id, documents FROM keyword_segments")

LIVING = text("SELECT coalesce(sum(documents), 0) FROM keyword_sizes WHERE field = 1")

MERGE = text(
    """
    WITH old AS (
        DELETE FROM keyword_postings WHERE segment = ANY(CAST(:segments AS bigint[])) RETURNING field, token, postings
    )
    INSERT INTO keyword_postings (field, token, segment, held, postings)
    SELECT field, token, :segment, count(*), array_agg(posting)
    FROM old, unnest(postings) AS posting
    WHERE posting >> 24 IN (SELECT number FROM keyword_documents)
    GROUP BY field, token
    """
)

DROP_SEGMENTS = text("DELETE FROM keyword_segments WHERE id = ANY(CAST(:segments AS bigint[]))")

# Materialised, or the factors would be computed for each posting. Scores are added up as whole numbers, so that equal
# documents score the same in whatever order their tokens come.
SEARCH = text(
    """
    WITH asked AS (
        SELECT * FROM unnest(CAST(:fields AS smallint[]), CAST(:tokens AS text[]), CAST(:weights AS float8[]))
                      AS asked(field, token, weight)
    ), sizes AS (
        SELECT field, CAST(sum(documents) AS float8) AS documents,
               greatest(CAST(sum(tokens) AS float8) / greatest(CAST(sum(documents) AS float8), 1), 1e-9) AS average
        FROM keyword_sizes GROUP BY field
    ), found AS (
        SELECT field, token, weight, postings, documents, average,
               least(CAST(sum(held) OVER (PARTITION BY field, token) AS float8), documents) AS held
        FROM asked JOIN keyword_postings USING (field, token) JOIN sizes USING (field)
    ), terms AS MATERIALIZED (
        SELECT postings, CAST(:k1 AS float8) * (1 - CAST(:b AS float8)) AS least_length,
               CAST(:k1 AS float8) * CAST(:b AS float8) / average AS each_token,
               CAST(:unit AS float8) * weight * (CAST(:k1 AS float8) + 1)
               * ln(1 + (documents - held + 0.5) / (held + 0.5)) AS most
        FROM found
    ), scored AS (
        SELECT posting >> 24 AS number,
               sum(greatest(1, CAST(most * (posting & 255)
                   / ((posting & 255) + least_length + each_token * ((posting >> 8) & 65535)) AS integer))) AS score
        FROM (SELECT most, least_length, each_token, unnest(postings) AS posting FROM terms) AS unpacked
        GROUP BY posting >> 24
    ), best AS (
        SELECT number, score FROM scored ORDER BY score DESC FETCH FIRST :most ROWS WITH TIES
    )
    SELECT snippet_id, score FROM best JOIN keyword_documents USING (number)
    WHERE (CAST(:index_ids AS integer[]) IS NULL OR index_id = ANY(CAST(:index_ids AS integer[])))
      AND (CAST(:languages AS text[]) IS NULL OR language = ANY(CAST(:languages AS text[])))
      AND (CAST(:paths AS text[]) IS NULL OR path ~ ANY(CAST(:paths AS text[])))
      AND (CAST(:file_paths AS text[]) IS NULL OR (index_id, path) IN (
          SELECT * FROM unnest(CAST(:file_indexes AS integer[]), CAST(:file_paths AS text[]))))
      AND (CAST(:snippet_ids AS bigint[]) IS NULL OR snippet_id IN (SELECT unnest(CAST(:snippet_ids AS bigint[]))))
    ORDER BY score DESC, snippet_id LIMIT :limit
    """
)
"""The best `limit` of the best `most` that pass the filters and are not gone: postings of documents that are gone stay
until they are merged away."""
