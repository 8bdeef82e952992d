"""Alembic's entry: use the connection, and the transaction, that the caller gave."""

from alembic import context

from bartizan.register.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the caller's transaction holds all migrations, or none
    render_as_batch=True,
)
context.run_migrations()
