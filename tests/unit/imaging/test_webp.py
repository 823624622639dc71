"""The chunks of WebP files, honest and hostile."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from searchapp import errors
from searchapp.imaging import webp
from searchapp.imaging.picture import inspect


def written(size: tuple[int, int] = (70, 33), **options: object) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 50).convert("RGB").save(out, "WEBP", **options)
    return out.getvalue()


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def chunks(*parts: tuple[bytes, bytes]) -> bytes:
    body = b"".join(
        kind + struct.pack("<I", len(inside)) + inside + b"\0" * (len(inside) % 2)
        for kind, inside in parts
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def extended(width: int, height: int) -> tuple[bytes, bytes]:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"VP8X", b"\x08\0\0\0" + sides


@pytest.mark.parametrize("size", [(1, 1), (70, 33), (33, 700)])
@pytest.mark.parametrize(
    "options", [{}, {"lossless": True}, {"exif": exif(1)}, {"exact": True, "quality": 10}]
)
def test_inspect__every_form(size: tuple[int, int], options: dict[str, object]) -> None:
    header = inspect(written(size, **options))
    assert (header.width, header.height) == size


@pytest.mark.parametrize("lossless", [True, False])
def test_inspect__turned_by_its_exif(lossless: bool) -> None:
    header = inspect(written((70, 33), exif=exif(6), lossless=lossless))
    assert (header.width, header.height) == (33, 70)


def test_inspect__pixels_are_counted() -> None:
    with pytest.raises(errors.TooManyPixels):
        inspect(chunks(extended(16_384, 16_384)))


@pytest.mark.parametrize(
    "data",
    [
        chunks(),
        chunks((b"VP8X", b"")),
        chunks((b"VP8L", b"\x2f")),
        chunks((b"VP8L", b"\x30\1\1\1\1")),
        chunks((b"VP8 ", b"\0\0\0\x9d\1\x2b\1\0\1\0")),
        chunks((b"VP8 ", b"\0\0\0\x9d\1\x2a\0\0\1\0")),
        chunks((b"ALPH", b"x"), extended(4, 4)),
    ],
)
def test_inspect__broken(data: bytes) -> None:
    with pytest.raises(errors.UnreadableHeader):
        inspect(data)


def test_exif_of__looks_at_so_many_chunks_and_no_more() -> None:
    many = ((b"junk", b"") for _ in range(webp.MAX_CHUNKS))
    data = chunks(extended(40, 20), *many, (b"EXIF", exif(6)))
    assert webp.exif_of(data) == b""
    assert inspect(data).width == 40


_SEEDS = [
    written(),
    written(lossless=True),
    written(exif=exif(6)),
    chunks(extended(40, 20), (b"EXIF", exif(8))),
]


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_inspect__whatever_comes(data: st.DataObject) -> None:
    """An answer that is right, or one of our refusals."""
    hostile = bytearray(data.draw(st.sampled_from(_SEEDS)))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(12, min(len(hostile), 300) - 1))
        hostile[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=8))
    try:
        header = inspect(bytes(hostile))
    except (errors.UnreadableHeader, errors.TooManyPixels):
        return
    try:
        with Image.open(io.BytesIO(hostile), formats=["WEBP"]) as image:
            told = image.size
    except (OSError, ValueError, SyntaxError):
        return
    assert sorted(told) == sorted((header.width, header.height))
