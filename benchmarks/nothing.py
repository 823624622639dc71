"""Pictures without any garment, drawn: rooms, bicycles, landscapes, text, noise, patterns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Rng = np.random.Generator
SIZE = (600, 450)


def _colour(rng: Rng, low: int = 0, high: int = 255) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in rng.integers(low, high, 3))
    return red, green, blue


def _grained(image: Image.Image, rng: Rng) -> Image.Image:
    """A little blur and grain, so that a drawing is not told by its clean edges."""
    soft = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 1.5)))
    noise = rng.normal(0, rng.uniform(2, 8), (soft.height, soft.width, 1))
    return Image.fromarray(np.clip(np.asarray(soft) + noise, 0, 255).astype(np.uint8))


def room(rng: Rng) -> Image.Image:
    """Wall, floor, window, table, lamp, pictures, shelf."""
    image = Image.new("RGB", SIZE, _colour(rng, 120, 240))
    draw = ImageDraw.Draw(image)
    floor = int(rng.uniform(0.6, 0.75) * SIZE[1])
    draw.rectangle((0, floor, *SIZE), fill=_colour(rng, 60, 180))
    for plank in range(0, SIZE[0], 60):
        draw.line((plank, floor, plank * 2 - 300, SIZE[1]), fill=_colour(rng, 50, 120), width=2)
    x, y = int(rng.integers(20, 380)), int(rng.integers(20, 80))
    draw.rectangle(
        (x, y, x + 170, y + 150), fill=_colour(rng, 170, 255), outline=(90, 70, 50), width=8
    )
    draw.line((x + 85, y, x + 85, y + 150), fill=(90, 70, 50), width=6)
    x = int(rng.integers(20, 320))
    wood = _colour(rng, 40, 150)
    draw.rectangle((x, floor - 30, x + 240, floor - 14), fill=wood)
    for leg in (x + 14, x + 212):
        draw.rectangle((leg, floor - 14, leg + 14, floor + 90), fill=wood)
    lamp = x + int(rng.integers(30, 200))
    draw.polygon(
        [(lamp - 30, floor - 60), (lamp + 30, floor - 60), (lamp, floor - 110)],
        fill=_colour(rng, 150, 255),
    )
    draw.line((lamp, floor - 60, lamp, floor - 30), fill=(30, 30, 30), width=5)
    return _grained(image, rng)


def bicycle(rng: Rng) -> Image.Image:
    """Two wheels with spokes and a frame, on a street or a wall."""
    image = Image.new("RGB", SIZE, _colour(rng, 120, 255))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 340, *SIZE), fill=_colour(rng, 60, 200))
    radius = int(rng.integers(70, 110))
    hubs = [(160, 300), (160 + int(rng.integers(220, 290)), 300)]
    for hx, hy in hubs:
        draw.ellipse(
            (hx - radius, hy - radius, hx + radius, hy + radius), outline=(20, 20, 20), width=9
        )
        for angle in np.linspace(0, np.pi, 10):
            dx, dy = radius * np.cos(angle), radius * np.sin(angle)
            draw.line((hx - dx, hy - dy, hx + dx, hy + dy), fill=(120, 120, 120), width=1)
    paint = _colour(rng)
    seat, crank, head = (hubs[0][0] + 60, 170), (hubs[0][0] + 110, 300), (hubs[1][0] - 45, 165)
    for start, end in (
        (hubs[0], seat),
        (seat, crank),
        (crank, head),
        (seat, head),
        (head, hubs[1]),
        (hubs[0], crank),
    ):
        draw.line((*start, *end), fill=paint, width=9)
    draw.rectangle((seat[0] - 30, seat[1] - 16, seat[0] + 30, seat[1] - 4), fill=(20, 20, 20))
    draw.line((head[0], head[1], head[0] + 20, head[1] - 45), fill=(40, 40, 40), width=8)
    return _grained(image, rng)


def landscape(rng: Rng) -> Image.Image:
    """Sky, hills, water, sun, trees."""
    top, low = np.array(_colour(rng, 60, 220)), np.array(_colour(rng, 150, 255))
    ramp = np.linspace(0, 1, SIZE[1])[:, None, None]
    sky = (top * (1 - ramp) + low * ramp).astype(np.uint8).repeat(SIZE[0], 1)
    image = Image.fromarray(sky)
    draw = ImageDraw.Draw(image)
    sx, sy = int(rng.integers(SIZE[0])), int(rng.integers(20, 150))
    draw.ellipse((sx, sy, sx + 60, sy + 60), fill=(255, 244, 200))
    for layer in range(4):
        base = 190 + layer * 60
        heights = base + np.cumsum(rng.normal(0, 9, SIZE[0] // 10 + 1))
        points = [(index * 10, int(height)) for index, height in enumerate(heights)]
        draw.polygon([(0, SIZE[1]), *points, (SIZE[0], SIZE[1])], fill=_colour(rng, 20, 160))
    for _ in range(int(rng.integers(0, 14))):
        x, y = int(rng.integers(SIZE[0])), int(rng.integers(260, 430))
        draw.rectangle((x, y, x + 5, y + 26), fill=(70, 50, 30))
        draw.ellipse((x - 18, y - 34, x + 22, y + 6), fill=_colour(rng, 20, 110))
    return _grained(image, rng)


def text(rng: Rng) -> Image.Image:
    """A page, a receipt or a chat."""
    paper = (255, 255, 255) if rng.random() < 0.7 else _colour(rng, 180, 255)
    image = Image.new("RGB", SIZE, paper)
    draw = ImageDraw.Draw(image)
    letters = list("abcdefghijklmnopqrstuvwxyz0123456789     ")
    size, y = int(rng.integers(12, 34)), 14
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont = ImageFont.load_default(size)
    while y < SIZE[1] - size:
        line = "".join(rng.choice(letters) for _ in range(int(rng.integers(5, 60))))
        draw.text((20, y), line, fill=_colour(rng, 0, 90), font=font)
        y += int(size * 1.5)
    return _grained(image, rng)


def noise(rng: Rng) -> Image.Image:
    """Noise at a random scale."""
    cells = int(2 ** rng.uniform(1, 9))
    small = rng.integers(0, 255, (cells, cells, 3), dtype=np.uint8)
    return Image.fromarray(small).resize(SIZE, Image.Resampling.BICUBIC)


def pattern(rng: Rng) -> Image.Image:
    """Tiles, checks or dots without edges of a thing."""
    image = Image.new("RGB", SIZE, _colour(rng))
    draw = ImageDraw.Draw(image)
    step, ink, kind = int(rng.integers(16, 90)), _colour(rng), int(rng.integers(3))
    for x in range(0, SIZE[0], step):
        for y in range(0, SIZE[1], step):
            if kind == 0 and (x // step + y // step) % 2:
                draw.rectangle((x, y, x + step, y + step), fill=ink)
            if kind == 1:
                draw.ellipse((x, y, x + step // 2, y + step // 2), fill=ink)
            if kind == 2:
                draw.line((x, y, x + step, y + step), fill=ink, width=max(2, step // 6))
    return _grained(image, rng)


DRAWN: dict[str, Callable[[Rng], Image.Image]] = {
    "room": room,
    "bicycle": bicycle,
    "landscape": landscape,
    "text": text,
    "noise": noise,
    "pattern": pattern,
}
