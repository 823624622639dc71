"""Colours of any picture converted to sRGB: ICC profiles, code points (CICP), PNG's gAMA and cHRM.

SDR colours go through LittleCMS, with a profile made here where the file only names its encoding.
HDR (PQ and HLG, ITU-R BT.2100) is tone-mapped by the EETF of ITU-R BT.2390.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageFilter

Floats = NDArray[np.floating[Any]]

REFERENCE_WHITE = 203.0
"""Luminance of diffuse white in HDR, cd/m2 (ITU-R BT.2408-7, 3.1)."""

SOURCE_PEAK = 1000.0
"""Luminance, cd/m2, above which HDR is clipped: the peak that HDR10 and HLG are mastered for."""

TARGET_PEAK = 2 * REFERENCE_WHITE
"""Luminance, cd/m2, that becomes sRGB's white, so that highlights keep their shape.

Chosen so that greys lie where Chromium shows them: mean 1.9 levels of 255 apart over PQ's codes,
2.7 over HLG's; 300 cd/m2 would be 8 and 13 apart.
"""

_LUT_SIZE = 33
_BAND_ROWS = 512

Chromaticities = tuple[float, float, float, float, float, float, float, float]
"""x and y of white, red, green and blue (CIE 1931)."""

_D65 = (0.3127, 0.3290)
BT709: Chromaticities = (*_D65, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060)
BT2020: Chromaticities = (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046)
DISPLAY_P3: Chromaticities = (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
_BT601_525: Chromaticities = (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070)

_PRIMARIES: dict[int, Chromaticities] = {
    1: BT709,
    4: (0.310, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: _BT601_525,
    7: _BT601_525,
    8: (0.310, 0.316, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),
    9: BT2020,
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: DISPLAY_P3,
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
"""ColourPrimaries of ITU-T H.273, table 2."""

PQ, HLG = 16, 18
"""TransferCharacteristics of ITU-T H.273, table 3."""

_SRGB = 13
_FULL_RANGE_RGB = b"\0\1"
"""The end of a ``cICP`` that counts: browsers ignore a PNG's other ranges."""

_VIDEO = frozenset({1, 6, 14, 15})
"""BT.709 and its kin, which cameras and browsers take for sRGB in HEIF and AVIF."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """What a file says of its colours: primaries, and a transfer function by its H.273 code point
    or as a ``gamma`` (the exponent that makes codes linear)."""

    primaries: Chromaticities
    transfer: int = _SRGB
    gamma: float = 0.0

    @property
    def hdr(self) -> bool:
        """Whether codes stand for luminances above diffuse white."""
        return self.transfer in (PQ, HLG)


# --- what files say --------------------------------------------------------------------------


def of_nclx(code_points: tuple[int, int] | None) -> Encoding | None:
    """The encoding that a HEIF or AVIF file names; None if it is sRGB's or not specified."""
    if code_points is None:
        return None
    primaries, transfer = code_points
    named = _PRIMARIES.get(primaries, BT709)
    known = transfer if transfer in _LINEAR and transfer not in _VIDEO else _SRGB
    encoding = Encoding(named, known)
    return None if encoding == Encoding(BT709) else encoding


def of_png(chunks: Mapping[bytes, bytes]) -> Encoding | None:
    """The encoding that a PNG names without a profile (PNG 3rd edition, 4.3); None for sRGB.

    ``cICP`` counts before a profile, which counts before ``sRGB`` and ``gAMA`` with ``cHRM``.
    """
    cicp = chunks.get(b"cICP", b"")
    if cicp[2:4] == _FULL_RANGE_RGB and cicp[0] in _PRIMARIES and cicp[1] in _LINEAR:
        return Encoding(_PRIMARIES[cicp[0]], cicp[1])
    gamma = chunks.get(b"gAMA", b"")
    if b"iCCP" in chunks or b"sRGB" in chunks or len(gamma) < 4 or not any(gamma):
        return None
    exponent = 100_000 / int.from_bytes(gamma[:4], "big")
    points = chunks.get(b"cHRM", b"")
    if len(points) >= 32:
        values = [value / 100_000 for value in struct.unpack_from(">8I", points)]
        return Encoding((*values,), gamma=exponent)
    # Near 2.2 sRGB itself is meant, as libpng takes it.
    return None if abs(exponent / 2.2 - 1) < 0.05 else Encoding(BT709, gamma=exponent)


# --- transfer functions ----------------------------------------------------------------------


def pq_to_luminance(codes: Floats) -> Floats:
    """The EOTF of PQ: 0..1 to cd/m2 (ITU-R BT.2100-2, table 4)."""
    power = np.power(codes, 1 / _M2)
    return 10_000 * np.power(np.maximum(power - _C1, 0) / (_C2 - _C3 * power), 1 / _M1)


