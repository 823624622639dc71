"""HEIF and AVIF files as encoders write them: turns, crops and previews."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from searchapp import errors
from searchapp.imaging import decoding, heif
from searchapp.imaging.headers import UPRIGHT, PictureKind
from searchapp.imaging.picture import inspect, make_upright
from tests.support.heif_boxes import box, clap, full, heic, ispe


def drawn(size: tuple[int, int] = (96, 64)) -> Image.Image:
    """A picture whose left third is red; the rest is blue."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 3, size[1]))
    return image


def saved(image: Image.Image, kind: str = "HEIF", **options: object) -> bytes:
    from pillow_heif import register_heif_opener

    register_heif_opener()
    out = io.BytesIO()
    image.save(out, kind, quality=90, **options)
    return out.getvalue()


def turned_by_exif(value: int) -> bytes:
    """A HEIC file without ``irot`` or ``imir`` whose EXIF says ``value``."""
    tags = Image.Exif()
    tags[0x010F] = "maker"
    tags[0x0112] = UPRIGHT
    data = saved(drawn(), exif=tags)
    reported = struct.pack(">HHIHxx", 0x0112, 3, 1, UPRIGHT)
    assert data.count(reported) == 1
    assert b"irot" not in data
    return data.replace(reported, struct.pack(">HHIHxx", 0x0112, 3, 1, value))


@pytest.mark.parametrize("value", range(1, 9))
def test_make_upright__turned_by_exif_alone(value: int) -> None:
    data = turned_by_exif(value)
    reference = io.BytesIO()
    tags = Image.Exif()
    tags[0x0112] = value
    drawn().save(reference, "JPEG", quality=95, exif=tags)
    expected = make_upright(reference.getvalue()).image.pixels
    upright = make_upright(data)
    header = inspect(data)
    assert (header.width, header.height) == (upright.width, upright.height)
    assert upright.image.pixels.shape == expected.shape
    assert np.abs(upright.image.pixels.astype(int) - expected).mean() < 8


@pytest.mark.parametrize("angle", [0, 1, 2, 3])
def test_inspect__exif_is_not_applied_beside_a_turn(angle: int) -> None:
    """``irot`` of 0 degrees says that the picture is upright, whatever EXIF says."""
    properties = [ispe(640, 480), box(b"irot", bytes([angle]))]
    data = heic(*properties, exif=6)
    assert heif.read(data).turned
    header = inspect(data)
    assert (header.width, header.height) == ((480, 640) if angle & 1 else (640, 480))


def test_inspect__exif_alone() -> None:
    header = inspect(heic(ispe(640, 480), exif=6))
    assert (header.width, header.height) == (480, 640)


def test_make_upright__a_turn_of_its_boxes_is_not_applied_twice() -> None:
    import pillow_heif

    tags = Image.Exif()
    tags[0x0112] = 6
    picture = pillow_heif.from_pillow(drawn())
    picture.info["exif"] = tags.tobytes()
    out = io.BytesIO()
    picture.save(out, quality=90)
    assert heif.read(out.getvalue()).turned
    upright = make_upright(out.getvalue())
    assert (upright.width, upright.height) == (64, 96)
    assert upright.image.pixels[5, 32, 0] > 200
    assert upright.image.pixels[90, 32, 2] > 200


def test_inspect__an_avif_film_has_the_size_of_its_track() -> None:
    size = struct.pack(">II", 480 << 16, 270 << 16)
    data = box(b"ftyp", b"avis\0\0\0\0msf1avis") + box(
        b"moov", box(b"trak", full(b"tkhd", bytes(72), size))
    )
    header = inspect(data)
    assert (header.kind, header.width, header.height) == (PictureKind.AVIF, 480, 270)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_make_upright__avif_turned_by_its_boxes(orientation: int) -> None:
    tags = Image.Exif()
    tags[0x0112] = orientation
    reference = io.BytesIO()
    drawn().save(reference, "JPEG", quality=95, exif=tags.tobytes())
    expected = make_upright(reference.getvalue()).image.pixels
    data = saved(drawn(), "AVIF", exif=tags)
    header, upright = inspect(data), make_upright(data)
    assert (header.kind, header.width) == (PictureKind.AVIF, upright.width)
    assert upright.image.pixels.shape == expected.shape
    assert np.abs(upright.image.pixels.astype(int) - expected).mean() < 8


def test_crop_box__as_the_standard_says() -> None:
    inside = memoryview(clap(180, 1, 100, 1, offset=(-30, -10)))[8:]
    assert heif.crop_box(inside, 320, 280) == (40, 80, 220, 180)


def test_inspect__avif_of_another_codec_is_not_taken() -> None:
    data = heic(ispe(64, 48), codec=b"hvc1").replace(b"heic", b"avif")
    with pytest.raises(errors.UnsupportedPicture):
        inspect(data)


def with_preview(longest: int) -> bytes:
    import pillow_heif

    picture = pillow_heif.from_pillow(drawn((420, 280)))
    picture.info["thumbnails"] = [longest]
    out = io.BytesIO()
    picture.save(out, quality=90)
    return out.getvalue()


def test_make_upright__too_large_but_for_its_preview(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_PIXELS", 50_000)
    monkeypatch.setattr(decoding, "PREVIEW_SIDE", 200)
    upright = make_upright(with_preview(210))
    assert (upright.width, upright.height) == (420, 280)
    assert (upright.image.width, upright.image.height) == (420, 280)
    assert upright.image.pixels.shape == (140, 210, 3)
    assert upright.image.pixels[70, 30, 0] > 200
    with pytest.raises(errors.TooManyPixels):
        inspect(with_preview(150))
