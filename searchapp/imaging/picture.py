"""Pictures from outside: look at the header, then make them upright and safe.

:func:`inspect` reads a header and never decodes; it is cheap enough for the web process.
:func:`make_upright` decodes, and so belongs into a child process with limits: see
:mod:`searchapp.imaging.decoder`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from searchapp import errors
from searchapp.imaging.decoding import (
    UNREADABLE,
    PictureHeader,
    Size,
    decode,
    describe,
    transposed,
    upright_size,
)

WORKING_SIDE = 1280
"""Longest side, in pixels, of the copy that regions and features are computed from."""

TALL = 2.5
"""Of a picture so many times longer than wide (a screenshot of a whole page), or wider than long,
the working copy is larger: its shorter side keeps TALL_SIDE pixels."""

TALL_SIDE = 540
"""Pixels: three products in a row are each as large as the vision models look at."""

TALL_PIXELS = 6_000_000
"""Pixels of the largest working copy."""

JPEG_SIDE = 65_500
"""The longest side, in pixels, of a JPEG that can be written."""

JPEG_QUALITY = 88

SMALL_PIXELS, SMALL_QUALITY = 1_000_000, 95
"""Up to so many pixels a JPEG is better, and keeps its colours in full: drawings have fine ones."""

SCREEN_SIDE = 800
"""Pixels of the longer side on a page: enough for the photo's place on a phone at three dots a
pixel."""

SCREEN_QUALITY = 78


@dataclass(frozen=True, slots=True)
class UprightImage:
    """A decoded working copy: ``pixels`` is uint8 ``(h, w, 3)`` sRGB, see :func:`working_size`.

    ``width`` and ``height`` are those of the upright picture, the coordinates of every box.
    """

    pixels: NDArray[np.uint8]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class UprightPicture:
    """The safe form of a picture: a JPEG without metadata, and the copy to compute with.

    ``width`` and ``height`` are those of the upright picture.  The JPEG has the same size unless
    a smaller one was asked for, or the picture has more than MAX_PIXELS.
    """

    jpeg: bytes
    width: int
    height: int
    image: UprightImage


def inspect(data: bytes) -> PictureHeader:
    """Kind and upright size of a picture, without decoding it.

    :raises errors.UnsupportedPicture: not a picture that we take.
    :raises errors.UnreadableHeader: the header is broken.
    :raises errors.TooManyPixels: more than MAX_PIXELS, and no way to decode fewer of them.
    """
    return describe(data).header


def make_upright(data: bytes, longest: int | None = None) -> UprightPicture:
    """Decode a picture: turned upright, sRGB, transparent parts on white, no metadata.

    :param longest: longest side of the JPEG in pixels; None keeps every pixel, up to JPEG_SIDE.
    :raises errors.UnreadablePicture: it cannot be decoded.
    :raises MemoryError: this process has too little memory for it.
    """
    try:
        source = describe(data)
        # A decoder may skip detail, but none that the working copy needs.
        flat, size = decode(data, source, None if longest is None else max(longest, WORKING_SIDE))
        flat = _shrunk(flat, min(longest or JPEG_SIDE, JPEG_SIDE))
        upright = _turned(flat, source.orientation)
        jpeg = _encoded(upright)
        small = np.asarray(_resized(upright, working_size(*upright.size)))
    except errors.AppError as error:
        raise errors.UnreadablePicture(type(error).__name__) from None
    except UNREADABLE as error:
        raise errors.UnreadablePicture(type(error).__name__) from None
    width, height = upright_size(size, source.orientation)
    return UprightPicture(jpeg, width, height, UprightImage(small, width, height))


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation -> what undoes it (Exif 2.32, table 6)."""


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return transposed(image, turn) if turn is not None else image


def working_size(width: int, height: int) -> Size:
    """The size of the working copy: at most WORKING_SIDE long, larger for long narrow pictures."""
    longer, shorter = max(width, height), min(width, height)
    scale = WORKING_SIDE / longer
    if longer > TALL * shorter:
        most = (TALL_PIXELS / (width * height)) ** 0.5
        scale = max(scale, min(TALL_SIDE / shorter, most))
    return (width, height) if scale >= 1 else _scaled((width, height), scale)


def _scaled(size: Size, scale: float) -> Size:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _shrunk(image: Image.Image, longest: int) -> Image.Image:
    """The picture with its longest side at most ``longest`` pixels."""
    scale = longest / max(image.size)
    return image if scale >= 1 else _resized(image, _scaled(image.size, scale))


def _resized(image: Image.Image, size: Size) -> Image.Image:
    if size == image.size:
        return image
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _encoded(image: Image.Image) -> bytes:
    """A JPEG without any metadata."""
    image.info.clear()
    out = io.BytesIO()
    if image.width * image.height <= SMALL_PIXELS:
        image.save(out, "JPEG", quality=SMALL_QUALITY, subsampling="4:4:4")
    else:
        image.save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()


def rendition(jpeg: bytes) -> bytes:
    """``jpeg`` with its longer side at most SCREEN_SIDE pixels; as it came if it is not larger.

    Takes about 20 ms: a JPEG is decoded at a fraction of its size right away.

    :param jpeg: the upright JPEG of a job, never bytes that a client sent.
    """
    with Image.open(io.BytesIO(jpeg)) as image:
        if max(image.size) <= SCREEN_SIDE:
            return jpeg
        image.draft("RGB", (SCREEN_SIDE, SCREEN_SIDE))
        image.thumbnail((SCREEN_SIDE, SCREEN_SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
        out = io.BytesIO()
        image.save(out, "JPEG", quality=SCREEN_QUALITY)
    return out.getvalue()
