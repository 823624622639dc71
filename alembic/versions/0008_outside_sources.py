"""How it went with outside sources, and their queries of a day."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("""
ALTER TABLE search_jobs ADD sources jsonb NOT NULL DEFAULT '[]'::jsonb;
CREATE TABLE outside_days (
    day date PRIMARY KEY,
    n integer NOT NULL CONSTRAINT outside_days_n CHECK (n >= 0)
)
""")


def downgrade() -> None:
    op.execute("DROP TABLE outside_days; ALTER TABLE search_jobs DROP sources")
