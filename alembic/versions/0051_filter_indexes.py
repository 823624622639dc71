"""What filters ask of products is found by indexes."""

from alembic import op

revision = "0051"
down_revision = "0050"

_COLUMNS = {
    "products_kind": "kind",
    "products_colour": "colour_family",
    "products_brand": "lower(brand)",
    "products_price": "currency, price",
}


def upgrade() -> None:
    for name, columns in _COLUMNS.items():
        op.execute(f"CREATE INDEX {name} ON products ({columns})")


def downgrade() -> None:
    for name in _COLUMNS:
        op.execute(f"DROP INDEX {name}")
