"""What happens to a product photo before it is searched: phone-like changes, drawn, no two alike.

Everything is made of one photo, other photos (clutter) and a random generator.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

Rng = np.random.Generator
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Changed:
    """A query picture, and where in it the product is (left, top, width, height)."""

    image: Image.Image
    box: Box


def whole(image: Image.Image) -> Changed:
    """The product fills the picture."""
    return Changed(image, (0, 0, image.width, image.height))


def crop(image: Image.Image, rng: Rng) -> Image.Image:
    """60 to 85 % of each side, anywhere."""
    width, height = (int(side * rng.uniform(0.6, 0.85)) for side in image.size)
    left = int(rng.uniform(0, image.width - width))
    top = int(rng.uniform(0, image.height - height))
    return image.crop((left, top, left + width, top + height))


def perspective(image: Image.Image, rng: Rng, reach: float = 0.16) -> Image.Image:
    """Each corner moves inwards by up to ``reach`` of the side; the rest is filled."""
    width, height = image.size
    inward = rng.uniform(0, reach, (4, 2)) * [width, height]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    moved = corners + inward * [[1, 1], [-1, 1], [-1, -1], [1, -1]]
    coefficients = _homography(moved, corners)
    return image.transform(
        image.size,
        Image.Transform.PERSPECTIVE,
        coefficients,
        Image.Resampling.BICUBIC,
        fillcolor=_fill(image, rng),
    )


def _homography(source: np.ndarray, target: np.ndarray) -> list[float]:
    """The eight numbers that map ``source`` corners to ``target`` corners."""
    rows, values = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return list(np.linalg.solve(np.array(rows), np.array(values)))


def _fill(image: Image.Image, rng: Rng) -> tuple[int, int, int]:
    """White, grey, black or the picture's own corner colour."""
    corner = image.getpixel((2, 2))
    options = [(255, 255, 255), (128, 128, 128), (0, 0, 0), tuple(corner)]
    return options[int(rng.integers(len(options)))]


def tilt(image: Image.Image, rng: Rng) -> Image.Image:
    """8 to 25 degrees either way."""
    angle = rng.uniform(8, 25) * rng.choice([-1, 1])
    expand = bool(rng.random() < 0.5)
    return image.rotate(angle, Image.Resampling.BICUBIC, expand=expand, fillcolor=_fill(image, rng))


def quarter_turn(image: Image.Image, rng: Rng) -> Image.Image:
    """A quarter or a half turn."""
    turns = [Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270, Image.Transpose.ROTATE_180]
    return image.transpose(turns[int(rng.choice(3, p=[0.4, 0.4, 0.2]))])


