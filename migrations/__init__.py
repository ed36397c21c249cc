"""The database's history, step by step (Alembic). `greenblock migrate` brings a database to the newest one."""
