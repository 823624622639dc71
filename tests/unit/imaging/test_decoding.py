"""JPEG files that are cut or very large, GIF, and what their decoders are asked for."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageChops

from searchapp import errors
from searchapp.imaging import decoding
from searchapp.imaging.decoding import decode, describe, transposed
from searchapp.imaging.picture import inspect, make_upright


def gradient(size: tuple[int, int] = (160, 240)) -> Image.Image:
    """Brighter from top to bottom, nowhere middle grey."""
    grey = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (grey, grey.point(lambda value: value // 2), grey))


def jpeg(image: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92, **options)
    return out.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 3}])
@pytest.mark.parametrize("missing", [1, 2, 5])
def test_make_upright__jpeg_without_its_end(options: dict[str, object], missing: int) -> None:
    data = jpeg(gradient(), **options)
    whole, cut = make_upright(data), make_upright(data[:-missing])
    assert (cut.width, cut.height) == (whole.width, whole.height)
    rows = slice(0, 220)
    difference = cut.image.pixels[rows].astype(int) - whole.image.pixels[rows]
    assert np.abs(difference).mean() < 1


@pytest.mark.parametrize("grey", [False, True])
def test_make_upright__half_of_the_rows_are_enough(grey: bool) -> None:
    noise = Image.effect_noise((200, 400), 90)
    image = noise if grey else Image.merge("RGB", (noise, noise.rotate(180), noise))
    data = jpeg(image)
    start = data.index(b"\xff\xda") + 14
    body = len(data) - start
    whole = make_upright(data).image.pixels.astype(int)
    part = make_upright(data[: start + body * 6 // 10]).image.pixels.astype(int)
    assert np.abs(part[:200] - whole[:200]).mean() < 1
    with pytest.raises(errors.UnreadablePicture):
        make_upright(data[: start + body * 4 // 10])


@pytest.mark.parametrize("damage", [b"\xff\xd8", b"\xff\xb1\x12\x34"])
def test_make_upright__jpeg_damaged_in_the_middle(damage: bytes) -> None:
    """What lies above the damage is shown, and middle grey below, as browsers do."""
    data = bytearray(jpeg(Image.effect_noise((200, 400), 90).convert("RGB"), subsampling=0))
    start = data.index(b"\xff\xda") + 14
    whole = make_upright(bytes(data)).image.pixels.astype(int)
    at = start + (len(data) - start) * 7 // 10
    data[at : at + len(damage)] = damage
    pixels = make_upright(bytes(data)).image.pixels.astype(int)
    assert np.abs(pixels[:240] - whole[:240]).mean() < 1
    assert np.abs(pixels[300:] - 128).max() <= 1
    data[start + 99 : start + 101] = b"\xff\xd8"
    with pytest.raises(errors.UnreadablePicture):
        make_upright(bytes(data))


def test_make_upright__progressive_cut_in_its_first_scan_is_unreadable() -> None:
    data = jpeg(Image.effect_noise((200, 400), 90).convert("RGB"), progressive=True)
    scans = [at for at in range(len(data) - 1) if data[at : at + 2] == b"\xff\xda"]
    with pytest.raises(errors.UnreadablePicture):
        make_upright(data[: scans[0] + (scans[1] - scans[0]) // 4])
    # Behind the first scan every row is there, only coarser.
    assert make_upright(data[: scans[2]]).height == 400


@pytest.mark.parametrize("at", [4, 30, 400])
def test_make_upright__jpeg_cut_in_its_header_is_unreadable(at: int) -> None:
    with pytest.raises(errors.UnreadablePicture):
        make_upright(jpeg(gradient())[:at])


def test_make_upright__jpeg_above_the_limit_is_drafted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_PIXELS", 20_000)
    monkeypatch.setattr(decoding, "MAX_REDUCED_PIXELS", 100_000)
    data = jpeg(gradient())
    upright = make_upright(data)
    assert (upright.width, upright.height) == (160, 240)
    assert (upright.image.width, upright.image.height) == (160, 240)
    assert upright.image.pixels.shape == (120, 80, 3)
    with Image.open(io.BytesIO(upright.jpeg)) as image:
        assert image.size == (80, 120)
    quarter = make_upright(jpeg(gradient((320, 310))))
    assert quarter.image.pixels.shape == (78, 80, 3)


@pytest.mark.parametrize(
    "data",
    [
        jpeg(gradient(), progressive=True),
        jpeg(gradient((400, 300))),
    ],
    ids=["progressive", "larger still"],
)
def test_inspect__above_the_limit(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_PIXELS", 20_000)
    monkeypatch.setattr(decoding, "MAX_REDUCED_PIXELS", 100_000)
    with pytest.raises(errors.TooManyPixels):
        inspect(data)


def test_inspect__no_other_kind_above_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_PIXELS", 20_000)
    for kind in ("PNG", "WEBP", "GIF", "AVIF"):
        out = io.BytesIO()
        gradient().save(out, kind)
        with pytest.raises(errors.TooManyPixels):
            inspect(out.getvalue())


def test_make_upright__gif_is_its_first_frame() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    pixels = make_upright(out.getvalue()).image.pixels
    assert pixels.shape == (30, 40, 3)
    assert pixels[..., 0].min() > 240
    assert pixels[..., 2].max() < 15


def test_make_upright__gif_transparency_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("P", (8, 8), 0).save(out, "GIF", transparency=0)
    assert make_upright(out.getvalue()).image.pixels.min() > 250


@pytest.mark.parametrize("transparent", [{}, {"transparency": 7}])
def test_make_upright__gif_without_its_end(transparent: dict[str, int]) -> None:
    out = io.BytesIO()
    Image.effect_noise((90, 200), 90).convert("P").save(out, "GIF", interlace=0, **transparent)
    data = out.getvalue()
    whole = make_upright(data).image.pixels.astype(int)
    part = make_upright(data[: len(data) * 7 // 10]).image.pixels.astype(int)
    assert np.abs(part[:100] - whole[:100]).mean() < 2
    assert part[170:].min() > 250
    with pytest.raises(errors.UnreadablePicture):
        make_upright(data[: len(data) * 4 // 10])


def test_make_upright__white_around_a_first_frame() -> None:
    out = io.BytesIO()
    Image.new("RGB", (20, 10), "red").save(out, "GIF")
    data = bytearray(out.getvalue())
    frame = data.index(b",", 13 + 3 * 2 ** ((data[10] & 7) + 1))
    data[6:10] = struct.pack("<HH", 40, 30)
    data[frame + 1 : frame + 5] = struct.pack("<HH", 8, 16)
    pixels = make_upright(bytes(data)).image.pixels.astype(int)
    assert np.abs(pixels[17:25, 9:27] - (254, 0, 0)).max() <= 3
    for around in (pixels[:14], pixels[28:], pixels[:, :6], pixels[:, 30:]):
        assert around.min() > 250


def test_make_upright__name_and_declared_type_say_nothing() -> None:
    """The kind is told by the bytes alone: the same bytes are the same picture."""
    data = jpeg(gradient())
    assert inspect(data).kind == "jpeg"
    assert inspect(b"\xff\xd8\xff" + data[3:]).kind == "jpeg"


def png(image: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1"])
def test_make_upright__png_without_its_end(mode: str) -> None:
    image = Image.effect_noise((90, 200), 90).convert("RGB").convert(mode)
    data = png(image)
    whole = make_upright(data).image.pixels
    assert (make_upright(data[:-12]).image.pixels == whole).all()
    part = make_upright(data[: len(data) * 7 // 10]).image.pixels
    assert np.abs(part[:100].astype(int) - whole[:100]).mean() < 2
    with pytest.raises(errors.UnreadablePicture):
        make_upright(data[: len(data) * 4 // 10])


def test_make_upright__transparent_sixteen_bit_grey() -> None:
    out = io.BytesIO()
    pixels = np.full((8, 8), 1000, np.uint16)
    pixels[:, 4:] = 65_000
    Image.fromarray(pixels).save(out, "PNG", transparency=1000)
    assert make_upright(out.getvalue()).image.pixels.min() > 240


def test_make_upright__png_with_chunks_that_its_pixels_do_not_need() -> None:
    """Browsers ignore those that are damaged or too large; Pillow refuses the file for them."""
    data, text = png(gradient()), zlib.compress(bytes(3_000_000))
    damaged = struct.pack(">I4s4sI", 4, b"gAMA", struct.pack(">I", 100_000), 1)
    short = b"\0\0\0\x06tIMExxxxxx" + struct.pack(">I", zlib.crc32(b"tIMExxxxxx"))
    long = b"zTXt" + b"a\0\0" + text
    long = struct.pack(">I", len(long) - 4) + long + struct.pack(">I", zlib.crc32(long))
    for extra in (damaged, short, long):
        pixels = make_upright(data[:33] + extra + data[33:]).image.pixels
        assert (pixels == make_upright(data).image.pixels).all()


def test_transposed__as_pillow_does_and_the_first_is_closed() -> None:
    for turn in Image.Transpose:
        image = gradient()
        expected = image.transpose(turn)
        assert ImageChops.difference(transposed(image, turn), expected).getbbox() is None
        with pytest.raises(ValueError, match="closed"):
            image.getpixel((0, 0))


def test_make_upright__heif_is_not_copied_to_be_written() -> None:
    """A copy of 50 million pixels would be 200 MB."""
    out = io.BytesIO()
    pillow_heif.from_pillow(gradient()).save(out)
    source = describe(out.getvalue())
    assert not decode(out.getvalue(), source, None)[0].readonly


def test_make_upright__animated_png_whose_still_is_no_frame() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:], default_image=True)
    assert make_upright(out.getvalue()).image.pixels[0, 0].tolist() == [0, 255, 0]
