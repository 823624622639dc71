"""Photos may lie in an object store: their names there."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("ALTER TABLE photos ADD COLUMN original_key text, ADD COLUMN upright_key text")
    op.execute("CREATE UNIQUE INDEX photos_original_key ON photos (original_key)")
    op.execute("CREATE UNIQUE INDEX photos_upright_key ON photos (upright_key)")


def downgrade() -> None:
    op.execute("ALTER TABLE photos DROP COLUMN original_key, DROP COLUMN upright_key")
