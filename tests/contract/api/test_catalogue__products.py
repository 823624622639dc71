"""Product pictures, from this server and kept for good; and more like a product."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import text

from searchapp.db.engine import transaction
from tests.support.web import ApiHarness

KEY = "k3y_-9"


async def add_product(harness: ApiHarness) -> None:
    async with transaction(harness.services.engine) as session:
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
            text("INSERT INTO catalogue_pictures VALUES (:key, '', :jpeg)"),
            {"key": KEY, "jpeg": b"\xff\xd8small"},
        )
        await session.execute(
            text("INSERT INTO product_pictures VALUES (:number, 0, :key)"),
            {"number": number, "key": KEY},
        )


async def test_image__may_be_kept_for_good(harness: ApiHarness, http: httpx.AsyncClient) -> None:
    await add_product(harness)
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


async def test_similar__of_a_product_without_views(
    harness: ApiHarness, http: httpx.AsyncClient
) -> None:
    await add_product(harness)
    answer = await http.get("/api/products/f:1/similar")
    assert (answer.status_code, answer.json()) == (200, {"results": []})


@pytest.mark.parametrize("product", ["f:2", "nothing", "f%3A2%2F3", "x" * 401, "f:%00"])
async def test_similar__of_nothing(http: httpx.AsyncClient, product: str) -> None:
    answer = await http.get(f"/api/products/{product}/similar")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
