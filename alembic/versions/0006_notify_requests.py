"""What was asked about a search's message, so that the same request under one key counts once."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
CREATE TABLE notify_requests (
    job_id text NOT NULL REFERENCES search_jobs (job_id) ON DELETE CASCADE,
    key_hash bytea NOT NULL,
    digest bytea NOT NULL,
    reason text,
    PRIMARY KEY (job_id, key_hash)
)
""")


def downgrade() -> None:
    op.execute("DROP TABLE notify_requests")
