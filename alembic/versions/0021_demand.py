"""What is looked for and how well it is found, by day, kind and colour: no photo, no person."""

from alembic import op

revision = "0021"
down_revision = "0015"


def upgrade() -> None:
    op.execute("""
CREATE TABLE demand_days (
    day date NOT NULL,
    kind text NOT NULL,
    colour text NOT NULL,
    match text NOT NULL CONSTRAINT match_known CHECK (match IN ('same', 'similar', 'none')),
    n integer NOT NULL,
    PRIMARY KEY (day, kind, colour, match)
);
ALTER TABLE demand_days ENABLE ROW LEVEL SECURITY
""")


def downgrade() -> None:
    op.execute("DROP TABLE demand_days")
