"""Phone-like photos of things from the demo catalogue, to try a search with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from tools.demo.collection import collection, draw
from tools.demo.colours import Array

WIDTH, HEIGHT = 900, 1200


@dataclass(frozen=True, slots=True)
class Placed:
    """A product on a scene: middle in pixels, size against the drawing, turn in degrees."""

    product: str
    x: int
    y: int
    scale: float
    turn: float = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """A ground, what lies on it, and how the camera was held."""

    ground: Callable[[np.random.Generator], Array]
    things: tuple[Placed, ...]
    lean: tuple[float, float] = (0.0, 0.0)
    warmth: float = 1.0
    window: bool = True


def _noise(random: np.random.Generator, rows: int, columns: int) -> Array:
    coarse = Image.fromarray(random.normal(size=(rows, columns)).astype(np.float32))
    return np.asarray(coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC), np.float32)


def _tinted(grey: Array, colour: tuple[float, float, float]) -> Array:
    return (grey[..., None] * np.array(colour, np.float32)).astype(np.float32)


def wood(
    random: np.random.Generator, colour: tuple[float, float, float] = (0.72, 0.54, 0.37)
) -> Array:
    """Boards, each of its own tone."""
    grain = 0.035 * _noise(random, 40, 300) + 0.03 * _noise(random, 6, 120)
    tone = np.ones((HEIGHT, WIDTH), np.float32)
    board = 150
    for left in range(0, WIDTH, board):
        tone[:, left : left + board] *= float(random.uniform(0.88, 1.08))
        joint = int(random.integers(100, HEIGHT - 100))
        tone[joint : joint + 3, left : left + board] *= 0.62
        tone[:, left : left + 3] *= 0.6
        tone[:, left + 3 : left + 5] *= 1.08
    return _tinted(tone * (1 + grain), colour)


def dark_wood(random: np.random.Generator) -> Array:
    """A walnut table."""
    return wood(random, (0.45, 0.31, 0.22))


def sheet(random: np.random.Generator) -> Array:
    """A bed sheet with soft creases."""
    waves = 0.6 * _noise(random, 5, 7) + 0.25 * _noise(random, 9, 6) + 0.04 * _noise(random, 26, 20)
    down, right = np.gradient(waves)
    light = 0.86 + np.clip(5.5 * (down + 0.8 * right), -0.16, 0.12)
    return _tinted(light.astype(np.float32), (0.97, 0.985, 1.0))


def rug(random: np.random.Generator) -> Array:
    """A woven rug with bands."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    weave = 0.05 * np.cos(x * 2 * np.pi / 9) * np.cos(y * 2 * np.pi / 7)
    pile = random.normal(0, 0.03, (HEIGHT, WIDTH)).astype(np.float32) + 0.03 * _noise(
        random, 30, 24
    )
    ground = _tinted(0.9 * (1 + weave + pile), (0.86, 0.82, 0.75))
    for top in (70, 1080):
        for offset, height, tint in ((0, 26, (0.55, 0.62, 0.6)), (36, 8, (0.75, 0.5, 0.4))):
            rows = slice(top + offset, top + offset + height)
            ground[rows] *= np.array(tint, np.float32) * 1.12
    return ground


def wall(random: np.random.Generator) -> Array:
    """A painted wall above a skirting board and a floor."""
    plaster = 1 + 0.012 * _noise(random, 60, 60) + 0.02 * _noise(random, 4, 4)
    picture = _tinted(plaster.astype(np.float32), (0.78, 0.82, 0.78))
    boards = wood(random)
    picture[1090:] = boards[1090:] * 0.9
    picture[1030:1088] = np.array((0.93, 0.92, 0.89), np.float32)
    picture[1030:1033] *= 0.85
    picture[1086:1092] *= 0.5
    return picture


def _cut_out(name: str) -> Image.Image:
    thing = next(thing for thing in collection() if thing.product.id == name)
    whole = draw(thing).cut_out()
    return whole.crop(whole.getbbox() or (0, 0, 1, 1))


def _laid(picture: Image.Image, placed: Placed) -> Image.Image:
    thing = _cut_out(placed.product)
    size = (round(thing.width * placed.scale), round(thing.height * placed.scale))
    thing = thing.resize(size, Image.Resampling.LANCZOS)
    thing = thing.rotate(placed.turn, Image.Resampling.BICUBIC, expand=True)
    corner = (placed.x - thing.width // 2, placed.y - thing.height // 2)
    for blur, shift, strength in ((26, (20, 26), 0.34), (6, (5, 8), 0.4)):
        shade = Image.new("L", picture.size)
        alpha = thing.getchannel("A").point(lambda value, s=strength: round(value * s))
        shade.paste(alpha, (corner[0] + shift[0], corner[1] + shift[1]))
        dark = Image.new("RGB", picture.size, (24, 20, 24))
        picture = Image.composite(dark, picture, shade.filter(ImageFilter.GaussianBlur(blur)))
    picture.paste(thing, corner, thing)
    return picture


def _lit(picture: Image.Image, scene: Scene, random: np.random.Generator) -> Image.Image:
    """Light from a window, a darker far side, the noise of a small sensor."""
    y, x = np.mgrid[0 : 1 : HEIGHT * 1j, 0 : 1 : WIDTH * 1j].astype(np.float32)
    light = 1.1 - 0.26 * x - 0.16 * y
    if scene.window:
        panes = Image.new("L", (WIDTH, HEIGHT))
        pencil = ImageDraw.Draw(panes)
        for i in range(2):
            for j in range(2):
                a, b = 40 + i * 210 + j * 70, -60 + j * 330
                pencil.polygon(
                    [(a, b), (a + 180, b + 20), (a + 250, b + 320), (a + 70, b + 300)], fill=255
                )
        light = (
            light + 0.13 * np.asarray(panes.filter(ImageFilter.GaussianBlur(16)), np.float32) / 255
        )
    pixels = np.asarray(picture, np.float32) / 255 * light[..., None]
    pixels *= np.array((scene.warmth, 1.0, 2 - scene.warmth), np.float32)
    pixels += random.normal(0, 0.008, pixels.shape)
    return Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))


