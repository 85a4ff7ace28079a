"""How alembic reaches the database: through the connection that kodit hands it."""

from alembic import context

from kodit.infrastructure.sql.code_tables import metadata

for table in metadata.tables.values():
    for index in table.indexes:
        index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