def luminance_to_pq(luminance: Floats) -> Floats:
    """The inverse EOTF of PQ: cd/m2 to 0..1."""
    power = np.power(np.maximum(luminance, 0) / 10_000, _M1)
    return np.power((_C1 + _C2 * power) / (1 + _C3 * power), _M2)


_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32


def hlg_to_luminance(codes: Floats) -> Floats:
    """The EOTF of HLG for a display of SOURCE_PEAK: RGB, 0..1 to cd/m2 (BT.2100-2, table 5)."""
    high = (np.exp((codes - _HLG_C) / _HLG_A) + _HLG_B) / 12
    scene = np.where(codes <= 0.5, codes * codes / 3, high)
    luma = scene @ np.array([0.2627, 0.6780, 0.0593])
    gain = np.power(np.maximum(luma, 1e-9), _HLG_GAMMA - 1)
    luminance: Floats = SOURCE_PEAK * scene * gain[..., None]
    return luminance


_HLG_A, _HLG_B = 0.17883277, 1 - 4 * 0.17883277
_HLG_C = 0.5 - _HLG_A * np.log(4 * _HLG_A)
_HLG_GAMMA = 1.2
"""System gamma at 1,000 cd/m2."""


def _smpte240(codes: Floats) -> Floats:
    return np.where(codes < 0.0913, codes / 4, np.power((codes + 0.1115) / 1.1115, 1 / 0.45))


def srgb_to_linear(codes: Floats) -> Floats:
    """The inverse of sRGB's transfer function: 0..1 to 0..1 (IEC 61966-2-1)."""
    return np.where(codes <= 0.04045, codes / 12.92, np.power((codes + 0.055) / 1.055, 2.4))


def _srgb_codes(linear: Floats) -> Floats:
    inside = np.clip(linear, 0, 1)
    return np.where(inside <= 0.0031308, inside * 12.92, 1.055 * np.power(inside, 1 / 2.4) - 0.055)


_LINEAR: dict[int, Callable[[Floats], Floats]] = {
    **dict.fromkeys(_VIDEO, lambda codes: np.power(codes, 2.4)),  # ITU-R BT.1886
    4: lambda codes: np.power(codes, 2.2),
    5: lambda codes: np.power(codes, 2.8),
    7: _smpte240,
    8: lambda codes: codes,
    _SRGB: srgb_to_linear,
    17: lambda codes: 52.37 / 48 * np.power(codes, 2.6),  # SMPTE ST 428-1
    PQ: pq_to_luminance,
    HLG: hlg_to_luminance,
}
"""Transfer function -> what makes codes linear: 0..1, or cd/m2 for PQ and HLG."""


# --- to sRGB ---------------------------------------------------------------------------------


def to_srgb(image: Image.Image, profile: bytes, encoding: Encoding | None) -> Image.Image:
    """``image`` (RGB, L or CMYK) as an RGB picture in sRGB.

    :param profile: an ICC profile, empty if the file has none; one that cannot be used is ignored.
    :param encoding: what the file says instead of a profile.
    """
    if encoding is None:
        return _rgb(_converted(image, profile) if profile else image)
    if encoding.hdr:
        return _in_bands(_rgb(image), lambda band: band.filter(_tone_mapping(encoding)))
    return _converted(_rgb(image), _profile_of(encoding))


def eight_bit(image: Image.Image) -> Image.Image:
    """16-bit grey, scaled to 8 bits (Pillow's own conversion clips instead)."""
    values = np.asarray(image).astype(np.float32)
    grey = Image.fromarray(np.clip(values / 257.0, 0, 255).astype(np.uint8))
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        grey.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
    return grey


def _rgb(image: Image.Image) -> Image.Image:
    """``image`` itself if it is RGB: Pillow would copy it, which may be 200 MB."""
    return image if image.mode == "RGB" else image.convert("RGB")


