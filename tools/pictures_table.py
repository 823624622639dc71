"""Runs a folder of pictures through the decoder and prints a table of what became of them.

    python -m tools.pictures_table FOLDER... [--trusted DIR] [--chromium DIR] [--all]

One line a picture: kind and size by its header, verdict, processor seconds, and the mean difference
in levels (of 255) to a trusted decode.  ``--trusted DIR`` has those as PNG files, named as the
pictures with ``.png`` behind; ``--chromium DIR`` makes them there, for what Chromium can show.
Without ``--all`` only what was refused or differs by more than 3 levels is listed.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from searchapp import errors
from searchapp.imaging.decoder import Decoder
from searchapp.imaging.picture import UprightPicture, inspect
from tests.support.browsers import chromium

NAMES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic", ".heif", ".hif", ".avif", ""}
LEVELS = 3.0

_SHOW = """async ([data, type]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type }));
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext('2d');
    context.fillStyle = 'white';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0);
    return canvas.toDataURL('image/png');
}"""
"""What Chromium opens a picture as, on white: a bitmap, as the page does before it sends one.  An
``<img>`` shows high dynamic range otherwise, and some files as nothing."""


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one picture; ``difference`` is None without a trusted decode of its size."""

    name: str
    header: str
    verdict: str
    seconds: float = 0.0
    difference: float | None = None
    size: str = ""

    @property
    def notable(self) -> bool:
        """Whether someone should look at it."""
        return self.verdict != "ok" or bool(self.size) or (self.difference or 0) > LEVELS

    def __str__(self) -> str:
        told = "" if self.difference is None else f"{self.difference:6.2f}"
        return (
            f"{self.name[:70]:70} {self.header:22} {self.verdict:28} "
            f"{self.seconds:5.2f} {told:6} {self.size}"
        )


async def line_of(decoder: Decoder, path: Path, trusted: Path | None) -> Line:
    """Decodes one picture and compares it."""
    data = await asyncio.to_thread(path.read_bytes)
    try:
        header = inspect(data)
    except errors.AppError as error:
        return Line(path.name, "", f"{type(error).__name__} {error.detail}".strip())
    told = f"{header.kind} {header.width}x{header.height}"
    began = time.monotonic()
    try:
        picture = await decoder.upright(data)
    except errors.AppError as error:
        return Line(path.name, told, f"{type(error).__name__} {error.detail}"[:28])
    seconds = time.monotonic() - began
    size = "" if (picture.width, picture.height) == (header.width, header.height) else "SIZE"
    difference = difference_of(picture, trusted) if trusted else None
    turned = "TURN" if difference is not None and difference < 0 else ""
    return Line(path.name, told, "ok", seconds, None if turned else difference, size or turned)


def difference_of(picture: UprightPicture, trusted: Path) -> float | None:
    """Mean difference in levels; None without a trusted decode, -1 if its size is another.

    Of a picture that is too large to be searched in full the JPEG is compared.
    """
    if not trusted.is_file():
        return None
    pixels = picture.image.pixels
    if pixels.shape[:2] != (picture.height, picture.width):
        pixels = np.asarray(Image.open(io.BytesIO(picture.jpeg)).convert("RGB"))
    with Image.open(trusted) as image:
        theirs = np.asarray(image.convert("RGB"), np.int16)
    if pixels.shape != theirs.shape:
        return -1.0
    return float(np.abs(pixels.astype(np.int16) - theirs).mean())


def show(paths: Sequence[Path], folder: Path) -> None:
    """Lets Chromium decode what it can, once each."""
    from playwright.sync_api import Error, sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    flags = ["--no-sandbox", "--force-color-profile=srgb"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
        page = browser.new_page()
        for path in paths:
            target = folder / f"{path.name}.png"
            if target.is_file():
                continue
            try:
                told = inspect(path.read_bytes()).kind
                data = base64.b64encode(path.read_bytes()).decode()
                url = page.evaluate(_SHOW, [data, f"image/{told}"])
            except (Error, errors.AppError):
                continue
            target.write_bytes(base64.b64decode(url.partition(",")[2]))
        browser.close()


async def lines_of(paths: Sequence[Path], trusted: Path | None) -> AsyncIterator[Line]:
    """Decodes pictures, one after the other."""
    async with Decoder() as decoder:
        for path in paths:
            yield await line_of(decoder, path, trusted and trusted / f"{path.name}.png")


async def table(paths: Sequence[Path], trusted: Path | None, *, everything: bool) -> Counter[str]:
    """Prints the lines of one folder; returns their sums."""
    counts: Counter[str] = Counter()
    async for line in lines_of(paths, trusted):
        counts[line.verdict.split()[0]] += 1
        counts["compared"] += line.difference is not None
        counts["within 3 levels"] += line.difference is not None and line.difference <= LEVELS
        counts["other turn or size"] += bool(line.size)
        if everything or line.notable:
            print(line, flush=True)
    return counts


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--trusted", type=Path)
    parser.add_argument("--chromium", type=Path)
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    for folder in arguments.folders:
        paths = sorted(
            path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in NAMES
        )
        trusted = arguments.trusted
        if arguments.chromium:
            trusted = arguments.chromium / folder.name
            show(paths, trusted)
        counts = asyncio.run(table(paths, trusted, everything=arguments.all))
        print(f"{folder}: " + ", ".join(f"{name} {count}" for name, count in counts.items()))


if __name__ == "__main__":
    main()
