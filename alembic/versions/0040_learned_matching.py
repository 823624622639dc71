"""What an operator's own catalogue taught the matching: a projection, and numbers of verdicts."""

from alembic import op

revision = "0040"
down_revision = "0021"


def upgrade() -> None:
    op.execute("""
CREATE TABLE learned_matching (
    model text NOT NULL,
    what text NOT NULL CONSTRAINT what_known CHECK (what IN ('projection', 'numbers')),
    data bytea NOT NULL,
    report jsonb NOT NULL,
    learned_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (model, what)
);
ALTER TABLE learned_matching ENABLE ROW LEVEL SECURITY
""")


def downgrade() -> None:
    op.execute("DROP TABLE learned_matching")
