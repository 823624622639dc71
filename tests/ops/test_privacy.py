"""docs/privacy.md speaks of every table there is, and of no other."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg

from searchapp.db.engine import psycopg_dsn

DOCUMENT = Path(__file__).parents[2] / "docs" / "privacy.md"


def documented(text: str) -> list[str]:
    """The names in the first column of the table of tables."""
    section = text.split("## In the database", 1)[1].split("## Elsewhere", 1)[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]


def test_privacy__names_every_table_once(database: str) -> None:
    with psycopg.connect(psycopg_dsn(database)) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'searchapp'")
        tables = sorted(row[0] for row in rows)
    assert sorted(documented(DOCUMENT.read_text())) == tables
