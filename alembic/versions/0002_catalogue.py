"""The catalogue: products, their pictures and views, imports, feedback."""

from alembic import op

revision = "0002"
down_revision = "0001"

_EXTENSION = """
DO $$
BEGIN
    -- Supabase keeps extensions in a schema of their own; elsewhere they live in public.
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'vector') THEN
        NULL;
    ELSIF EXISTS (SELECT FROM pg_namespace WHERE nspname = 'extensions') THEN
        CREATE EXTENSION vector WITH SCHEMA extensions;
    ELSE
        CREATE EXTENSION vector WITH SCHEMA public;
    END IF;
END
$$;
"""

_UP = """
CREATE TABLE products (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed text NOT NULL,
    feed_id text NOT NULL,
    title text NOT NULL,
    link text NOT NULL,
    brand text NOT NULL,
    category text NOT NULL,
    kind text NOT NULL,
    colour text NOT NULL,
    colour_family text NOT NULL,
    price numeric(14, 2),
    currency text,
    in_stock boolean NOT NULL,
    image_key text NOT NULL,
    row_digest bytea NOT NULL,
    pictures jsonb NOT NULL DEFAULT '[]',
    model text NOT NULL,
    checked_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT products_feed_id UNIQUE (feed, feed_id)
);
CREATE INDEX products_image_key ON products (image_key);

CREATE TABLE product_pictures (
    product bigint NOT NULL REFERENCES products (number) ON DELETE CASCADE,
    ordinal smallint NOT NULL,
    jpeg bytea NOT NULL,
    PRIMARY KEY (product, ordinal)
);
ALTER TABLE product_pictures ALTER jpeg SET STORAGE EXTERNAL;

CREATE TABLE product_views (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product bigint NOT NULL REFERENCES products (number) ON DELETE CASCADE,
    ordinal smallint NOT NULL,
    kind text NOT NULL,
    embedding halfvec(512) NOT NULL,
    extras bytea NOT NULL,
    detail bytea
);
-- Vectors and descriptors do not compress; vectors stay in the row, next to what is read with them.
ALTER TABLE product_views ALTER embedding SET STORAGE PLAIN, ALTER extras SET STORAGE PLAIN,
    ALTER detail SET STORAGE EXTERNAL;
CREATE INDEX product_views_product ON product_views (product);
CREATE INDEX product_views_embedding ON product_views
    USING hnsw (embedding halfvec_ip_ops) WITH (m = 24, ef_construction = 80);

CREATE TABLE catalogue_imports (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed text NOT NULL,
    source text NOT NULL,
    state text NOT NULL CONSTRAINT state_known CHECK (state IN ('running', 'done', 'failed')),
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    added integer NOT NULL DEFAULT 0,
    changed integer NOT NULL DEFAULT 0,
    unchanged integer NOT NULL DEFAULT 0,
    refused integer NOT NULL DEFAULT 0,
    removed integer NOT NULL DEFAULT 0,
    refusals jsonb NOT NULL DEFAULT '[]'
);
CREATE INDEX catalogue_imports_feed ON catalogue_imports (feed, started_at);

CREATE TABLE product_feedback (
    vote_hash bytea PRIMARY KEY,
    product bigint NOT NULL REFERENCES products (number) ON DELETE CASCADE,
    label text NOT NULL,
    said text NOT NULL CONSTRAINT said_known CHECK (said IN ('confirmed', 'rejected', 'clicked')),
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX product_feedback_product ON product_feedback (product, label);

CREATE TABLE outside_pictures (
    image_key text PRIMARY KEY,
    jpeg bytea NOT NULL,
    expires_at timestamptz NOT NULL
);
ALTER TABLE outside_pictures ALTER jpeg SET STORAGE EXTERNAL;
CREATE INDEX outside_pictures_expires ON outside_pictures (expires_at);
"""

_DOWN = """
DROP TABLE outside_pictures, product_feedback, catalogue_imports, product_views,
    product_pictures, products;
"""


def _execute(sql: str) -> None:
    op.get_bind().connection.driver_connection.execute(sql)


def upgrade() -> None:
    _execute(_EXTENSION)
    _execute(_UP)


def downgrade() -> None:
    _execute(_DOWN)
