"""Pictures are kept once, with their views, however many products show them."""

from alembic import op

revision = "0050"
down_revision = "0040"

_UP = """
CREATE TABLE catalogue_pictures (
    image_key text PRIMARY KEY,
    model text NOT NULL,
    jpeg bytea NOT NULL
);
ALTER TABLE catalogue_pictures ALTER jpeg SET STORAGE EXTERNAL;
ALTER TABLE catalogue_pictures ENABLE ROW LEVEL SECURITY;

-- The key is made of the bytes; the main one's is that of the product, whoever made it.
CREATE TEMPORARY TABLE keyed ON COMMIT DROP AS
SELECT k.product, k.ordinal, p.model, CASE WHEN k.ordinal = 0 AND p.image_key <> ''
    THEN p.image_key
    ELSE translate(encode(substring(sha256(k.jpeg) for 15), 'base64'), '+/', '-_') END AS image_key
FROM product_pictures k JOIN products p ON p.number = k.product;

CREATE TEMPORARY TABLE firsts ON COMMIT DROP AS
SELECT DISTINCT ON (image_key) image_key, product, ordinal, model FROM keyed
ORDER BY image_key, product DESC, ordinal;

INSERT INTO catalogue_pictures
SELECT f.image_key, f.model, k.jpeg FROM firsts f JOIN product_pictures k USING (product, ordinal);

ALTER TABLE product_pictures DROP COLUMN jpeg, ADD COLUMN image_key text;
UPDATE product_pictures p SET image_key = k.image_key FROM keyed k
WHERE (k.product, k.ordinal) = (p.product, p.ordinal);
ALTER TABLE product_pictures ALTER image_key SET NOT NULL,
    ADD CONSTRAINT product_pictures_picture FOREIGN KEY (image_key) REFERENCES catalogue_pictures;
CREATE INDEX product_pictures_picture ON product_pictures (image_key);

DROP INDEX product_views_embedding;
ALTER TABLE product_views ADD COLUMN image_key text;
UPDATE product_views v SET image_key = f.image_key FROM firsts f
WHERE (f.product, f.ordinal) = (v.product, v.ordinal);
DELETE FROM product_views WHERE image_key IS NULL;
ALTER TABLE product_views DROP COLUMN product, DROP COLUMN ordinal,
    ALTER image_key SET NOT NULL, ADD CONSTRAINT product_views_picture
    FOREIGN KEY (image_key) REFERENCES catalogue_pictures ON DELETE CASCADE;
CREATE INDEX product_views_picture ON product_views (image_key);
CREATE INDEX product_views_embedding ON product_views
    USING hnsw (embedding halfvec_ip_ops) WITH (m = 24, ef_construction = 80);
"""

_DOWN = """
DROP INDEX product_views_embedding;
ALTER TABLE product_pictures ADD COLUMN jpeg bytea;
ALTER TABLE product_pictures ALTER jpeg SET STORAGE EXTERNAL;
UPDATE product_pictures p SET jpeg = c.jpeg FROM catalogue_pictures c
WHERE c.image_key = p.image_key;
ALTER TABLE product_pictures ALTER jpeg SET NOT NULL;

ALTER TABLE product_views ADD COLUMN ordinal smallint,
    ADD COLUMN product bigint REFERENCES products (number) ON DELETE CASCADE;
INSERT INTO product_views (product, ordinal, image_key, kind, embedding, extras, detail)
SELECT p.product, p.ordinal, v.image_key, v.kind, v.embedding, v.extras, v.detail
FROM product_views v JOIN product_pictures p USING (image_key);
DELETE FROM product_views WHERE product IS NULL;
ALTER TABLE product_views DROP COLUMN image_key,
    ALTER product SET NOT NULL, ALTER ordinal SET NOT NULL;
ALTER TABLE product_pictures DROP COLUMN image_key;
CREATE INDEX product_views_product ON product_views (product);
CREATE INDEX product_views_embedding ON product_views
    USING hnsw (embedding halfvec_ip_ops) WITH (m = 24, ef_construction = 80);
DROP TABLE catalogue_pictures;
"""


def _execute(sql: str) -> None:
    op.get_bind().connection.driver_connection.execute(sql)


def upgrade() -> None:
    _execute(_UP)


def downgrade() -> None:
    _execute(_DOWN)
