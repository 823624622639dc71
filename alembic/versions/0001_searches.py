"""Searches, photos, tombstones, switches, and the queue."""

from importlib.resources import files

from alembic import op

revision = "0001"
down_revision = None

_UP = """
CREATE TABLE search_jobs (
    job_id text PRIMARY KEY,
    version integer NOT NULL DEFAULT 1,
    status text NOT NULL,
    stage text NOT NULL,
    progress integer NOT NULL DEFAULT 0,
    results jsonb NOT NULL DEFAULT '[]',
    attempt integer NOT NULL DEFAULT 0,
    run_token uuid,
    error_code text,
    lang text NOT NULL DEFAULT 'ko',
    choosing boolean NOT NULL DEFAULT false,
    outside_consent boolean NOT NULL DEFAULT false,
    photo_width integer,
    photo_height integer,
    stage_times jsonb NOT NULL DEFAULT '{}',
    sms_expected boolean NOT NULL DEFAULT false,
    sms_reason text,
    sms text,
    phone_cipher bytea,
    phone_hash bytea,
    phone_key text,
    phone_masked text,
    consent_at timestamptz,
    consent_text text,
    ip_hash bytea,
    idempotency_hash bytea UNIQUE,
    request_digest bytea,
    share_id text UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    claimed_at timestamptz,
    finished_at timestamptz,
    deadline_at timestamptz,
    expires_at timestamptz NOT NULL,
    CONSTRAINT status_known
        CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')),
    CONSTRAINT stage_known
        CHECK (stage IN ('queued', 'reading', 'regions', 'choosing', 'matching', 'finishing',
                         'done')),
    CONSTRAINT progress_percent CHECK (progress BETWEEN 0 AND 100)
);
CREATE INDEX search_jobs_active ON search_jobs (updated_at) WHERE finished_at IS NULL;
CREATE INDEX search_jobs_expires ON search_jobs (expires_at);
CREATE INDEX search_jobs_ip ON search_jobs (ip_hash, created_at);
CREATE INDEX search_jobs_phone ON search_jobs (phone_hash) WHERE phone_hash IS NOT NULL;

-- Whoever listens hears of every new version, and of a job that is gone (version 0).
CREATE FUNCTION search_jobs_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM pg_notify('searchapp_jobs', OLD.job_id || ':0');
    ELSE
        PERFORM pg_notify('searchapp_jobs', NEW.job_id || ':' || NEW.version);
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER search_jobs_tell_insert_delete AFTER INSERT OR DELETE ON search_jobs
    FOR EACH ROW EXECUTE FUNCTION search_jobs_tell();
CREATE TRIGGER search_jobs_tell_update AFTER UPDATE ON search_jobs
    FOR EACH ROW WHEN (OLD.version IS DISTINCT FROM NEW.version)
    EXECUTE FUNCTION search_jobs_tell();

CREATE TABLE photos (
    job_id text PRIMARY KEY REFERENCES search_jobs (job_id) ON DELETE CASCADE,
    original bytea,
    upright bytea
);
-- Pictures are compressed already: storing them plainly saves the attempt.
ALTER TABLE photos ALTER original SET STORAGE EXTERNAL, ALTER upright SET STORAGE EXTERNAL;

CREATE TABLE tombstones (
    id_hash bytea PRIMARY KEY,
    reason text NOT NULL CONSTRAINT reason_known CHECK (reason IN ('expired', 'erased')),
    at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE pulse (
    one boolean PRIMARY KEY DEFAULT true CONSTRAINT pulse_one CHECK (one),
    at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO pulse DEFAULT VALUES;

CREATE TABLE switches (
    name text PRIMARY KEY,
    value text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
"""

_DOWN = """
DROP TABLE switches, pulse, tombstones, photos, search_jobs;
DROP FUNCTION search_jobs_tell;
DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs,
    procrastinate_workers CASCADE;
DO $$
DECLARE thing record;
BEGIN
    FOR thing IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = 'searchapp'::regnamespace AND proname LIKE 'procrastinate%'
    LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', thing.name);
    END LOOP;
    FOR thing IN SELECT format('searchapp.%I', typname) AS name FROM pg_type
        WHERE typnamespace = 'searchapp'::regnamespace AND typname LIKE 'procrastinate%'
    LOOP
        EXECUTE format('DROP TYPE IF EXISTS %s CASCADE', thing.name);
    END LOOP;
END
$$;
"""


def _execute(sql: str) -> None:
    # Straight to the driver: the queue's schema has percent signs and several statements.
    op.get_bind().connection.driver_connection.execute(sql)


def upgrade() -> None:
    _execute(_UP)
    _execute(files("procrastinate.sql").joinpath("schema.sql").read_text())


def downgrade() -> None:
    _execute(_DOWN)
