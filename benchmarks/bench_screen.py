"""From a worker's write to the browser's screen: a real web process, a real Chromium.

Run it with ``make bench-screen``.  Each step is one committed write of progress, as workers write
it; the page notes when its progress bar has changed.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
from playwright.async_api import Page, async_playwright

from searchapp.db.engine import make_engine, transaction
from searchapp.db.repositories import claims
from searchapp.domain.search import Box, Item, ItemStatus
from searchapp.postgres import EmbeddedPostgres
from tests.support.commands import environment, free_port, running
from tests.support.folders import make_server_folder

STEPS = 40
PAUSE = 0.7
"""Seconds between two writes; a page is told at most every 0.4 s."""

_NOTE = """() => {
  window.seen = {};
  new MutationObserver(() => {
    const bar = document.querySelector('[data-testid=progress]');
    const now = bar && bar.getAttribute('aria-valuenow');
    if (now && !(now in window.seen)) window.seen[now] = Date.now();
  }).observe(document, {subtree: true, childList: true, attributes: true});
}"""


async def main() -> None:
    data = make_server_folder()
    port = free_port()
    log = Path(tempfile.mkdtemp()) / "web.log"
    try:
        with running("web", "--port", str(port), env=environment(data), log=log):
            delays = await measure(EmbeddedPostgres(data).dsn, f"http://localhost:{port}")
    finally:
        EmbeddedPostgres(data).stop()
        shutil.rmtree(data)
    delays.sort()
    print(f"write -> screen, {len(delays)} of {STEPS} writes seen")
    print(
        f"median {statistics.median(delays):.0f} ms, p95 {delays[int(len(delays) * 0.95)]:.0f} ms"
    )


async def measure(dsn: str, base: str) -> list[float]:
    """Milliseconds from each commit to the change on the page."""
    photo = Path(__file__).parents[1] / "assets" / "samples" / "rug.jpg"
    async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
        answer = await http.post("/api/search-job", files={"image": photo.read_bytes()})
    job_id = answer.json()["jobId"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = await browser.new_page()
        await page.goto(f"{base}/results/{job_id}")
        await page.wait_for_selector("[data-testid=progress]")
        delays = await _write(dsn, job_id, page)
        await browser.close()
    return delays


async def _write(dsn: str, job_id: str, page: Page) -> list[float]:
    engine = make_engine(dsn)
    now = datetime.now(UTC)
    item = Item("i1", "top", Box(0, 0, 300, 300), ItemStatus.PROCESSING)
    async with transaction(engine) as session:
        claim = await claims.claim(session, job_id, uuid4(), now)
        assert claim is not None
        await claims.store_items(session, claim, (item,), now)
    await asyncio.sleep(2)
    await page.evaluate(_NOTE)
    written: dict[str, float] = {}
    for progress in range(40, 40 + STEPS):
        async with transaction(engine) as session:
            await claims.store_changed(session, claim, {0: item}, progress, datetime.now(UTC))
        written[str(progress)] = datetime.now(UTC).timestamp() * 1000
        await asyncio.sleep(PAUSE)
    await engine.dispose()
    seen: dict[str, float] = await page.evaluate("() => window.seen")
    return [seen[step] - at for step, at in written.items() if step in seen]


if __name__ == "__main__":
    asyncio.run(main())
