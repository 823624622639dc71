"""Makes assets/icons/*.png and assets/images/preview.png from our SVG drawings, with a browser.

python tools/make_app_icons.py /usr/bin/chromium
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ASSETS = Path("assets")
ICON = (ASSETS / "icon.svg").read_text()
SQUARE = ICON.replace('rx="16"', 'rx="0"')
HERO = (ASSETS / "images/hero.svg").read_text()


def draw(page: Page, html: str, width: int, height: int, path: Path) -> None:
    """Saves `html` as a picture of the given size in pixels."""
    page.set_viewport_size({"width": width, "height": height})
    page.set_content(f"<style>body{{margin:0}}</style>{html}")
    page.evaluate("document.fonts.ready")
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, omit_background=True)


def square(svg: str, size: int, inner: float = 1.0) -> str:
    """A picture of `size` pixels; the drawing fills `inner` of it, as masks of phones cut off."""
    pad = size * (1 - inner) / 2
    return (
        f'<div style="width:{size}px;height:{size}px;background:#c2341a00;padding:{pad}px;'
        f'box-sizing:border-box">{svg}</div>'
    )


def preview() -> str:
    """What messengers show beside a link: no photo, only our drawing and name."""
    return (
        '<div style="width:1200px;height:630px;background:#fbfaf8;display:flex;align-items:center;'
        "gap:72px;padding:0 90px;box-sizing:border-box;font-family:Pretendard,sans-serif;"
        'color:#17181a">'
        f'<div style="width:430px;flex:none;border-radius:24px;overflow:hidden">{HERO}</div>'
        '<div><div style="font-size:110px;font-weight:700;letter-spacing:-4px">찰칵</div>'
        '<div style="font-size:52px;font-weight:700;line-height:1.3;letter-spacing:-2px">'
        "사진 속 옷,<br>바로 찾아드려요</div></div></div>"
    )


def main() -> None:
    """Draws all of them."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=sys.argv[1], args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        draw(page, square(ICON, 192), 192, 192, ASSETS / "icons/192.png")
        draw(page, square(ICON, 512), 512, 512, ASSETS / "icons/512.png")
        draw(page, square(SQUARE, 512), 512, 512, ASSETS / "icons/maskable.png")
        draw(page, square(SQUARE, 180), 180, 180, ASSETS / "icons/touch.png")
        draw(page, preview(), 1200, 630, ASSETS / "images/preview.png")
        browser.close()


if __name__ == "__main__":
    main()
