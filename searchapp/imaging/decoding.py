"""From a file's bytes to pixels in sRGB: what its header tells and its decoder makes of it.

:func:`describe` reads headers alone.  :func:`decode` runs native decoders: only a child process
with limits calls it, see :mod:`searchapp.imaging.decode_child`.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms, ImageFile

from searchapp import errors
from searchapp.imaging import colour, headers, heif
from searchapp.imaging.headers import PictureKind, kind_of, orientation_of

MAX_PIXELS = 50_000_000
"""Pictures of more pixels are decoded at a fraction of their size, or refused."""

MAX_REDUCED_PIXELS = 250_000_000
"""Pictures of more pixels are refused, whatever they are."""

PREVIEW_SIDE = 1000
"""Longer side, in pixels, of a preview that may stand for a picture above MAX_PIXELS."""

TRUNCATED = 0.5
"""Share of its rows that a JPEG or PNG without its end must have."""

# The pixel count is checked by this module, with an error of its own, before anything is decoded.
Image.MAX_IMAGE_PIXELS = None

# Pillow tells each oddity of a file in words of its own: strangers could fill a log with them.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

Size = tuple[int, int]
"""Width and height in pixels."""

Frame = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels."""

UNREADABLE = (
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
    ZeroDivisionError,
    struct.error,
    ImageCms.PyCMSError,
)
"""What Pillow and libheif raise on broken files."""


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What a header promises: kind, and width and height in pixels once upright."""

    kind: PictureKind
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Source:
    """A picture as its header describes it; ``orientation`` is what is left to be undone once it
    is decoded, ``container`` the boxes of a HEIF or AVIF file."""

    header: PictureHeader
    orientation: int
    container: heif.HeifPicture | None = None

    @property
    def reduced(self) -> bool:
        """Whether it is too large to be decoded pixel by pixel."""
        return self.header.width * self.header.height > MAX_PIXELS


def describe(data: bytes) -> Source:
    """What a file's header says of its picture; nothing is decoded.

    :raises errors.UnsupportedPicture: not a picture that we take.
    :raises errors.UnreadableHeader: the header is broken.
    :raises errors.TooManyPixels: more than MAX_PIXELS, and no way to decode fewer of them.
    """
    kind = kind_of(data)
    try:
        source = _described(data, kind)
    except UNREADABLE as error:
        raise errors.UnreadableHeader(type(error).__name__) from None
    header = source.header
    if header.width < 1 or header.height < 1:
        raise errors.UnreadableHeader("empty picture")
    if source.reduced and not _reducible(data, source):
        raise errors.TooManyPixels(f"{header.width}x{header.height}")
    return source


def _described(data: bytes, kind: PictureKind) -> Source:
    """A header, by code that no header can break.

    Pillow reads a JPEG's header in Python; for most other kinds it would call a native library, and
    it refuses a PNG for chunks that no picture needs.
    """
    if kind in (PictureKind.HEIF, PictureKind.AVIF):
        return _from_container(heif.read(data), kind)
    if kind is PictureKind.WEBP:
        return _turned_source(
            kind, headers.webp_size(data), orientation_of(headers.webp_exif(data))
        )
    if kind is PictureKind.GIF:
        return _turned_source(kind, headers.gif_size(data), headers.UPRIGHT)
    if kind is PictureKind.PNG:
        chunks = headers.png_chunks(data)
        return _turned_source(
            kind, headers.png_size(chunks), orientation_of(chunks.get(b"eXIf", b""))
        )
    with _open(data, kind) as image:
        exif = image.info.get("exif", b"")
        return _turned_source(
            kind, image.size, orientation_of(exif) if isinstance(exif, bytes) else headers.UPRIGHT
        )


def _turned_source(kind: PictureKind, size: tuple[int, int], orientation: int) -> Source:
    return Source(PictureHeader(kind, *upright_size(size, orientation)), orientation)


def _from_container(container: heif.HeifPicture, kind: PictureKind) -> Source:
    """A HEIF or AVIF file is turned by its boxes; by its EXIF only if none of them is a turn.

    :raises errors.UnsupportedPicture: its picture is of another codec than its brand says.
    """
    coded = (
        container.codec in heif.HEVC if kind is PictureKind.HEIF else container.codec == heif.AV1
    )
    if not coded:
        raise errors.UnsupportedPicture
    orientation = headers.UPRIGHT if container.turned else orientation_of(container.exif)
    source = _turned_source(kind, (container.width, container.height), orientation)
    return replace(source, container=container)


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return (size[1], size[0]) if orientation >= 5 else size


def _reducible(data: bytes, source: Source) -> bool:
    """Whether a picture above MAX_PIXELS can be decoded at no more cost than one below."""
    if source.header.width * source.header.height > MAX_REDUCED_PIXELS:
        return False
    if source.header.kind is PictureKind.JPEG:
        return headers.is_single_scan_jpeg(data)
    return source.container is not None and _preview(source.container) is not None


def _preview(container: heif.HeifPicture) -> heif.Preview | None:
    """The largest preview that is large enough, and not too large."""
    usable = [
        preview
        for preview in container.previews
        if preview.codec in heif.HEVC or preview.codec == heif.JPEG
        if max(preview.width, preview.height) >= PREVIEW_SIDE
        if preview.width * preview.height <= MAX_PIXELS
    ]
    return max(usable, key=lambda preview: preview.width * preview.height, default=None)


def _open(data: bytes, kind: PictureKind) -> ImageFile.ImageFile:
    if kind is PictureKind.HEIF:
        _register_heif()
    return Image.open(io.BytesIO(data), formats=[kind.value.upper()])


@lru_cache(maxsize=1)
def _register_heif() -> None:
    """Teach Pillow HEIF, and only when such a file comes: the library takes time to load."""
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False)


# --- decoding --------------------------------------------------------------------------------


def decode(data: bytes, source: Source, longest: int | None) -> tuple[Image.Image, Size]:
    """The picture in sRGB before its last turn, and its size at that point in full.

    :raises errors.TooManyPixels: the decoder found more of them than the header told.
    """
    kind, container = source.header.kind, source.container
    if kind is PictureKind.JPEG:
        image, size = _decoded_jpeg(data, longest)
        return _srgb(image, None), size
    if container is not None and source.reduced:
        return _decoded_preview(data, container), (container.width, container.height)
    coded = headers.png_pixels_only(data) if kind is PictureKind.PNG else data
    with _open(coded, kind) as image:
        if image.width * image.height > MAX_PIXELS:
            raise errors.TooManyPixels(f"{image.width}x{image.height}")
        loaded, frame = _loaded(image, coded, kind)
        flat = _on_white(_srgb(loaded, _encoding(data, source, image)), frame)
    if container is not None and kind is PictureKind.AVIF:
        flat = _transformed(flat, container.transforms)
    return flat, flat.size


def _loaded(
    image: ImageFile.ImageFile, data: bytes, kind: PictureKind
) -> tuple[Image.Image, Frame]:
    """``image`` with its pixels, and where they are: a first frame may be smaller, or be cut.

    An animated PNG whose still picture is none of its frames is taken by its first frame, as
    browsers show it.  Pixels that a cut PNG no longer has stay black.

    :raises OSError: it is broken, or a PNG or GIF of which less than TRUNCATED is there.
    """
    whole = 0, 0, *image.size
    frame = (image.tile[0].extents if kind is PictureKind.GIF else None) or whole
    try:
        image.load()
        if getattr(image, "default_image", False):
            image.seek(1)
            image.load()
            frame = image.info["bbox"]
        # Saving would copy a picture that counts as shared, which that of the HEIF plug-in is not.
        image.readonly = 0
    except (OSError, SyntaxError):
        if kind is PictureKind.PNG and headers.png_share(data) < TRUNCATED:
            raise
        with _lenient():
            image = _open(data, kind)
            image.load()
        if kind is PictureKind.GIF:
            frame = _cut_frame(image, frame)
    return image, frame


@contextmanager
def _lenient() -> Iterator[None]:
    """Lets Pillow give what there is of a broken file; a child decodes one file at a time."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def _cut_frame(image: Image.Image, frame: Frame) -> Frame:
    """The part of a GIF's ``frame`` that is there; OSError if it is less than TRUNCATED."""
    left, top, right, bottom = frame
    end = _rows_there(image, [image.info.get("transparency", 0)])
    if end - top < TRUNCATED * (bottom - top):
        raise OSError("a cut GIF")
    return left, top, right, end


