"""What a person does on the pages, step by step."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Protocol

import httpx
import psycopg
from playwright.sync_api import Page, expect
from psycopg.types.json import Jsonb

from searchapp.db.engine import psycopg_dsn
from searchapp.domain.ids import new_id
from tests.support.site import Site, wait_until

BANNER = "앱을 닫거나 휴대폰을 잠가도 괜찮아요!"
PHONE = "010-2345-6789"
MASKED = "010-****-6789"
RESULTS = re.compile(r"/results/[\w-]{22}$")

SLOW_FRAMES = """
const soon = globalThis.requestAnimationFrame;
globalThis.requestAnimationFrame = f => soon(() => setTimeout(() => soon(f), 250));
"""
"""What a page does a frame later comes when a test that does not wait for it has read."""


def choose_photo(page: Page, photo: Path) -> None:
    """Opens the first page and picks a photo from the album."""
    page.goto("/")
    page.get_by_test_id("photo-input").first.set_input_files(photo)
    expect(page.get_by_test_id("start-search")).to_be_visible()


def give_phone(page: Page, number: str = PHONE, *, consent: bool = True) -> None:
    """Types a number and ticks the box."""
    page.get_by_test_id("phone-input").locator("visible=true").fill(number)
    if consent:
        page.get_by_test_id("sms-consent").locator("visible=true").check()


def start(page: Page) -> str:
    """Presses the main button; returns the path of the results once the page is there."""
    page.get_by_test_id("start-search").click()
    page.wait_for_url(RESULTS)
    return "/" + page.url.split("/", 3)[3]


def search(page: Page, photo: Path, number: str = "") -> str:
    """A whole search; returns the path of its results."""
    choose_photo(page, photo)
    if number:
        give_phone(page, number)
    return start(page)


def search_by_api(site: Site, photo: Path) -> str:
    """A search without a page, to its end; its id."""
    with httpx.Client(base_url=site.url, trust_env=False, timeout=30) as http:
        answer = http.post("/api/search-job", files={"image": ("a.jpg", photo.read_bytes())})
        job_id: str = answer.json()["jobId"]
        path = f"/api/search-job/{job_id}"
        wait_until(lambda: http.get(path).json()["status"] == "completed")
    return job_id


class OpenResults(Protocol):
    """Opens the results of a search that has ended, one that no other test sees."""

    def __call__(self, page: Page, job_id: str = "") -> str:
        """Opens those of a copy of ``job_id``, or of a search for two garments; their path."""


COPY_SEARCH = """
INSERT INTO searchapp.search_jobs SELECT (jsonb_populate_record(
    job, jsonb_build_object('job_id', %(copy)s::text, 'idempotency_hash', NULL)
)).* FROM searchapp.search_jobs job WHERE job_id = %(job)s
"""
COPY_PHOTO = """
INSERT INTO searchapp.photos SELECT (jsonb_populate_record(
    photo, jsonb_build_object('job_id', %(copy)s::text)
)).* FROM searchapp.photos photo WHERE job_id = %(job)s
"""


def copy_search(site: Site, job_id: str) -> str:
    """Stores a search that has ended once more, under an id of its own."""
    ids = {"copy": new_id(), "job": job_id}
    with psycopg.connect(psycopg_dsn(site.dsn)) as connection:
        for statement in (COPY_SEARCH, COPY_PHOTO):
            assert connection.execute(statement, ids).rowcount == 1
    return ids["copy"]


def see_completed(page: Page) -> None:
    """Waits until the search has ended well."""
    expect(page.locator("[data-status=completed]")).to_be_attached(timeout=30_000)
    expect(page.get_by_test_id("progress")).to_have_attribute("aria-valuenow", "100")


def see_answered(page: Page) -> None:
    """Waits until the server has answered every action that the page has noted."""
    page.wait_for_function("() => (sessionStorage.getItem('pending') ?? '{}') === '{}'")


def stored_items(page: Page) -> list[dict[str, Any]]:
    """The items of the search on the page, as the server has them."""
    answer = page.request.get(f"/api/search-job/{page.url.rpartition('/')[2]}")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def pieces_of(site: Site, page: Page) -> list[dict[str, Any]]:
    """The items of the search on the page with their results, as the database has them."""
    sql = "SELECT results FROM searchapp.search_jobs WHERE job_id = %s"
    with psycopg.connect(psycopg_dsn(site.dsn)) as connection:
        row = connection.execute(sql, (page.url.rpartition("/")[2],)).fetchone()
    assert row is not None
    pieces: list[dict[str, Any]] = row[0]
    return pieces


def put_back(site: Site, page: Page, pieces: list[dict[str, Any]], status: str) -> None:
    """Gives the search on the page these items and this status, as a worker would: pages hear of
    it.  Pause the worker before, which would take the search up again."""
    stage, progress = ("done", 100) if status == "completed" else ("matching", 60)
    sql = (
        "UPDATE searchapp.search_jobs SET version = version + 1, status = %s, stage = %s,"
        " progress = %s, results = %s WHERE job_id = %s"
    )
    job = page.url.rpartition("/")[2]
    with psycopg.connect(psycopg_dsn(site.dsn), autocommit=True) as connection:
        connection.execute(sql, (status, stage, progress, Jsonb(pieces), job))


def unsearched(piece: dict[str, Any]) -> dict[str, Any]:
    """An item before it was searched."""
    return piece | {"status": "pending", "match": None, "results": []}


def clicks(site: Site) -> int:
    """How many looks at a shop were counted."""
    with psycopg.connect(psycopg_dsn(site.dsn)) as connection:
        sql = "SELECT count(*) FROM searchapp.product_feedback WHERE said = 'clicked'"
        row = connection.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Presses Tab until the focus is on ``selector``."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement?.matches(s)", selector):
            return
    raise AssertionError(f"no way by keyboard to {selector}")
