"""Keys of the catalogue API."""

from alembic import op

revision = "0015"
down_revision = "0010"


def upgrade() -> None:
    op.execute("""
CREATE TABLE api_keys (
    name text PRIMARY KEY,
    key_hash bytea NOT NULL UNIQUE,
    scope text NOT NULL CONSTRAINT scope_known CHECK (scope IN ('read', 'write')),
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz
)
""")


def downgrade() -> None:
    op.execute("DROP TABLE api_keys")
