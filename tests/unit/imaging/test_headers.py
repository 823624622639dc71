"""Headers of JPEG, PNG, WebP and GIF files, honest and hostile; and the orientation in EXIF."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from searchapp import errors
from searchapp.imaging import headers
from searchapp.imaging.headers import MAX_ENTRIES, gif_size, orientation_of
from searchapp.imaging.picture import inspect


def exif_block(value: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = value
    tags[0x010F] = "a maker"
    return tags.tobytes()


def tiff(order: str, *entries: tuple[int, int, int, bytes]) -> bytes:
    head = b"II*\0" if order == "<" else b"MM\0*"
    table = b"".join(
        struct.pack(f"{order}HHI", tag, kind, count) + value for tag, kind, count, value in entries
    )
    return head + struct.pack(f"{order}IH", 8, len(entries)) + table


@pytest.mark.parametrize("value", range(1, 9))
def test_orientation_of__as_pillow_writes_it(value: int) -> None:
    assert orientation_of(exif_block(value)) == value
    assert orientation_of(exif_block(value).removeprefix(b"Exif\0\0")) == value


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("kind", "form"), [(3, "Hxx"), (4, "I")])
def test_orientation_of__both_orders_and_types(order: str, kind: int, form: str) -> None:
    entry = (0x0112, kind, 1, struct.pack(f"{order}{form}", 6))
    assert orientation_of(tiff(order, (0x0100, 3, 1, bytes(4)), entry)) == 6


@pytest.mark.parametrize(
    "exif",
    [
        b"",
        b"Exif\0\0",
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"MM\0*\0\0\0\x08\xff\xff",
        tiff("<", (0x0112, 3, 1, struct.pack("<Hxx", 9))),
        tiff("<", (0x0112, 3, 1, bytes(4))),
        tiff("<", (0x0112, 2, 1, b"6\0\0\0")),
        tiff("<", *[(0x0100, 3, 1, bytes(4))] * MAX_ENTRIES, (0x0112, 3, 1, b"\6\0\0\0")),
        tiff("<", (0x0112, 3, 1, b"\6\0\0\0"))[:-4],
    ],
)
def test_orientation_of__upright_when_it_is_not_told(exif: bytes) -> None:
    assert orientation_of(exif) == 1


@given(st.sampled_from([b"II*\0", b"MM\0*", b"Exif\0\0II*\0", b""]), st.binary(max_size=60))
def test_orientation_of__whatever_comes(head: bytes, tail: bytes) -> None:
    assert 1 <= orientation_of(head + tail) <= 8


def written(size: tuple[int, int] = (70, 33), **options: object) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 50).convert("RGB").save(out, "WEBP", **options)
    return out.getvalue()


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
    "options", [{}, {"lossless": True}, {"exif": exif_block(1)}, {"exact": True, "quality": 10}]
)
def test_webp__every_form(size: tuple[int, int], options: dict[str, object]) -> None:
    header = inspect(written(size, **options))
    assert (header.width, header.height) == size


@pytest.mark.parametrize("lossless", [True, False])
def test_webp__turned_by_its_exif_block(lossless: bool) -> None:
    header = inspect(written((70, 33), exif=exif_block(6), lossless=lossless))
    assert (header.width, header.height) == (33, 70)


def test_webp__pixels_are_counted() -> None:
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
def test_webp__broken(data: bytes) -> None:
    with pytest.raises(errors.UnreadableHeader):
        inspect(data)


def test_webp_exif__looks_at_so_many_chunks_and_no_more() -> None:
    many = ((b"junk", b"") for _ in range(headers.MAX_CHUNKS))
    data = chunks(extended(40, 20), *many, (b"EXIF", exif_block(6)))
    assert headers.webp_exif(data) == b""
    assert inspect(data).width == 40


_SEEDS = [
    written(),
    written(lossless=True),
    written(exif=exif_block(6)),
    chunks(extended(40, 20), (b"EXIF", exif_block(8))),
]


@given(st.data())
@settings(max_examples=3 * settings().max_examples)
def test_webp__whatever_comes(data: st.DataObject) -> None:
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
            reported = image.size
    except (OSError, ValueError, SyntaxError):
        return
    assert sorted(reported) == sorted((header.width, header.height))


def gif(size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    out = io.BytesIO()
    frames = [Image.new("P", size, number) for number in range(3)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], **options)
    return out.getvalue()


@pytest.mark.parametrize("options", [{}, {"comment": b"x" * 700}, {"transparency": 0, "loop": 0}])
def test_gif__size_of_its_screen(options: dict[str, object]) -> None:
    header = inspect(gif(**options))
    assert (header.kind, header.width, header.height) == (headers.PictureKind.GIF, 60, 40)


def test_gif__a_frame_larger_than_the_screen_counts_as_in_pillow() -> None:
    data = bytearray(gif())
    data[6:10] = struct.pack("<HH", 10, 10)
    with Image.open(io.BytesIO(data)) as image:
        assert gif_size(bytes(data)) == image.size == (60, 40)


def test_gif__pixels_are_counted() -> None:
    data = bytearray(gif())
    data[6:10] = struct.pack("<HH", 65_535, 65_535)
    with pytest.raises(errors.TooManyPixels):
        inspect(bytes(data))


@pytest.mark.parametrize("cut", [6, 10, 12, 13])
def test_gif__cut_headers(cut: int) -> None:
    with pytest.raises(errors.UnreadableHeader):
        inspect(gif()[:cut])


@given(st.binary(max_size=60))
def test_gif__whatever_comes(tail: bytes) -> None:
    try:
        header = inspect(b"GIF89a" + tail)
    except (errors.UnreadableHeader, errors.TooManyPixels):
        return
    assert header.width >= 1


def chunk(kind: bytes, inside: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + inside))
    return struct.pack(">I", len(inside)) + kind + inside + checksum


def test_png_chunks__up_to_the_pixels_and_the_first_of_each() -> None:
    out = io.BytesIO()
    Image.new("RGB", (2, 2)).save(out, "PNG")
    plain = out.getvalue()
    data = plain[:33] + chunk(b"gAMA", b"1") + chunk(b"gAMA", b"2") + plain[33:]
    found = headers.png_chunks(data + chunk(b"late", b"3"))
    assert set(found) == {b"IHDR", b"gAMA"}
    assert found[b"gAMA"] == b"1"


def test_png_chunks__with_a_wrong_checksum_are_ignored() -> None:
    damaged = bytearray(chunk(b"gAMA", bytes(4)))
    damaged[-1] ^= 1
    assert headers.png_chunks(b"\x89PNG\r\n\x1a\n" + bytes(damaged)) == {}


@given(st.binary(max_size=80))
def test_png_chunks__whatever_comes(tail: bytes) -> None:
    assert isinstance(headers.png_chunks(b"\x89PNG\r\n\x1a\n" + tail), dict)


def jpeg(**options: object) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((64, 48), 60).convert("RGB").save(out, "JPEG", **options)
    return out.getvalue()


def test_is_single_scan_jpeg() -> None:
    assert headers.is_single_scan_jpeg(jpeg())
    assert headers.is_single_scan_jpeg(jpeg(restart_marker_rows=1, comment=b"\xff\xda"))
    assert not headers.is_single_scan_jpeg(jpeg(progressive=True))
    assert not headers.is_single_scan_jpeg(jpeg()[:200])


@given(st.binary(max_size=120))
def test_is_single_scan_jpeg__whatever_comes(tail: bytes) -> None:
    assert headers.is_single_scan_jpeg(b"\xff\xd8" + tail) in {True, False}