def _leaned(picture: Image.Image, lean: tuple[float, float]) -> Image.Image:
    """As a camera sees it that is not held straight above: the top edge is farther away."""
    dx, dy = lean[0] * WIDTH, lean[1] * HEIGHT
    corners = (dx, dy, 0, HEIGHT, WIDTH, HEIGHT, WIDTH - dx, dy * 0.5)
    return picture.transform(
        (WIDTH, HEIGHT), Image.Transform.QUAD, corners, Image.Resampling.BICUBIC
    )


def render(name: str) -> Image.Image:
    """The scene called ``name``, 900 x 1200 pixels."""
    if name == "screenshot":
        return _screenshot()
    scene = SCENES[name]
    random = np.random.default_rng(len(name) * 131 + len(scene.things))
    ground = np.clip(scene.ground(random), 0, 1)
    picture = Image.fromarray((ground * 255).astype(np.uint8))
    if scene.ground is wall:
        _hanger(picture)
    for placed in scene.things:
        picture = _laid(picture, placed)
    picture = _leaned(_lit(picture, scene, random), scene.lean)
    return ImageEnhance.Contrast(picture.filter(ImageFilter.GaussianBlur(0.7))).enhance(1.04)


def _hanger(picture: Image.Image) -> None:
    pencil = ImageDraw.Draw(picture)
    pencil.line([(0, 118), (WIDTH, 112)], fill=(96, 78, 62), width=16)
    pencil.line([(0, 114), (WIDTH, 108)], fill=(140, 116, 92), width=4)
    pencil.arc((424, 96, 476, 160), 150, 430, fill=(70, 70, 74), width=7)
    pencil.line([(452, 158), (450, 214)], fill=(70, 70, 74), width=7)


def _screenshot() -> Image.Image:
    """A shop's page on a phone: bars, one large picture, lines of text."""
    page = Image.new("RGB", (WIDTH, HEIGHT), (255, 255, 255))
    pencil = ImageDraw.Draw(page)
    small, large = ImageFont.load_default(26), ImageFont.load_default(34)
    pencil.text((48, 22), "9:41", font=small, fill=(20, 20, 20))
    pencil.rounded_rectangle((800, 26, 856, 50), 7, outline=(20, 20, 20), width=3)
    pencil.rectangle((806, 31, 842, 45), fill=(20, 20, 20))
    pencil.line([(70, 100), (50, 118), (70, 136)], fill=(30, 30, 30), width=5)
    pencil.text((380, 98), "DAILY LOOK", font=small, fill=(30, 30, 30))
    thing = _cut_out("varsity-01").resize((720, 740), Image.Resampling.LANCZOS)
    backdrop = Image.new("RGB", (WIDTH, 800), (226, 220, 210))
    shade = Image.new("L", backdrop.size)
    shade.paste(thing.getchannel("A").point(lambda value: value // 3), (104, 52))
    dark = Image.new("RGB", backdrop.size, (90, 80, 72))
    backdrop = Image.composite(dark, backdrop, shade.filter(ImageFilter.GaussianBlur(18)))
    backdrop.paste(thing, (90, 30), thing)
    page.paste(backdrop, (0, 168))
    pencil.ellipse((48, 1000, 96, 1048), outline=(30, 30, 30), width=4)
    pencil.text((120, 1004), "1,204 likes", font=large, fill=(30, 30, 30))
    for row, length in enumerate((620, 740, 410)):
        pencil.rounded_rectangle(
            (48, 1078 + row * 36, 48 + length, 1094 + row * 36), 8, fill=(222, 222, 226)
        )
    return page


SCENES: dict[str, Scene] = {
    "floor": Scene(
        wood,
        (Placed("knit-08", 400, 380, 1.5, 7), Placed("jeans-02", 560, 860, 1.25, -9)),
        lean=(0.035, 0.02),
        warmth=1.03,
    ),
    "bed": Scene(sheet, (Placed("dress-06", 450, 610, 1.95, -6),), lean=(0.02, 0.0), warmth=0.99),
    "rug": Scene(
        rug,
        (Placed("hoodie-07", 400, 430, 1.45, 5), Placed("sneakers-02", 590, 960, 0.95, -14)),
        lean=(0.03, 0.03),
        warmth=1.02,
    ),
    "hanger": Scene(wall, (Placed("trench-01", 450, 640, 2.0, 0.6),), warmth=1.01),
    "table": Scene(
        dark_wood,
        (Placed("crossbody-01", 420, 480, 1.75, 8), Placed("cap-01", 600, 980, 1.1, -12)),
        lean=(0.04, 0.0),
        warmth=1.04,
        window=False,
    ),
}
"""Name -> scene; ``screenshot`` is a drawing of its own."""

SAMPLES = (*SCENES, "screenshot")
"""Every sample photo."""