def _on_white(image: Image.Image, frame: Frame) -> Image.Image:
    """``image`` with white around ``frame``."""
    if frame == (0, 0, *image.size):
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image.crop(frame), frame)
    return white


def _encoding(data: bytes, source: Source, image: Image.Image) -> colour.Encoding | None:
    """What the file says of its colours beside an ICC profile."""
    if source.header.kind is PictureKind.PNG:
        return colour.of_png(headers.png_chunks(data))
    if source.container is not None and not image.info.get("icc_profile"):
        return colour.of_nclx(source.container.nclx)
    return None


def _decoded_jpeg(data: bytes, longest: int | None) -> tuple[Image.Image, Size]:
    """A JPEG, at a fraction of its size if no more is needed, and its size in full.

    Rows that a cut or damaged file does not have are middle grey, as libjpeg leaves them.
    """
    image, size = _drafted(data, longest)
    try:
        image.load()
    except OSError:
        with _lenient():
            image, size = _drafted(data + _END_OF_IMAGE, longest)
            image.load()
        rows = _rows_there(image, _UNWRITTEN)
        if rows < TRUNCATED * image.height:
            raise
        image.paste((128,) * len(image.getbands()), (0, rows, *image.size))
    return image, size


_END_OF_IMAGE = b"\xff\xd9"
_UNWRITTEN = (0, 127, 128)
"""Samples of rows behind the end of a cut JPEG, and behind damage that ends its decoding (0)."""


