"""Colours: profiles, code points and PNG's chunks to sRGB, and the tone mapping of HDR.

Where a value stands for what a browser shows, it was read from Chromium's canvas.
"""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from searchapp.imaging import colour
from searchapp.imaging.colour import BT709, BT2020, DISPLAY_P3, HLG, PQ, Encoding
from searchapp.imaging.picture import make_upright

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """A profile that is called sRGB, in which red is what green is in sRGB."""
    profile = SRGB
    for old, new in ((b"rXYZ", b"temp"), (b"gXYZ", b"rXYZ"), (b"temp", b"gXYZ")):
        profile = profile.replace(old, new)
    return profile


def chunk(kind: bytes, inside: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + inside))
    return struct.pack(">I", len(inside)) + kind + inside + checksum


def png(image: Image.Image, *chunks: tuple[bytes, bytes], **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", **options)
    data = out.getvalue()
    return data[:33] + b"".join(chunk(*one) for one in chunks) + data[33:]


def gamma(exponent: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(100_000 / exponent))


P3_POINTS = (
    b"cHRM",
    struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000),
)


def shown(data: bytes) -> NDArray[np.int_]:
    """The mean colour that is shown of a picture of one colour."""
    return make_upright(data).image.pixels.reshape(-1, 3).mean(axis=0).round().astype(int)


def plain(*rgb: int) -> Image.Image:
    return Image.new("RGB", (16, 16), rgb)


# --- ICC profiles ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_profile__called_srgb_is_applied_as_what_it_is(kind: str) -> None:
    out = io.BytesIO()
    plain(250, 5, 5).save(out, kind, icc_profile=swapped_profile())
    red, green, _ = shown(out.getvalue())
    assert green > 230 > 30 > red


def test_profile__srgb_changes_nothing() -> None:
    image = plain(200, 100, 50)
    assert colour.to_srgb(image, SRGB, None) is image


def test_profile__of_a_palette() -> None:
    image = plain(250, 5, 5).quantize(4)
    out = io.BytesIO()
    image.save(out, "PNG", icc_profile=swapped_profile())
    red, green, _ = shown(out.getvalue())
    assert green > 230 > 30 > red


def test_profile__of_a_transparent_picture() -> None:
    image = plain(250, 5, 5).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 8, 16))
    out = io.BytesIO()
    image.save(out, "PNG", icc_profile=swapped_profile())
    pixels = make_upright(out.getvalue()).image.pixels
    assert pixels[8, 2].min() > 250
    assert pixels[8, 13, 1] > 230


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_profile__of_colours_is_applied_to_grey(kind: str) -> None:
    out = io.BytesIO()
    linear = colour._profile_of(Encoding(BT709, transfer=8))
    plain(100, 100, 100).convert("L").save(out, kind, icc_profile=linear)
    assert np.abs(shown(out.getvalue()) - 168).max() <= 1


def test_profile__of_another_space_is_ignored() -> None:
    """Of a grey picture an RGB profile says nothing, as in browsers."""
    out = io.BytesIO()
    Image.new("L", (16, 16), 100).save(out, "JPEG", icc_profile=swapped_profile())
    assert list(shown(out.getvalue())) == [100, 100, 100]


# --- PNG -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([], (128, 128, 128)),
        ([gamma(1.8)], (146, 146, 146)),
        ([gamma(1.0)], (188, 188, 188)),
        ([gamma(2.2)], (128, 128, 128)),
        ([gamma(2.4), P3_POINTS], (121, 121, 121)),
        ([P3_POINTS], (128, 128, 128)),
        ([(b"sRGB", b"\0"), gamma(1.8)], (128, 128, 128)),
        ([(b"cICP", bytes((1, 1, 0, 1)))], (121, 121, 121)),
        ([(b"cICP", bytes((1, 8, 0, 1)))], (188, 188, 188)),
        ([(b"cICP", bytes((12, 13, 0, 1))), (b"sRGB", b"\0")], (128, 128, 128)),
        ([(b"cICP", b"\0")], (128, 128, 128)),
        ([(b"cICP", bytes((1, 8, 0, 0)))], (128, 128, 128)),
        ([(b"cICP", bytes((1, 17, 0, 1)))], (118, 118, 118)),
        ([(b"gAMA", bytes(4))], (128, 128, 128)),
        ([(b"gAMA", b"\xff\xff\xff\xff"), (b"cHRM", bytes(32))], (128, 128, 128)),
    ],
)
def test_png__greys_as_chromium_shows_them(
    chunks: list[tuple[bytes, bytes]], expected: tuple[int, int, int]
) -> None:
    assert np.abs(shown(png(plain(128, 128, 128), *chunks)) - expected).max() <= 1


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([gamma(1.8), P3_POINTS], (161, 0, 0)),
        ([gamma(2.2), P3_POINTS], (142, 0, 0)),
        ([(b"cICP", bytes((12, 13, 0, 1)))], (141, 0, 0)),
        ([(b"cICP", bytes((6, 6, 0, 1)))], (118, 11, 0)),
    ],
)
def test_png__reds_as_chromium_shows_them(
    chunks: list[tuple[bytes, bytes]], expected: tuple[int, int, int]
) -> None:
    assert np.abs(shown(png(plain(128, 0, 0), *chunks)) - expected).max() <= 3


