"""Makes assets/icons.svg, one sprite of the icons that the pages use, from npm's `lucide-static`.

npm install lucide-static && python tools/make_icons.py node_modules/lucide-static
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

NAMES = (
    "arrow-down", "arrow-left", "arrow-right", "arrow-up", "camera", "check", "chevron-right",
    "clock", "copy", "eraser", "external-link", "hourglass", "image", "inbox", "languages", "link",
    "link-2-off", "message-square", "minus", "pen-line", "plus", "qr-code", "rotate-ccw", "search",
    "search-x", "send", "share-2", "shield-check", "shirt", "sliders-horizontal", "trash-2",
    "triangle-alert", "wifi-off", "x",
)  # fmt: skip


def symbol(folder: Path, name: str) -> str:
    """The drawing of one icon as a <symbol>."""
    text = (folder / "icons" / f"{name}.svg").read_text()
    body = re.search(r"<svg[^>]*>(.*)</svg>", text, re.DOTALL)
    if body is None:
        raise SystemExit(f"{name}: not an SVG")
    drawing = re.sub(r"\s*\n\s*", "", body[1])
    return f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>'


def main() -> None:
    """Writes the sprite."""
    folder = Path(sys.argv[1])
    symbols = "\n".join(symbol(folder, name) for name in NAMES)
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">'
    )
    licence = "<!-- Icons of Lucide (https://lucide.dev), ISC Licence: /licences/lucide.txt -->"
    Path("assets/icons.svg").write_text(f"{head}\n{licence}\n{symbols}\n</svg>\n")


if __name__ == "__main__":
    main()
