"""Variants of a garment, products whose pictures are still to be fetched, feeds on a schedule."""

from alembic import op

revision = "0020"
down_revision = "0008"


def upgrade() -> None:
    op.execute("""
ALTER TABLE products
    ADD group_key text NOT NULL DEFAULT '',
    ADD size text NOT NULL DEFAULT '',
    ADD original_price numeric(14, 2),
    ADD fields jsonb,
    ADD pending_at timestamptz,
    ADD pending_attempts integer NOT NULL DEFAULT 0,
    ADD pending_error text NOT NULL DEFAULT '';
UPDATE products SET group_key = 'p:' || image_key || ':';
CREATE INDEX products_group ON products (group_key, feed);
CREATE INDEX products_pending ON products (pending_at) WHERE pending_at IS NOT NULL;
ALTER TABLE catalogue_imports ADD error text NOT NULL DEFAULT '';
CREATE TABLE feed_schedules (
    feed text PRIMARY KEY,
    address bytea NOT NULL,
    shown_address text NOT NULL,
    every_seconds integer NOT NULL CONSTRAINT feed_schedules_every CHECK (every_seconds >= 300),
    options jsonb NOT NULL DEFAULT '{}'::jsonb,
    etag text NOT NULL DEFAULT '',
    next_at timestamptz NOT NULL,
    last_success_at timestamptz,
    last_error text NOT NULL DEFAULT ''
);
ALTER TABLE feed_schedules ENABLE ROW LEVEL SECURITY
""")


def downgrade() -> None:
    op.execute("""
DROP TABLE feed_schedules;
ALTER TABLE catalogue_imports DROP error;
DELETE FROM products WHERE image_key = '';
DROP INDEX products_pending;
DROP INDEX products_group;
ALTER TABLE products
    DROP pending_error, DROP pending_attempts, DROP pending_at, DROP fields,
    DROP original_price, DROP size, DROP group_key
""")