@pytest.mark.parametrize("mode", ["L", "P"])
def test_png__gamma_of_grey_and_palette(mode: str) -> None:
    assert np.abs(shown(png(plain(128, 128, 128).convert(mode), gamma(1.8))) - 146).max() <= 1


def test_png__code_points_count_before_a_profile() -> None:
    named = b"iCCP", b"x\0\0" + zlib.compress(swapped_profile())
    data = png(plain(250, 5, 5), (b"cICP", bytes((1, 13, 0, 1))), named)
    red, green, _ = shown(data)
    assert red > 230 > 30 > green


# --- HEIF and AVIF ---------------------------------------------------------------------------


def avif(image: Image.Image, primaries: int, transfer: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "AVIF", quality=95, subsampling="4:4:4")
    data = bytearray(out.getvalue())
    at = data.index(b"colrnclx") + 8
    data[at : at + 4] = struct.pack(">HH", primaries, transfer)
    return bytes(data)


@pytest.mark.parametrize(
    ("code_points", "expected"),
    [
        ((1, 13), (128, 0, 0)),
        ((2, 2), (128, 0, 0)),
        ((1, 1), (128, 0, 0)),
        ((12, 13), (142, 0, 0)),
        ((9, 14), (163, 0, 0)),
        ((22, 13), (130, 14, 0)),
        ((1, 8), (189, 13, 0)),
    ],
)
def test_avif__reds_as_chromium_shows_them(
    code_points: tuple[int, int], expected: tuple[int, int, int]
) -> None:
    difference = np.abs(shown(avif(plain(128, 0, 0), *code_points)) - expected)
    assert difference.max() <= 3 if code_points != (1, 8) else difference[0] <= 3


def heic(image: Image.Image, primaries: int, transfer: int) -> bytes:
    import pillow_heif

    out = io.BytesIO()
    pillow_heif.from_pillow(image).save(
        out, quality=95, chroma=444, color_primaries=primaries, transfer_characteristics=transfer
    )
    return out.getvalue()


def test_heic__p3_by_its_code_points() -> None:
    rgb = np.array((180, 90, 60))
    expected = np.asarray(colour.to_srgb(plain(*rgb), b"", Encoding(DISPLAY_P3)))[0, 0]
    assert np.abs(shown(heic(plain(*rgb), 12, 13)) - expected).max() <= 3
    assert np.abs(expected - rgb).max() > 10
    assert np.abs(shown(heic(plain(*rgb), 1, 13)) - rgb).max() <= 3


def test_to_srgb__as_the_matrices_say() -> None:
    """LittleCMS with our profile against the formula in floating point."""
    random = np.random.default_rng(3).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    matrix = np.linalg.inv(colour._to_xyz(BT709)) @ colour._to_xyz(BT2020)
    expected = 255 * colour._srgb_codes(colour.srgb_to_linear(random / 255) @ matrix.T)
    converted = np.asarray(colour.to_srgb(Image.fromarray(random), b"", Encoding(BT2020)), float)
    assert np.abs(converted - expected).max() <= 2


def test_to_xyz__is_the_matrix_of_srgb() -> None:
    """IEC 61966-2-1 prints it with four digits."""
    printed = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    assert np.abs(colour._to_xyz(BT709) - printed).max() < 2e-4


@pytest.mark.parametrize("points", [(0.0,) * 8, (0.3, 0.3) * 4, (1.0, 1e-30) * 4])
def test_to_srgb__primaries_that_are_no_colours_are_ignored(points: tuple[float, ...]) -> None:
    image = plain(10, 20, 30)
    encoding = Encoding(points, gamma=2.0)  # type: ignore[arg-type]
    assert colour.to_srgb(image, b"", encoding).getpixel((0, 0)) == (10, 20, 30)


