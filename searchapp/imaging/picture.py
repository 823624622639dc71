"""Pictures that come from outside: look at the header, then make them upright and safe.

:func:`inspect` reads a header and never decodes; it is cheap enough for the web process.
:func:`make_upright` decodes, and so belongs into a child process with limits: see
:mod:`searchapp.imaging.decoder`.
"""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from searchapp import errors
from searchapp.imaging import heif, webp
from searchapp.imaging.orientation import orientation_of

MAX_PIXELS = 50_000_000
"""Pictures of more pixels are refused."""

WORKING_SIDE = 1280
"""Longest side, in pixels, of the copy that regions and features are computed from."""

JPEG_SIDE = 65_500
"""The longest side, in pixels, of a JPEG that can be written."""

JPEG_QUALITY = 88

# The pixel count is checked by this module, with an error of its own, before anything is decoded.
Image.MAX_IMAGE_PIXELS = None

# Pillow tells each oddity of a file in words of its own: strangers could fill a log with them.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


class PictureKind(StrEnum):
    """The kinds that we take, by content."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIF = "heif"


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What a header promises: kind, and width and height in pixels once upright."""

    kind: PictureKind
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class UprightImage:
    """A decoded working copy: ``pixels`` is uint8 ``(h, w, 3)`` sRGB, at most WORKING_SIDE long.

    ``width`` and ``height`` are those of the upright picture, the coordinates of every box.
    """

    pixels: NDArray[np.uint8]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class UprightPicture:
    """The safe form of a picture: a JPEG without metadata, and the copy to compute with.

    ``width`` and ``height`` are those of the upright picture.  The JPEG has the same size unless
    a smaller one was asked for.
    """

    jpeg: bytes
    width: int
    height: int
    image: UprightImage


def kind_of(data: bytes) -> PictureKind:
    """The kind of a picture by its first bytes.

    :raises errors.UnsupportedPicture: if it is none that we take.
    """
    if data[:3] == b"\xff\xd8\xff":
        return PictureKind.JPEG
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return PictureKind.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return PictureKind.WEBP
    if heif.is_heif(data):
        return PictureKind.HEIF
    raise errors.UnsupportedPicture


def inspect(data: bytes) -> PictureHeader:
    """Kind and upright size of a picture, without decoding it.

    :raises errors.UnsupportedPicture: not a picture that we take.
    :raises errors.UnreadableHeader: the header is broken.
    :raises errors.TooManyPixels: more than MAX_PIXELS.
    """
    kind = kind_of(data)
    try:
        width, height, orientation = _header(data, kind)
    except _UNREADABLE as error:
        raise errors.UnreadableHeader(type(error).__name__) from None
    return PictureHeader(kind, *_upright_size(width, height, orientation))


def _header(data: bytes, kind: PictureKind) -> tuple[int, int, int]:
    """Width, height and EXIF orientation of a header, by code that no header can break.

    Pillow reads the headers of JPEG and PNG in Python; for the other kinds it would call the
    decoder's own library.
    """
    if kind is PictureKind.HEIF:
        return *heif.size_of(data), 1
    if kind is PictureKind.WEBP:
        return *webp.size_of(data), orientation_of(webp.exif_of(data))
    with _open(data, kind) as image:
        return *image.size, _orientation(image, kind)


def _upright_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Width and height of the upright picture.

    :raises errors.TooManyPixels: more than MAX_PIXELS.
    :raises errors.UnreadableHeader: none at all.
    """
    if width * height > MAX_PIXELS:
        raise errors.TooManyPixels(f"{width}x{height}")
    if width < 1 or height < 1:
        raise errors.UnreadableHeader("empty picture")
    return (height, width) if orientation >= 5 else (width, height)


def make_upright(data: bytes, longest: int | None = None) -> UprightPicture:
    """Decode a picture: EXIF orientation applied, sRGB, transparent parts on white, no metadata.

    :param longest: longest side of the JPEG in pixels; None keeps every pixel, up to JPEG_SIDE.
    :raises errors.UnreadablePicture: it can not be decoded completely.
    """
    try:
        kind = inspect(data).kind
        with _open(data, kind) as image:
            orientation = _orientation(image, kind)
            # The decoder has the last word on the size: headers may say something else.
            width, height = _upright_size(*image.size, orientation)
            if longest is not None and kind is PictureKind.JPEG:
                # The decoder itself may skip detail that is not asked for, never below the sizes.
                side = max(longest, WORKING_SIDE)
                image.draft(None, (side, side))
            image.load()
            flat = _srgb(image)
        flat = _shrunk(flat, min(longest or JPEG_SIDE, JPEG_SIDE))
        upright = _turned(flat, orientation)
        jpeg = _encoded(upright)
        small = np.asarray(_shrunk(upright, WORKING_SIDE))
    except errors.AppError as error:
        raise errors.UnreadablePicture(type(error).__name__) from None
    except _UNREADABLE as error:
        raise errors.UnreadablePicture(type(error).__name__) from None
    return UprightPicture(jpeg, width, height, UprightImage(small, width, height))


_UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    KeyError,
    IndexError,
    TypeError,
    OverflowError,
    AttributeError,
    RuntimeError,
    MemoryError,
    ZeroDivisionError,
    struct.error,
    ImageCms.PyCMSError,
)
"""What Pillow and libheif raise on broken files."""


def _open(data: bytes, kind: PictureKind) -> Image.Image:
    if kind is PictureKind.HEIF:
        _register_heif()
    return Image.open(io.BytesIO(data), formats=[kind.value.upper()])


@lru_cache(maxsize=1)
def _register_heif() -> None:
    """Teach Pillow HEIF, and only when such a file comes: the library takes time to load."""
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False)


def _orientation(image: Image.Image, kind: PictureKind) -> int:
    """EXIF orientation 1..8; HEIF files are turned by their own boxes, already applied."""
    if kind is PictureKind.HEIF:
        return 1
    exif = image.info.get("exif", b"")
    return orientation_of(exif) if isinstance(exif, bytes) else 1


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
    return image.transpose(turn) if turn is not None else image


def _srgb(image: Image.Image) -> Image.Image:
    """An RGB picture in sRGB, transparent parts laid on white."""
    profile = image.info.get("icc_profile")
    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        image = _eight_bit(image)
    if _transparent(image):
        rgba = image.convert("RGBA")
        white = Image.new("RGB", rgba.size, "white")
        white.paste(rgba, mask=rgba.getchannel("A"))
        image = white
    if profile and image.mode in {"RGB", "CMYK", "L"}:
        image = _through_profile(image, profile)
    return image if image.mode == "RGB" else image.convert("RGB")


def _transparent(image: Image.Image) -> bool:
    return image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info


def _eight_bit(image: Image.Image) -> Image.Image:
    """16-bit grey, scaled to 8 bits (Pillow's own conversion clips instead)."""
    values = np.asarray(image).astype(np.float32)
    return Image.fromarray(np.clip(values / 257.0, 0, 255).astype(np.uint8))


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Colours converted from an embedded ICC profile; an unusable profile is ignored."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return image
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted if converted is not None else image


def _shrunk(image: Image.Image, longest: int) -> Image.Image:
    """The picture with its longest side at most ``longest`` pixels."""
    ratio = longest / max(image.size)
    if ratio >= 1:
        return image
    size = (max(1, round(image.width * ratio)), max(1, round(image.height * ratio)))
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _encoded(image: Image.Image) -> bytes:
    """A JPEG without any metadata."""
    image.info.clear()
    out = io.BytesIO()
    image.save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()