def blur(image: Image.Image, rng: Rng) -> Image.Image:
    """Out of focus, then a JPEG of poor quality."""
    soft = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.004, 0.009) * max(image.size)))
    return jpeg(soft, int(rng.integers(20, 60)))


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    """The picture after a JPEG of ``quality``."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


def light(image: Image.Image, rng: Rng) -> Image.Image:
    """Brightness, contrast, saturation and colour temperature."""
    image = ImageEnhance.Brightness(image).enhance(rng.uniform(0.55, 1.45))
    image = ImageEnhance.Contrast(image).enhance(rng.uniform(0.65, 1.35))
    image = ImageEnhance.Color(image).enhance(rng.uniform(0.6, 1.4))
    warmth = rng.uniform(-0.15, 0.15)
    gains = np.array([1 + warmth, 1.0, 1 - warmth])
    return Image.fromarray(np.clip(np.asarray(image) * gains, 0, 255).astype(np.uint8))


def mirror(image: Image.Image, _: Rng) -> Image.Image:
    """Left and right exchanged, as a selfie camera does."""
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def combo(image: Image.Image, rng: Rng) -> Image.Image:
    """Several changes at once."""
    steps = [crop, lambda i, r: perspective(i, r, 0.1), tilt, light, blur]
    if rng.random() < 0.5:
        steps.append(mirror)
    for step in steps:
        image = step(image, rng)
    return image


def scene(image: Image.Image, rng: Rng, others: Sequence[Image.Image]) -> Changed:
    """The photo lies among other things in a larger picture, 30 to 55 % of its width."""
    width, height = (900, 1200) if rng.random() < 0.7 else (1200, 900)
    ground = background((width, height), rng)
    for other in others:
        part = _resized(other, int(rng.uniform(0.15, 0.4) * width))
        part = part.rotate(rng.uniform(-40, 40), expand=True, fillcolor=_fill(part, rng))
        ground.paste(
            part, (int(rng.integers(-80, width - 60)), int(rng.integers(-80, height - 60)))
        )
    _shapes(ground, rng)
    piece = _resized(image, int(rng.uniform(0.3, 0.55) * width))
    if piece.height > 0.9 * height:
        piece = piece.resize((int(piece.width * 0.9 * height / piece.height), int(0.9 * height)))
    left = int(rng.integers(0, width - piece.width + 1))
    top = int(rng.integers(0, height - piece.height + 1))
    ground.paste(piece, (left, top))
    return Changed(ground, (left, top, piece.width, piece.height))


def _resized(image: Image.Image, width: int) -> Image.Image:
    return image.resize((width, max(1, image.height * width // image.width)))


def background(size: tuple[int, int], rng: Rng) -> Image.Image:
    """Low-frequency colour noise, a gradient, stripes, or planks."""
    cells = int(rng.integers(2, 14))
    small = rng.integers(30, 235, (cells, cells, 3), dtype=np.uint8)
    kind = int(rng.integers(4))
    if kind == 1:
        small = np.linspace(small[0, 0], small[-1, -1], 12).astype(np.uint8)[:, None].repeat(2, 1)
    if kind == 2:
        small = small[:1].repeat(2, 0)
    mode = Image.Resampling.NEAREST if kind == 3 else Image.Resampling.BICUBIC
    image = Image.fromarray(small).resize(size, mode)
    noise = rng.normal(0, rng.uniform(2, 10), (size[1], size[0], 1))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


def _shapes(image: Image.Image, rng: Rng) -> None:
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(3, 12))):
        x, y = int(rng.integers(image.width)), int(rng.integers(image.height))
        w, h = int(rng.integers(20, 240)), int(rng.integers(20, 240))
        colour = tuple(int(c) for c in rng.integers(0, 255, 3))
        shape = [draw.ellipse, draw.rectangle][int(rng.integers(2))]
        shape((x, y, x + w, y + h), fill=colour)


def screenshot(image: Image.Image, rng: Rng) -> Changed:
    """A phone's screen: status bar, a shop's or a feed's bars, the photo, a caption."""
    width, height = 1080 // 2, int(rng.integers(2100, 2400)) // 2
    dark = rng.random() < 0.35
    paper, ink = ((18, 18, 18), (235, 235, 235)) if dark else ((255, 255, 255), (20, 20, 20))
    screen = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(screen)
    _status_bar(draw, width, ink, rng)
    top = int(rng.integers(60, 170))
    margin = int(rng.choice([0, 0, 12, 28, 60]))
    piece = _resized(image, width - 2 * margin)
    limit = int(height * rng.uniform(0.45, 0.72))
    if piece.height > limit:
        piece = _resized(image, max(40, image.width * limit // image.height))
    left = (width - piece.width) // 2
    draw.rectangle((0, 40, width, top - 10), fill=_near(paper, rng))
    draw.text((24, 52), _words(rng, 3), fill=ink, font=_font(22))
    screen.paste(piece, (left, top))
    _caption(draw, top + piece.height + 16, width, height, ink, rng)
    return Changed(screen, (left, top, piece.width, piece.height))


def _status_bar(draw: ImageDraw.ImageDraw, width: int, ink: tuple[int, ...], rng: Rng) -> None:
    clock = f"{int(rng.integers(1, 24))}:{int(rng.integers(60)):02d}"
    draw.text((22, 8), clock, fill=ink, font=_font(20))
    for index in range(4):
        draw.rectangle(
            (width - 130 + index * 9, 24 - index * 4, width - 124 + index * 9, 28), fill=ink
        )
    draw.rounded_rectangle((width - 60, 11, width - 22, 28), 4, outline=ink, width=2)
    draw.rectangle((width - 57, 14, width - 57 + int(rng.integers(6, 30)), 25), fill=ink)


def _caption(
    draw: ImageDraw.ImageDraw, top: int, width: int, height: int, ink: tuple[int, ...], rng: Rng
) -> None:
    y = top
    for _ in range(int(rng.integers(2, 7))):
        if y > height - 120:
            break
        draw.text(
            (22, y),
            _words(rng, int(rng.integers(2, 7))),
            fill=ink,
            font=_font(int(rng.integers(16, 28))),
        )
        y += int(rng.integers(26, 44))
    if rng.random() < 0.7:
        colour = tuple(int(c) for c in rng.integers(0, 255, 3))
        draw.rounded_rectangle((22, height - 96, width - 22, height - 44), 14, fill=colour)
        draw.text(
            (width // 2 - 60, height - 84), _words(rng, 2), fill=(255, 255, 255), font=_font(22)
        )


_WORDS = ("lo", "ra", "shirt", "new", "29,000", "size", "M", "wool", "denim", "soft", "SALE", "40%")


def _words(rng: Rng, count: int) -> str:
    return " ".join(rng.choice(_WORDS) for _ in range(count))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _near(colour: tuple[int, ...], rng: Rng) -> tuple[int, ...]:
    shift = int(rng.integers(0, 14))
    return tuple(c - shift if c > 128 else c + shift for c in colour)


SIMPLE: dict[str, Callable[[Image.Image, Rng], Image.Image]] = {
    "crop": crop,
    "perspective": perspective,
    "tilt": tilt,
    "quarter turn": quarter_turn,
    "blur": blur,
    "light": light,
    "mirror": mirror,
    "combo": combo,
}
KINDS = (*SIMPLE, "scene", "screenshot")


def change(kind: str, image: Image.Image, rng: Rng, others: Sequence[Image.Image]) -> Changed:
    """One change by name; ``others`` are the clutter of scenes."""
    if kind == "scene":
        return scene(image, rng, others)
    if kind == "screenshot":
        return screenshot(image, rng)
    return whole(SIMPLE[kind](image, rng))
