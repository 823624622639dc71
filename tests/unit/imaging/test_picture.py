"""Pictures from outside: header checks, and the upright safe form."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageCms

from searchapp import errors
from searchapp.imaging.headers import PictureKind, kind_of
from searchapp.imaging.picture import SCREEN_SIDE, inspect, make_upright, rendition


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 20), **options: object) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "SecretPhoneMaker"
    return tags.tobytes()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("JPEG", PictureKind.JPEG), ("PNG", PictureKind.PNG), ("WEBP", PictureKind.WEBP)],
)
def test_inspect__kind_and_size(kind: str, expected: PictureKind) -> None:
    header = inspect(picture(kind))
    assert (header.kind, header.width, header.height) == (expected, 40, 20)


def test_inspect__heif_and_upright() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    data = picture("HEIF", size=(64, 32))
    header = inspect(data)
    assert (header.kind, header.width, header.height) == (PictureKind.HEIF, 64, 32)
    assert make_upright(data).jpeg[:2] == b"\xff\xd8"


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_inspect__turned_pictures_swap_sides(orientation: int) -> None:
    header = inspect(picture(exif=exif(orientation)))
    assert (header.width, header.height) == (20, 40)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"BM" + bytes(40),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\0\0\0\x18ftypjxl \0\0\0\0jxl jxl " + bytes(40),
        b"%PDF-1.7",
    ],
)
def test_kind_of__refuses_others(data: bytes) -> None:
    with pytest.raises(errors.UnsupportedPicture):
        kind_of(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff\xe0" + b"x" * 30,
        b"\x89PNG\r\n\x1a\n" + b"x" * 30,
        b"RIFF\x10\0\0\0WEBPVP8 " + b"x" * 4,
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"x" * 40,
    ],
)
def test_inspect__broken_header(data: bytes) -> None:
    with pytest.raises(errors.UnreadableHeader):
        inspect(data)


def test_inspect__pixel_bomb_is_refused_by_its_header() -> None:
    out = io.BytesIO()
    Image.new("1", (10_000, 6_000)).save(out, "PNG")
    with pytest.raises(errors.TooManyPixels):
        inspect(out.getvalue())


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_make_upright__less_than_half_is_unreadable(kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (80, 80, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, kind)
    data = out.getvalue()
    inspect(data)
    with pytest.raises(errors.UnreadablePicture):
        make_upright(data[: len(data) // 3])


def test_make_upright__applies_orientation_and_strips_metadata() -> None:
    upright = make_upright(picture(size=(80, 40), exif=exif(6), comment=b"SecretComment"))
    assert (upright.width, upright.height) == (40, 80)
    pixels = upright.image.pixels
    assert pixels.shape == (80, 40, 3)
    # Orientation 6 is undone by a quarter turn clockwise: the left half comes to the top.
    assert pixels[5, 20, 0] > 200
    assert pixels[75, 20, 2] > 200
    assert b"Secret" not in upright.jpeg
    assert b"Exif" not in upright.jpeg
    with Image.open(io.BytesIO(upright.jpeg)) as again:
        assert again.size == (40, 80)


def test_make_upright__transparent_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(out, "PNG")
    assert make_upright(out.getvalue()).image.pixels.min() > 250


def test_make_upright__palette_transparency_becomes_white() -> None:
    out = io.BytesIO()
    image = Image.new("P", (8, 8), 0)
    image.putpalette([255, 0, 0] + [0] * 765)
    image.save(out, "PNG", transparency=0)
    assert make_upright(out.getvalue()).image.pixels.min() > 250


def test_make_upright__sixteen_bit_grey_keeps_its_tone() -> None:
    out = io.BytesIO()
    Image.fromarray(np.full((8, 8), 0x8000, np.uint16)).save(out, "PNG")
    assert abs(int(make_upright(out.getvalue()).image.pixels.mean()) - 128) <= 2


@pytest.mark.parametrize("mode", ["CMYK", "L"])
def test_make_upright__other_modes(mode: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (16, 16), "white").convert(mode).save(out, "JPEG")
    assert make_upright(out.getvalue()).image.pixels.mean() > 240


def test_make_upright__unusable_profile_is_ignored() -> None:
    upright = make_upright(picture(icc_profile=b"nonsense"))
    assert (upright.width, upright.height) == (40, 20)


def test_make_upright__profile_is_applied_and_dropped() -> None:
    """In the space of this profile, red is what green is in sRGB."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for old, new in (("rXYZ", "temp"), ("gXYZ", "rXYZ"), ("temp", "gXYZ")):
        profile = profile.replace(old.encode(), new.encode())
    profile = profile.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (250, 5, 5)).save(out, "JPEG", icc_profile=profile)
    upright = make_upright(out.getvalue())
    red, green, _ = upright.image.pixels.mean(axis=(0, 1))
    assert green > 200 > 50 > red
    assert b"ICC_PROFILE" not in upright.jpeg


def test_make_upright__working_copy_is_bounded_and_knows_its_size() -> None:
    upright = make_upright(picture(size=(2560, 1280)))
    assert upright.image.pixels.shape == (640, 1280, 3)
    assert (upright.image.width, upright.image.height) == (2560, 1280)
    with Image.open(io.BytesIO(upright.jpeg)) as again:
        assert again.size == (2560, 1280)


def test_make_upright__longer_than_a_jpeg_can_be() -> None:
    out = io.BytesIO()
    Image.new("RGB", (70_000, 20), (200, 30, 30)).save(out, "PNG")
    upright = make_upright(out.getvalue())
    assert (upright.width, upright.height) == (70_000, 20)
    with Image.open(io.BytesIO(upright.jpeg)) as jpeg:
        assert jpeg.size == (65_500, 19)


def test_make_upright__longest_shrinks_the_jpeg_only() -> None:
    upright = make_upright(picture(size=(800, 400)), longest=200)
    assert (upright.width, upright.height) == (800, 400)
    with Image.open(io.BytesIO(upright.jpeg)) as again:
        assert again.size == (200, 100)


def test_inspect__a_strangers_exif_says_nothing_in_our_log() -> None:
    """As a process of its own: pytest sets the filters of warnings anew for each test."""
    program = (
        "import sys; from searchapp.imaging.picture import inspect\n"
        "inspect(sys.stdin.buffer.read())\n"
    )
    broken = picture(exif=exif(6).replace(b"SecretPhoneMaker", b"S"))
    done = subprocess.run(
        [sys.executable, "-c", program], input=broken, check=True, capture_output=True
    )
    assert done.stderr == b""


def gradient(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "JPEG", quality=92)
    return out.getvalue()


def test_rendition__keeps_the_shape_and_gets_small() -> None:
    large = gradient(1600, 1000)
    small = rendition(large)
    with Image.open(io.BytesIO(small)) as image:
        assert image.size == (SCREEN_SIDE, SCREEN_SIDE * 1000 // 1600)
        assert not image.getexif()
    assert len(small) < len(large)


def test_rendition__small_pictures_stay_as_they_are() -> None:
    small = gradient(640, SCREEN_SIDE)
    assert rendition(small) is small
