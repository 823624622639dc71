"""When to ask a provider without signed reports what became of a sent message."""

from alembic import op

revision = "0030"
down_revision = "0020"


def upgrade() -> None:
    op.execute("""
ALTER TABLE messages ADD check_at timestamptz;
CREATE INDEX messages_check ON messages (check_at) WHERE check_at IS NOT NULL
""")


def downgrade() -> None:
    op.execute("ALTER TABLE messages DROP check_at")
