"""Text messages: the outbox, the caps, the days' totals, the local inbox."""

from alembic import op

revision = "0003"
down_revision = "0002"

_UP = """
CREATE TABLE messages (
    message_id text PRIMARY KEY,
    job_id text NOT NULL REFERENCES search_jobs (job_id) ON DELETE CASCADE,
    ordinal integer NOT NULL,
    kind text NOT NULL CONSTRAINT kind_known CHECK (kind IN ('results', 'failure')),
    request_hash bytea,
    matches integer NOT NULL DEFAULT 0,
    lang text NOT NULL DEFAULT 'ko',
    state text NOT NULL CONSTRAINT state_known
        CHECK (state IN ('pending', 'sending', 'unknown', 'sent', 'delivered', 'undelivered',
                         'failed')),
    due_at timestamptz NOT NULL,
    claim_token uuid,
    called_at timestamptz,
    claims integer NOT NULL DEFAULT 0,
    requeues integer NOT NULL DEFAULT 0,
    absent integer NOT NULL DEFAULT 0,
    look_failures integer NOT NULL DEFAULT 0,
    provider_id text,
    error text,
    permanent boolean NOT NULL DEFAULT false,
    phone_cipher bytea,
    phone_hash bytea,
    phone_key text,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT messages_ordinal UNIQUE (job_id, ordinal)
);
CREATE UNIQUE INDEX messages_automatic ON messages (job_id, kind) WHERE request_hash IS NULL;
CREATE UNIQUE INDEX messages_request ON messages (job_id, request_hash);
CREATE INDEX messages_due ON messages (due_at) WHERE state IN ('pending', 'sending', 'unknown');
CREATE INDEX messages_provider ON messages (provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX messages_phone ON messages (phone_hash) WHERE phone_hash IS NOT NULL;

CREATE TABLE sms_counters (
    day date NOT NULL,
    scope text NOT NULL CONSTRAINT scope_known CHECK (scope IN ('number', 'ip', 'site')),
    key bytea NOT NULL,
    n integer NOT NULL CONSTRAINT sms_counters_n CHECK (n >= 0),
    PRIMARY KEY (day, scope, key)
);

CREATE TABLE sms_days (
    day date PRIMARY KEY,
    accepted integer NOT NULL DEFAULT 0,
    segments integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0
);

CREATE TABLE inbox_messages (
    inbox_id text PRIMARY KEY,
    message_id text NOT NULL REFERENCES messages (message_id) ON DELETE CASCADE,
    masked text NOT NULL,
    body text NOT NULL,
    link text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX inbox_messages_at ON inbox_messages (at);
"""


def upgrade() -> None:
    # Straight to the driver, which takes several statements at once.
    op.get_bind().connection.driver_connection.execute(_UP)


def downgrade() -> None:
    op.execute("DROP TABLE inbox_messages, sms_days, sms_counters, messages")