def _drafted(data: bytes, longest: int | None) -> tuple[Image.Image, Size]:
    """The decoder itself may skip detail that is not asked for, never below the sizes."""
    image = _open(data, PictureKind.JPEG)
    width, height = size = image.size
    wanted = [longest / max(size)] if longest is not None else []
    if width * height > MAX_PIXELS:
        wanted.append(0.5 if width * height <= 4 * MAX_PIXELS else 0.25)
    if wanted and min(wanted) < 1:
        image.draft(None, (int(width * min(wanted)), int(height * min(wanted))))
    return image, size


def _rows_there(image: Image.Image, blank: Sequence[int]) -> int:
    """Rows above those of ``blank`` samples alone at its end, which the file no longer has."""
    filled = (~np.isin(np.asarray(image), blank)).reshape(image.height, -1).any(axis=1)
    return int(np.flatnonzero(filled)[-1]) + 1 if filled.any() else 0


def _decoded_preview(data: bytes, container: heif.HeifPicture) -> Image.Image:
    """The preview of a HEIF picture that is too large, turned as the picture is."""
    preview = _preview(container)
    if preview is None:
        raise errors.TooManyPixels(f"{container.width}x{container.height}")
    if preview.codec == heif.JPEG:
        flat = _srgb(_decoded_jpeg(preview.data, None)[0], None)
        return _transformed(flat, container.transforms)
    import pillow_heif

    file = pillow_heif.open_heif(data)
    image = file[file.primary_index].get_thumbnail(preview.place).to_pillow()
    flat = _srgb(image, colour.of_nclx(container.nclx))
    return flat if preview.turned else _transformed(flat, container.transforms, crop=False)


_QUARTERS = (
    None,
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_180,
    Image.Transpose.ROTATE_270,
)
_MIRRORS = (Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.FLIP_LEFT_RIGHT)


def _transformed(
    image: Image.Image, transforms: Sequence[heif.Box], *, crop: bool = True
) -> Image.Image:
    """The crops and turns of a container's boxes (ISO/IEC 23008-12, 6.5.10 to 6.5.12)."""
    for kind, inside in transforms:
        if kind == b"clap" and crop:
            image = image.crop(heif.crop_box(inside, *image.size))
        turn = None
        if kind == b"irot":
            turn = _QUARTERS[inside[0] & 3]
        elif kind == b"imir":
            turn = _MIRRORS[inside[0] & 1]
        image = transposed(image, turn) if turn is not None else image
    return image


def transposed(image: Image.Image, turn: Image.Transpose) -> Image.Image:
    """``image`` (RGB) turned, and closed: channel by channel, as two whole ones may be 400 MB."""
    channels = list(image.split())
    image.close()
    for number in range(len(channels)):
        channels[number] = channels[number].transpose(turn)
    return Image.merge(image.mode, channels)


def _srgb(image: Image.Image, encoding: colour.Encoding | None) -> Image.Image:
    """An RGB picture in sRGB, transparent parts laid on white."""
    profile = image.info.get("icc_profile") or b""
    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        image = colour.eight_bit(image)
    alpha = image.convert("RGBA").getchannel("A") if _transparent(image) else None
    if image.mode not in {"RGB", "CMYK", "L"}:
        image = image.convert("L" if image.mode in {"1", "LA", "La"} else "RGB")
    flat = colour.to_srgb(image, profile, encoding)
    if alpha is None:
        return flat
    white = Image.new("RGB", flat.size, "white")
    white.paste(flat, mask=alpha)
    return white


def _transparent(image: Image.Image) -> bool:
    return image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info
