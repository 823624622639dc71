"""Postgres: the embedded server, the engine, the tables, and every query.  SQL lives here only."""