def _in_bands(image: Image.Image, change: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """``image`` itself, changed some rows after others: a second one may be 200 MB."""
    for top in range(0, image.height, _BAND_ROWS):
        box = (0, top, image.width, min(top + _BAND_ROWS, image.height))
        image.paste(change(image.crop(box)), box)
    return image


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    """``image`` through an ICC profile, whatever that is called; itself if it is of no use."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if image.mode == "L" and source.profile.xcolor_space.strip() == "RGB":
            image = image.convert("RGB")
        transform = ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), image.mode, "RGB"
        )
        if image.mode == "RGB":
            return image if _changes_nothing(transform) else _in_bands(image, transform.apply)
        converted = ImageCms.applyTransform(image, transform)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted if converted is not None else image


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether no colour of a coarse grid moves by more than a level."""
    levels = np.linspace(0, 255, 9).astype(np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(27, 27, 3)
    patches = Image.fromarray(grid)
    moved = np.asarray(ImageCms.applyTransform(patches, transform), np.int16)
    return bool(np.abs(moved - grid).max() <= 1)


def tone_map(luminance: Floats) -> Floats:
    """The EETF of ITU-R BT.2390-11, 5.4.1, without black lift: cd/m2 to 0..1 of TARGET_PEAK."""
    peak = luminance_to_pq(np.array(SOURCE_PEAK))
    signal = np.minimum(luminance_to_pq(luminance) / peak, 1)
    top = luminance_to_pq(np.array(TARGET_PEAK)) / peak
    knee = 1.5 * top - 0.5
    t = np.maximum(signal - knee, 0) / (1 - knee)
    spline = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (-2 * t**3 + 3 * t**2) * top
    )
    return pq_to_luminance(np.where(signal < knee, signal, spline) * peak) / TARGET_PEAK


def hdr_to_srgb(codes: Floats, encoding: Encoding) -> Floats:
    """RGB codes of an HDR ``encoding``, 0..1, as codes of sRGB.

    The curve is applied to the largest of red, green and blue, so that hues stay.
    """
    luminance = _LINEAR[encoding.transfer](codes)
    largest = luminance.max(axis=-1, keepdims=True)
    mapped = luminance * (tone_map(largest) / np.maximum(largest, 1e-6))
    matrix = np.linalg.inv(_to_xyz(BT709)) @ _to_xyz(encoding.primaries)
    return _srgb_codes(mapped @ matrix.T)


@lru_cache(maxsize=4)
def _tone_mapping(encoding: Encoding) -> ImageFilter.Color3DLUT:
    """A table from codes of ``encoding`` to sRGB; red moves fastest, as Pillow reads it."""
    steps = np.linspace(0, 1, _LUT_SIZE)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    table = hdr_to_srgb(np.stack([red, green, blue], axis=-1), encoding)
    return ImageFilter.Color3DLUT(_LUT_SIZE, table.astype(np.float32).reshape(-1))


# --- a profile for an encoding ---------------------------------------------------------------

_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
_CURVE_POINTS = 4096


def _to_xyz(points: Chromaticities) -> Floats:
    """The matrix from linear RGB to CIE XYZ, white at Y = 1."""
    white, *colours = (
        np.array([x / y, 1.0, (1 - x - y) / y])
        for x, y in zip(points[::2], points[1::2], strict=True)
    )
    columns = np.stack(colours, axis=1)
    return columns * np.linalg.solve(columns, white)


@lru_cache(maxsize=32)
def _profile_of(encoding: Encoding) -> bytes:
    """A matrix profile (ICC.1:2001-04) of an SDR encoding; empty if it has no real primaries."""
    try:
        matrix = _to_xyz(encoding.primaries)
        cone = _BRADFORD @ _D50 / (_BRADFORD @ (matrix @ np.ones(3)))
        adapted = np.linalg.inv(_BRADFORD) @ np.diag(cone) @ _BRADFORD @ matrix
        columns = [_xyz(column) for column in adapted.T]
    except (ZeroDivisionError, np.linalg.LinAlgError, struct.error, OverflowError, ValueError):
        return b""
    curve = _curve(encoding)
    tags = {
        b"wtpt": _xyz(_D50),
        **dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    return _icc(tags)


def _curve(encoding: Encoding) -> bytes:
    codes = np.linspace(0, 1, _CURVE_POINTS)
    linear = (
        np.power(codes, encoding.gamma) if encoding.gamma else _LINEAR[encoding.transfer](codes)
    )
    points = np.clip(np.rint(linear * 65535), 0, 65535).astype(">u2")
    return b"curv" + struct.pack(">II", 0, len(points)) + points.tobytes()


def _xyz(values: Floats) -> bytes:
    numbers = (round(float(value) * 65536) for value in values)
    return b"XYZ " + struct.pack(">I3i", 0, *numbers)


def _icc(tags: Mapping[bytes, bytes]) -> bytes:
    """The bytes of a display profile with ``tags``."""
    at = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        padded = value + bytes(-len(value) % 4)
        table += struct.pack(">4sII", name, at + len(body), len(value))
        body += padded
    head = struct.pack(
        ">I4sI4s4s4s12x4s28x", at + len(body), b"", 0x02400000, b"mntr", b"RGB ", b"XYZ ", b"acsp"
    )
    illuminant = _xyz(_D50)[8:]
    return head + illuminant + bytes(128 - len(head) - len(illuminant)) + table + body
