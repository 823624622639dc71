"""Malicious pictures: broken, huge, endless, or something else in disguise."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from PIL import Image

MOST_PIXELS = (8000, 6200)
"""Just below the 50 million that are taken."""


def hostile_pictures(seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """Ever new ones, each with the name of its trick."""
    chance = random.Random(seed)
    tricks: list[tuple[str, Callable[[random.Random], bytes]]] = [
        ("mutated", _mutated),
        ("mutated", _mutated),
        ("mutated", _mutated),
        ("cut", _cut),
        ("disguised", _disguised),
        ("glued", _glued),
        ("endless", _endless),
        ("huge", _huge),
        ("chunks", _chunks),
        ("boxes", _boxes),
        ("scans", _scans),
        ("shape", _shape),
    ]
    while True:
        name, trick = chance.choice(tricks)
        yield name, trick(chance)


@cache
def _seed(kind: str) -> bytes:
    """A small valid picture of noise, so that there is something to break."""
    from pillow_heif import register_heif_opener

    register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "maker"
    out = io.BytesIO()
    how = {"save_all": True} if kind == "WEBP" else {"progressive": True} if kind == "JPEG" else {}
    Image.effect_noise((96, 80), 60).convert("RGB").save(out, kind, exif=exif, **how)
    return out.getvalue()


def _any_seed(chance: random.Random) -> bytes:
    return _seed(chance.choice(("JPEG", "PNG", "WEBP", "HEIF")))


def _mutated(chance: random.Random) -> bytes:
    data = bytearray(_any_seed(chance))
    for _ in range(chance.randint(1, 30)):
        at = chance.randrange(12, len(data) if chance.random() < 0.5 else min(len(data), 700))
        match chance.randrange(3):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                data[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff"))
            case _:
                data[at:at] = data[at : at + chance.randrange(64)]
    return bytes(data)


def _cut(chance: random.Random) -> bytes:
    data = _any_seed(chance)
    return data[: chance.randrange(1, len(data))]


def _disguised(chance: random.Random) -> bytes:
    """Other files, plain or behind the first bytes of a picture."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(1_000_000))
    other = chance.choice(
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            b"GIF89a" + bytes(100),
            b"%PDF-1.7\n" + bytes(100),
            b"#!/bin/sh\nid\n",
            packed.getvalue(),
        )
    )
    return chance.choice((b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP")) + other


def _glued(chance: random.Random) -> bytes:
    return _any_seed(chance) + _any_seed(chance) + chance.randbytes(chance.randrange(5000))


def _endless(chance: random.Random) -> bytes:
    """Megabytes of nothing behind a good beginning."""
    return _any_seed(chance)[: chance.randrange(40, 400)] + bytes(chance.randrange(3_000_000))


@cache
def _png(width: int, height: int, depth: int, colour: int) -> bytes:
    """A valid PNG of zeros: a few kilobytes that unpack to ``width * height`` pixels."""
    channels = {0: 1, 2: 3, 3: 1, 6: 4}[colour]
    row = bytes(1 + (width * depth * channels + 7) // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    palette = _chunk(b"PLTE", bytes(3)) if colour == 3 else b""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + palette
        + _chunk(b"IDAT", data)
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _huge(chance: random.Random) -> bytes:
    """As many pixels as are taken, or more, in the costliest forms."""
    width, height = chance.choice((MOST_PIXELS, (20_000, 20_000), (65_000, 700), (1, 60_000)))
    depth, colour = chance.choice(((1, 0), (8, 2), (16, 6), (16, 0), (8, 3)))
    if width * height > 60_000_000:
        depth, colour = 1, 0
    return _png(width, height, depth, colour)


def _chunks(chance: random.Random) -> bytes:
    """A PNG with packed texts and profiles that unpack to 200 MB, or thousands of chunks."""
    bomb = zlib.compress(bytes(200_000_000), 9) if chance.random() < 0.1 else b"\0" * 3000
    kind = chance.choice((b"iCCP", b"zTXt", b"iTXt", b"eXIf", b"tEXt"))
    texts = {b"iCCP": b"p\0\0", b"zTXt": b"t\0\0", b"iTXt": b"t\0\1\0\0\0"}.get(kind, b"t\0")
    png = _seed("PNG")
    return png[:33] + _chunk(kind, texts + bomb) * chance.choice((1, 1, 50)) + png[33:]


def _boxes(chance: random.Random) -> bytes:
    """HEIF boxes that nest, lie about their size, or never end."""
    data = _seed("HEIF")
    meta = data.index(b"meta") - 4
    match chance.randrange(4):
        case 0:
            return data[:meta] + b"\0\0\0\x08free" * 400_000 + data[meta:]
        case 1:
            return data[:meta] + struct.pack(">I", 0xFFFFFFF0) + data[meta + 4 :]
        case 2:
            width = struct.pack(">II", chance.randrange(1, 70_000), chance.randrange(1, 70_000))
            at = data.index(b"ispe") + 8
            return data[:at] + width + data[at + 8 :]
        case _:
            return data.replace(b"hvc1", chance.choice((b"grid", b"iovl", b"iden", b"unci")))


def _scans(chance: random.Random) -> bytes:
    """A progressive JPEG whose last scan comes again and again: much work for few bytes."""
    data = _seed("JPEG")
    at = data.rindex(b"\xff\xda")
    return data[:-2] + data[at:-2] * chance.randrange(100, 4000) + data[-2:]


def _shape(chance: random.Random) -> bytes:
    """Valid pictures of extreme shapes, and of as much detail as 15 MiB hold."""
    out = io.BytesIO()
    if chance.random() < 0.1:
        noise = np.random.default_rng(chance.randrange(9)).integers(
            0, 255, (2600, 3400, 3), np.uint8
        )
        Image.fromarray(noise).save(out, "JPEG", quality=90)
    else:
        size = chance.choice(((1, 1), (1, 8000), (8000, 1), (16383, 2), (3, 16383)))
        Image.new("RGB", size, "red").save(out, chance.choice(("JPEG", "WEBP", "PNG")))
    return out.getvalue()
