"""The orientation, as Pillow writes it and as nobody should."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from searchapp.imaging.orientation import MAX_ENTRIES, orientation_of


def written(value: int) -> bytes:
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
    assert orientation_of(written(value)) == value
    assert orientation_of(written(value).removeprefix(b"Exif\0\0")) == value


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