# --- HDR -------------------------------------------------------------------------------------


def test_pq__points_of_the_standard() -> None:
    """ITU-R BT.2100 and BT.2408: reference white of 203 cd/m2 is 58 % PQ, 1,000 cd/m2 75 %."""
    codes = colour.luminance_to_pq(np.array([0.0, 100.0, 203.0, 1000.0, 10_000.0]))
    assert np.abs(codes - [0, 0.508, 0.581, 0.752, 1]).max() < 1e-3
    steps = np.linspace(0, 1, 50)
    assert np.abs(colour.luminance_to_pq(colour.pq_to_luminance(steps)) - steps).max() < 1e-6


def test_hlg__points_of_the_standard() -> None:
    """ITU-R BT.2408: 75 % HLG is reference white, 203 cd/m2 on a display of 1,000."""
    greys = np.array([[0.0] * 3, [0.5] * 3, [0.75] * 3, [1.0] * 3])
    luminance = colour.hlg_to_luminance(greys)[:, 1]
    assert np.abs(luminance - [0, 50.7, 203, 1000]).max() < 1


def test_tone_map__is_bt_2390s_own_formula() -> None:
    """The steps of ITU-R BT.2390-11, 5.4.1, one value at a time; no black lift."""
    white, top = (float(colour.luminance_to_pq(np.array(x))) for x in (1000.0, 406.0))
    for luminance in (0.0, 5.0, 100.0, 203.0, 300.0, 500.0, 800.0, 1000.0, 4000.0):
        first = min(float(colour.luminance_to_pq(np.array(luminance))) / white, 1.0)
        most = top / white
        knee = 1.5 * most - 0.5
        second = first
        if first >= knee:
            t = (first - knee) / (1 - knee)
            second = (
                (2 * t**3 - 3 * t**2 + 1) * knee
                + (t**3 - 2 * t**2 + t) * (1 - knee)
                + (-2 * t**3 + 3 * t**2) * most
            )
        expected = float(colour.pq_to_luminance(np.array(second * white))) / 406
        assert float(colour.tone_map(np.array(luminance))) == pytest.approx(expected, abs=1e-6)


def test_tone_map__rises_and_ends_at_white() -> None:
    mapped = colour.tone_map(np.linspace(0, 1000, 400))
    assert (np.diff(mapped) > 0).all()
    assert mapped[-1] == pytest.approx(1, abs=1e-6)
    assert colour.tone_map(np.array(203.0)) == pytest.approx(0.5, abs=0.01)


_CHROMIUM = {
    PQ: {
        64: 1,
        128: 5,
        256: 30,
        384: 70,
        450: 98,
        512: 131,
        595: 188,
        640: 213,
        700: 235,
        850: 255,
    },
    HLG: {64: 3, 128: 14, 256: 43, 384: 71, 512: 99, 595: 120, 700: 157, 768: 188, 850: 216},
}
"""What Chromium's canvas has for greys of a PNG with cICP: code of 1023 -> level of 255."""


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_hdr__greys_as_chromium_shows_them(transfer: int) -> None:
    codes = np.array([[code] * 3 for code in _CHROMIUM[transfer]]) / 1023
    levels = 255 * colour.hdr_to_srgb(codes, Encoding(BT2020, transfer))[:, 0]
    difference = np.abs(levels - list(_CHROMIUM[transfer].values()))
    assert difference.mean() < 4
    assert difference.max() < 16


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_hdr__the_table_is_the_curve(transfer: int) -> None:
    encoding = Encoding(BT2020, transfer)
    random = np.random.default_rng(4).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    exact = 255 * colour.hdr_to_srgb(random / 255, encoding)
    table = np.asarray(colour.to_srgb(Image.fromarray(random), b"", encoding), float)
    assert np.abs(table - exact).mean() < 1


@pytest.mark.parametrize(("transfer", "code", "level"), [(PQ, 148, 188), (HLG, 191, 188)])
def test_hdr__reference_white_in_every_container(transfer: int, code: int, level: int) -> None:
    grey = plain(code, code, code)
    for data in (
        png(grey, (b"cICP", bytes((9, transfer, 0, 1)))),
        avif(grey, 9, transfer),
        heic(grey, 9, transfer),
    ):
        assert np.abs(shown(data) - level).max() <= 4
