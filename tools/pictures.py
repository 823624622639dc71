"""Makes the pictures of the README from the demo: ``make pictures``.

Starts the product on a data folder of its own, plays the story in a real browser and writes
``docs/pictures/``: ``story.gif`` (photo, locked phone, message, results), ``results.webp`` and
``admin.webp``; together at most 1.5 MB.  ``assets/images/screen-*.webp`` show the results where a
browser offers to install the page.
"""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.browsers import chromium

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "pictures"
SCREENS = ROOT / "assets" / "images"
PHOTO = ROOT / "assets" / "samples" / "hanger.jpg"
DESK_PHOTO = ROOT / "assets" / "samples" / "floor.jpg"

PORT = 3999
URL = f"http://localhost:{PORT}"
PASSWORD = "pictures of the demo"  # noqa: S105  # Of a server that lives for a minute.

READY_SECONDS = 600
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1240, "height": 780}
GIF_WIDTH, GIF_COLOURS = 260, 96
MAX_BYTES = 1_500_000


@contextmanager
def product() -> Iterator[None]:
    """The product with the demo catalogue, started by its own command."""
    with tempfile.TemporaryDirectory(prefix="searchapp-pictures-") as folder:
        settings = {"SEARCHAPP_DATA_DIR": folder, "SEARCHAPP_ADMIN_PASSWORD": PASSWORD}
        command = [sys.executable, "-m", "searchapp", "up", "--port", str(PORT)]
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | settings, stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            signal.alarm(READY_SECONDS)
            for line in process.stdout:
                if line.startswith("ready"):
                    break
            else:
                raise SystemExit("error: the product did not start; see the lines above")
            signal.alarm(0)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def tell_story(page: Page) -> list[tuple[Image.Image, int]]:
    """Play the story; return its frames, each with the milliseconds that it is shown."""
    page.goto(URL)
    page.wait_for_timeout(500)
    frames = [(shot(page), 1400)]
    page.get_by_test_id("photo-input").first.set_input_files(PHOTO)
    expect(page.get_by_test_id("start-search")).to_be_visible(timeout=30_000)
    page.get_by_test_id("phone-input").locator("visible=true").fill("010-1234-5678")
    page.get_by_test_id("sms-consent").locator("visible=true").check()
    page.wait_for_timeout(300)
    frames.append((shot(page), 2000))
    page.get_by_test_id("start-search").click()
    page.wait_for_url(re.compile("/results/"))
    expect(page.get_by_test_id("close-banner")).to_be_visible(timeout=30_000)
    frames.append((shot(page), 1800))
    results = page.url
    see_completed(page)
    frames.append((lock_screen(message_of(page)), 2400))
    page.goto(results)
    see_completed(page)
    page.wait_for_timeout(800)
    frames.append((shot(page), 2200))
    page.mouse.wheel(0, 520)
    page.wait_for_timeout(800)
    frames.append((shot(page), 2600))
    return frames


def see_completed(page: Page) -> None:
    """Wait until the search is completed and its products are shown."""
    expect(page.get_by_test_id("product-card").first).to_be_attached(timeout=120_000)
    expect(page.get_by_test_id("progress").first).to_have_attribute(
        "aria-valuenow", "100", timeout=120_000
    )


def message_of(page: Page) -> str:
    """Return the text of the message that arrived at the local phone inbox."""
    inbox = page.context.new_page()
    inbox.goto(f"{URL}/dev/phone")
    bubble = inbox.locator(".messages li").first
    expect(bubble).to_be_visible(timeout=30_000)
    text, link = bubble.inner_text(), bubble.get_by_role("link").first.get_attribute("href") or ""
    inbox.close()
    words = next(line for line in text.splitlines() if "찰칵" in line)
    words = words.partition("http")[0].strip()
    return f"{words} chalkak.example/results/{link.rpartition('/')[2][:6]}…"


def lock_screen(message: str) -> Image.Image:
    """Draw a locked phone with the message as its notification."""
    lines = f"""
    <body style="margin:0;height:100vh;background:linear-gradient(160deg,#27324a,#0f141f);
      font-family:'Pretendard','Noto Sans KR',sans-serif;color:#fff;text-align:center">
      <p style="font-size:76px;font-weight:300;margin:0;padding-top:110px">12:30</p>
      <p style="font-size:19px;opacity:.85;margin:6px 0 70px">11월 29일 일요일</p>
      <div style="margin:0 18px;padding:16px 18px;border-radius:20px;text-align:left;
        background:rgba(255,255,255,.16)">
        <b style="font-size:16px">메시지</b>
        <p style="font-size:17px;line-height:1.45;margin:6px 0 0;word-break:keep-all;
          overflow-wrap:anywhere">[Web발신]<br>{message}</p>
      </div>
    </body>"""
    page = _browser.new_page(viewport=PHONE)
    page.set_content(lines)
    picture = shot(page)
    page.close()
    return picture


def shot(page: Page) -> Image.Image:
    """Return what the page shows."""
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def write_gif(frames: list[tuple[Image.Image, int]]) -> None:
    """Write the story with one palette for all frames."""
    height = round(GIF_WIDTH * PHONE["height"] / PHONE["width"])
    small = [frame.resize((GIF_WIDTH, height), Image.Resampling.LANCZOS) for frame, _ in frames]
    sheet = Image.new("RGB", (GIF_WIDTH * len(small), height))
    for number, frame in enumerate(small):
        sheet.paste(frame, (GIF_WIDTH * number, 0))
    palette = sheet.quantize(GIF_COLOURS)
    first, *rest = [f.quantize(palette=palette, dither=Image.Dither.NONE) for f in small]
    durations = [duration for _, duration in frames]
    first.save(TARGET / "story.gif", save_all=True, append_images=rest, duration=durations, loop=0)


def write_desk_pictures(page: Page) -> None:
    """Write the results and the operator's page as a desktop shows them."""
    page.goto(URL)
    page.get_by_test_id("photo-input").first.set_input_files(DESK_PHOTO)
    page.get_by_test_id("start-search").click()
    page.wait_for_url(re.compile("/results/"))
    see_completed(page)
    page.mouse.move(0, 0)
    page.wait_for_timeout(1500)
    for target in (TARGET / "results.webp", SCREENS / "screen-wide.webp"):
        shot(page).save(target, quality=80, method=6)
    page.goto(f"{URL}/admin")
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2).first).to_be_visible(timeout=30_000)
    page.wait_for_timeout(1000)
    shot(page).save(TARGET / "admin.webp", quality=80, method=6)


def main() -> None:
    """Make all pictures; fail if they are too large."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with product():
        mobile = _browser.new_context(
            viewport=PHONE, locale="ko-KR", has_touch=True, is_mobile=True, device_scale_factor=1
        )
        frames = tell_story(mobile.new_page())
        write_gif(frames)
        frames[-1][0].save(SCREENS / "screen-narrow.webp", quality=80, method=6)
        write_desk_pictures(_browser.new_context(viewport=DESK, locale="ko-KR").new_page())
    size = sum(file.stat().st_size for file in TARGET.iterdir())
    sys.stdout.write(f"docs/pictures: {size / 1e6:.2f} MB\n")
    if size > MAX_BYTES:
        raise SystemExit("error: the pictures are larger than 1.5 MB")


if __name__ == "__main__":
    with sync_playwright() as playwright:
        _browser: Browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        main()
        _browser.close()
