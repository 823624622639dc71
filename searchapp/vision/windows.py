"""Long narrow pictures, screenshots of whole pages mostly, seen window by window.

Squeezed into one look their things would be a few pixels wide.  Windows overlap by half, so that
most things are whole in one of them; pieces of longer ones are put together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from searchapp.domain.search import Box
from searchapp.imaging.picture import TALL, UprightImage
from searchapp.vision.features.item_arrays import ItemFeatures, Region
from searchapp.vision.pipeline import VisionEngine

ASPECT = 1.4
"""Length of a window against the picture's shorter side: less than a screen's, so that what is
found on it is not taken for the one photo on a phone's screen."""

MAX_WINDOWS = 24
"""Windows of one picture; of a longer one they lie farther apart."""

MAX_REGIONS = 12
"""Regions that are suggested of one picture: as many as a request may ask for."""

_EDGE = 0.02
"""A region that comes as near to a window's end, in shares of its length, is cut there."""

_SAME = 0.5
"""Two regions of which one lies in the other with such a share of its area are one thing."""

_MOST = 0.8
"""A region that covers more of its window is the window itself, not a thing in it."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a picture as a picture of its own, and where it lies in pixels of the whole."""

    image: UprightImage
    box: Box

    def to_window(self, box: Box) -> Box:
        """``box`` of the whole picture in the coordinates of the part."""
        moved = replace(box, x=box.x - self.box.x, y=box.y - self.box.y)
        return moved.clipped(self.box.width, self.box.height) or moved

    def to_picture(self, box: Box) -> Box:
        """``box`` of the part in the coordinates of the whole picture."""
        return replace(box, x=box.x + self.box.x, y=box.y + self.box.y)


def is_long(picture: UprightImage) -> bool:
    """Whether a picture is so long and narrow that it is seen by windows."""
    sides = picture.width, picture.height
    return max(sides) > TALL * min(sides)


def windows(picture: UprightImage) -> list[Window]:
    """Overlapping parts of a long picture, from its beginning to its end."""
    longer = max(picture.width, picture.height)
    length = round(ASPECT * min(picture.width, picture.height))
    count = min(MAX_WINDOWS, 1 + -(-(longer - length) // max(1, length // 2)))
    starts = np.linspace(0, longer - length, count).round().astype(int).tolist()
    return [_window(picture, start, length) for start in starts]


def _window(picture: UprightImage, start: int, length: int) -> Window:
    if picture.height >= picture.width:
        box = Box(0, start, picture.width, length)
    else:
        box = Box(start, 0, length, picture.height)
    rows, columns = picture.pixels.shape[:2]
    down, right = rows / picture.height, columns / picture.width
    part = picture.pixels[
        round(box.y * down) : round((box.y + box.height) * down),
        round(box.x * right) : round((box.x + box.width) * right),
    ]
    return Window(UprightImage(np.ascontiguousarray(part), box.width, box.height), box)


def regions(engine: VisionEngine, picture: UprightImage) -> list[Region]:
    """What to suggest to search, as ``engine`` does; of a long picture in its order."""
    if not is_long(picture):
        return engine.regions(picture)
    kept: list[Region] = []
    found = list(_found(engine, picture))
    whole = [region for region, cut in found if not cut]
    pieces = _joined([region for region, cut in found if cut])
    for region in (*_by_confidence(whole), *_by_confidence(pieces)):
        if len(kept) < MAX_REGIONS and not any(_same(region.box, one.box) for one in kept):
            kept.append(region)
    if not kept:
        return engine.regions(picture)
    return sorted(kept, key=lambda one: one.box.x + one.box.y)


def _by_confidence(found: Sequence[Region]) -> list[Region]:
    return sorted(found, key=lambda region: -region.confidence)


def _joined(pieces: Sequence[Region]) -> list[Region]:
    """Pieces of one thing that several windows cut, put together; the largest names it."""
    joined: list[Region] = []
    for piece in sorted(pieces, key=lambda one: (one.box.x + one.box.y, one.box.area)):
        last = joined[-1] if joined else None
        if last is None or not last.box.shared(piece.box):
            joined.append(piece)
            continue
        larger = max(last, piece, key=lambda one: one.box.area)
        confidence = max(last.confidence, piece.confidence)
        joined[-1] = Region(_around_both(last.box, piece.box), larger.label, confidence)
    return joined


def _around_both(one: Box, other: Box) -> Box:
    left, top = min(one.x, other.x), min(one.y, other.y)
    right = max(one.x + one.width, other.x + other.width)
    bottom = max(one.y + one.height, other.y + other.height)
    return Box(left, top, right - left, bottom - top)


def _found(engine: VisionEngine, picture: UprightImage) -> Iterator[tuple[Region, bool]]:
    """The regions of all windows, and whether a window's end cuts them."""
    for window in windows(picture):
        for region in engine.regions(window.image):
            if region.box.area <= _MOST * window.box.area:
                box = window.to_picture(region.box)
                yield replace(region, box=box), _is_cut(region.box, window, picture)


def _is_cut(box: Box, window: Window, picture: UprightImage) -> bool:
    """Whether ``box`` ends where its window ends and the picture goes on."""
    if picture.height >= picture.width:
        start, end, length, offset = box.y, box.y + box.height, window.box.height, window.box.y
    else:
        start, end, length, offset = box.x, box.x + box.width, window.box.width, window.box.x
    longer = max(picture.width, picture.height)
    before = start < _EDGE * length and offset > 0
    return before or (end > (1 - _EDGE) * length and offset + length < longer)


def _same(one: Box, other: Box) -> bool:
    return one.shared(other) > _SAME * min(one.area, other.area)


def describe(
    engine: VisionEngine, picture: UprightImage, box: Box, label: str | None
) -> ItemFeatures:
    """Features of one item; of a long picture within the window in whose middle it lies."""
    if is_long(picture):
        window = around(picture, box)
        return engine.describe_query(window.image, window.to_window(box), label)
    return engine.describe_query(picture, box, label)


def around(picture: UprightImage, box: Box) -> Window:
    """The part of a long picture with ``box`` in its middle, not shorter than a window."""
    tall = picture.height >= picture.width
    at, size = (box.y, box.height) if tall else (box.x, box.width)
    longer = max(picture.width, picture.height)
    length = min(longer, max(round(ASPECT * min(picture.width, picture.height)), round(1.2 * size)))
    start = min(max(0, at + (size - length) // 2), longer - length)
    return _window(picture, start, length)
