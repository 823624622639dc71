"""The operator's page: sessions, attempts to log in, and what finished when."""

from alembic import op

revision = "0004"
down_revision = "0003"

_UP = """
CREATE TABLE admin_sessions (
    token_hash bytea PRIMARY KEY,
    password_mark bytea NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE login_attempts (
    key bytea PRIMARY KEY,
    failures integer NOT NULL,
    at timestamptz NOT NULL,
    blocked_until timestamptz
);

CREATE INDEX search_jobs_finished ON search_jobs (finished_at) WHERE finished_at IS NOT NULL;
"""


def upgrade() -> None:
    # Straight to the driver, which takes several statements at once.
    op.get_bind().connection.driver_connection.execute(_UP)


def downgrade() -> None:
    op.execute("DROP INDEX search_jobs_finished")
    op.execute("DROP TABLE admin_sessions, login_attempts")
