"""Product pictures: from this server, for as long as anybody likes."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import text

from searchapp.db.engine import transaction
from tests.support.web import House

KEY = "k3y_-9"


async def add_product(house: House) -> None:
    async with transaction(house.services.engine) as session:
        number = await session.scalar(
            text(
                "INSERT INTO products (feed, feed_id, title, link, brand, category, kind, colour,"
                " colour_family, image_key, row_digest, model, checked_at, updated_at, in_stock)"
                " VALUES ('f', '1', 't', 'l', '', '', 'top', '', '', :key, '', '', now(), now(),"
                " true) RETURNING number"
            ),
            {"key": KEY},
        )
        await session.execute(
            text("INSERT INTO product_pictures VALUES (:number, 0, :jpeg)"),
            {"number": number, "jpeg": b"\xff\xd8small"},
        )


async def test_image__may_be_kept_for_good(house: House, http: httpx.AsyncClient) -> None:
    await add_product(house)
    answer = await http.get(f"/api/products/{KEY}/image")
    assert answer.content == b"\xff\xd8small"
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("key", ["none", "x" * 65, "a.b", "%27", "..", "1%00"])
async def test_image__of_nothing(http: httpx.AsyncClient, key: str) -> None:
    answer = await http.get(f"/api/products/{key}/image")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert answer.headers["cache-control"] == "no-store"
