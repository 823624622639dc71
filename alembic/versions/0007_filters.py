"""What a search is narrowed down to; NULL narrows nothing, and older code leaves it alone."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("ALTER TABLE search_jobs ADD COLUMN filters jsonb")


def downgrade() -> None:
    op.execute("ALTER TABLE search_jobs DROP COLUMN filters")
