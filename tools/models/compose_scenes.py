"""Composes pictures in which it is known where the garments are, to train the garment head on.

A photo that fills the picture, photos or cut-out garments lying about, a screenshot, or nothing.
The outline of a garment in its photo comes from the full-size saliency model, once per photo.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from benchmarks import changes, nothing

CELL = 16
SIZES = ((448, 448), (320, 448), (320, 448), (224, 448), (448, 320), (448, 320))
"""Width and height of the pictures."""
_SCALE = 1.5
KINDS = {
    "Outwear": 1,
    "Blazer": 1,
    "Pants": 2,
    "Shorts": 2,
    "Skirt": 3,
    "Dress": 4,
    "Shoes": 5,
    "Hat": 6,
}
"""Label of the photos -> number in HEAD_LABELS; all others are tops, 0."""


@dataclass
class Cutout:
    """A photo with the outline of its garment, and of itself once it is turned or bent."""

    image: Image.Image
    garment: Image.Image
    photo: Image.Image
    kind: int

    def each(self, change: Callable[[Image.Image], Image.Image]) -> None:
        self.image, self.garment, self.photo = map(change, (self.image, self.garment, self.photo))

    def bent(self, rng: np.random.Generator, much: float) -> None:
        """Turned, mirrored, cropped, tilted, lit otherwise: picture and outlines alike."""
        if rng.random() < 0.25 * much:
            self.each(_same(changes.quarter_turn, rng))
        if rng.random() < 0.3:
            self.each(_same(changes.mirror, rng))
        if rng.random() < 0.3 * much:
            self.each(_same(changes.crop, rng))
        if rng.random() < 0.35 * much:
            angle, expand = rng.uniform(-25, 25), bool(rng.random() < 0.6)
            self.each(lambda image: image.rotate(angle, Image.Resampling.BILINEAR, expand))
        if rng.random() < 0.4:
            self.image = changes.light(self.image, rng)


def _same(
    change: Callable[[Image.Image, np.random.Generator], Image.Image], rng: np.random.Generator
) -> Callable[[Image.Image], Image.Image]:
    """The change with the same random numbers each time."""
    seed = int(rng.integers(2**31))
    return lambda image: change(image, np.random.default_rng(seed))


@dataclass
class Scene:
    """A composed picture: outlines of what is still visible of each garment and its photo."""

    picture: Image.Image
    parts: list[tuple[int, np.ndarray, np.ndarray]] = field(default_factory=list)

    def paste(self, piece: Cutout, at: tuple[int, int], cut_out: bool) -> None:
        """Lay ``piece`` on top, its photo included unless it is cut out."""
        garment, photo = (self._placed(mask, at) for mask in (piece.garment, piece.photo))
        cover = garment if cut_out else photo
        self.picture.paste(piece.image, at, piece.garment if cut_out else piece.photo)
        for _, below_garment, below_photo in self.parts:
            below_garment[cover] = False
            below_photo[cover] = False
        self.parts.append((piece.kind, garment.copy(), cover.copy()))

    def _placed(self, mask: Image.Image, at: tuple[int, int]) -> np.ndarray:
        whole = Image.new("L", self.picture.size)
        whole.paste(mask, at)
        return np.asarray(whole) > 100


class Composer:
    """Makes scenes out of ``pieces`` (a function that gives one at random) and backgrounds."""

    def __init__(
        self,
        piece: Callable[[np.random.Generator], Cutout],
        backgrounds: list[Image.Image],
        rng: np.random.Generator,
    ) -> None:
        self._piece, self._backgrounds, self._rng = piece, backgrounds, rng

    def scene(self) -> tuple[np.ndarray, list[tuple[int, np.ndarray, np.ndarray]]]:
        """The picture, uint8, and the parts of the larger scene that it was shrunk from."""
        rng = self._rng
        width, height = SIZES[int(rng.integers(len(SIZES)))]
        size = (int(width * _SCALE), int(height * _SCALE))
        scene = Scene(self._background(size))
        draw = rng.random()
        if draw < 0.30:
            self._fill(scene)
        elif draw < 0.75:
            self._scatter(scene)
        elif draw < 0.88:
            self._screenshot(scene)
        picture = scene.picture
        if rng.random() < 0.25:
            picture = changes.light(picture, rng)
        if rng.random() < 0.2:
            picture = changes.blur(picture, rng)
        small = picture.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=2.0)
        return np.asarray(small), scene.parts

    def _background(self, size: tuple[int, int]) -> Image.Image:
        rng, draw = self._rng, self._rng.random()
        if draw < 0.35:
            return changes.background(size, rng)
        if draw < 0.75:
            image = self._backgrounds[int(rng.integers(len(self._backgrounds)))]
            return changes.crop(image, rng).resize(size)
        if draw < 0.9:
            drawn = list(nothing.DRAWN.values())
            return drawn[int(rng.integers(len(drawn)))](rng).resize(size)
        red, green, blue = (int(value) for value in rng.integers(0, 256, 3))
        return Image.new("RGB", size, (red, green, blue))

    def _fill(self, scene: Scene) -> None:
        piece = self._piece(self._rng)
        piece.bent(self._rng, 1.0)
        piece.each(lambda image: image.resize(scene.picture.size))
        scene.paste(piece, (0, 0), cut_out=False)

    def _scatter(self, scene: Scene) -> None:
        rng, (width, height) = self._rng, scene.picture.size
        count = int(rng.integers(1, 5))
        for _ in range(count):
            piece = self._piece(rng)
            piece.bent(rng, 0.7)
            share = rng.uniform(0.3, 0.85) if count == 1 else rng.uniform(0.2, 0.6)
            ratio = min(share * width / piece.image.width, 0.95 * height / piece.image.height)
            size = [max(8, int(side * ratio)) for side in piece.image.size]
            piece.each(lambda image, size=size: image.resize((size[0], size[1])))
            over = 0.12 if rng.random() < 0.5 else 0.0
            x = int(rng.uniform(-over * size[0], width - (1 - over) * size[0]))
            y = int(rng.uniform(-over * size[1], height - (1 - over) * size[1]))
            scene.paste(piece, (x, y), cut_out=bool(rng.random() < 0.35))

    def _screenshot(self, scene: Scene) -> None:
        piece = self._piece(self._rng)
        shot = changes.screenshot(piece.image, self._rng)
        size = scene.picture.size
        scene.picture = shot.image.resize(size)
        x, y = size[0] / shot.image.width, size[1] / shot.image.height
        left, top, width, height = shot.box
        piece.each(lambda image: image.resize((int(width * x), int(height * y))))
        scene.paste(piece, (int(left * x), int(top * y)), cut_out=False)


@dataclass
class Targets:
    """What the head should say for each cell.

    ``kind``: -1 without garment; ``photo``: 0 or 1; ``edges``: (8, rows, columns) in cells;
    ``ignored``: cells of garments of which too little is left to be found.
    """

    kind: np.ndarray
    photo: np.ndarray
    edges: np.ndarray
    ignored: np.ndarray


def targets(parts: list[tuple[int, np.ndarray, np.ndarray]], height: int, width: int) -> Targets:
    """Targets for a picture of ``height`` x ``width`` pixels."""
    rows, columns = height // CELL, width // CELL
    out = Targets(
        np.full((rows, columns), -1, np.int8),
        np.zeros((rows, columns), np.uint8),
        np.zeros((8, rows, columns), np.float16),
        np.zeros((rows, columns), np.uint8),
    )
    y, x = np.mgrid[0:rows, 0:columns] * float(CELL) + CELL / 2
    for kind, garment, photo in parts:
        for first, mask in ((0, garment), (4, photo)):
            share = _shares(mask, rows, columns)
            if mask.sum() < 0.01 * mask.size:
                out.ignored |= (first == 0) & (share > 0.15)
                continue
            ys, xs = (axis / _SCALE for axis in np.where(mask))
            step = 1 / _SCALE
            edges = np.stack([x - xs.min(), y - ys.min(), xs.max() + step - x, ys.max() + step - y])
            inside = share > 0.5
            out.edges[first : first + 4, inside] = edges[:, inside] / CELL
            if first == 0:
                out.kind[inside] = kind
            else:
                out.photo[inside] = 1
    return out


def _shares(mask: np.ndarray, rows: int, columns: int) -> np.ndarray:
    image = Image.fromarray((mask * 255).astype(np.uint8))
    return np.asarray(image.resize((columns, rows), Image.Resampling.BOX)) / 255
