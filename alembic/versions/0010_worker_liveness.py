"""Worker processes, the heartbeats of running searches, refused numbers, operators' actions."""

from alembic import op

revision = "0010"
down_revision = "0030"


def upgrade() -> None:
    op.execute("""
CREATE TABLE workers (
    presence integer PRIMARY KEY,
    worker_id bigint,
    host text NOT NULL,
    pid integer NOT NULL,
    clock_skew real NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE job_heartbeats (
    job_id text PRIMARY KEY,
    run_token uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE refused_numbers (
    phone_hash bytea PRIMARY KEY,
    code text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE operator_actions (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    outcome text NOT NULL
)
""")


def downgrade() -> None:
    op.execute("DROP TABLE operator_actions, refused_numbers, job_heartbeats, workers")
