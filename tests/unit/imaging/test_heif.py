"""The boxes of HEIF files, honest and hostile."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from searchapp import errors
from searchapp.imaging import decoding, heif
from searchapp.imaging.headers import UPRIGHT
from searchapp.imaging.picture import MAX_PIXELS, PictureKind, inspect, make_upright

ROOT = Path(__file__).parents[3]
FTYP = b"heic\0\0\0\0mif1heic"


def box(kind: bytes, *inside: bytes) -> bytes:
    body = b"".join(inside)
    return struct.pack(">I", len(body) + 8) + kind + body


def full(kind: bytes, *inside: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *inside)


def ispe(width: int, height: int) -> bytes:
    return full(b"ispe", struct.pack(">II", width, height))


def clap(*fractions: int, offset: tuple[int, int] = (0, 0)) -> bytes:
    at = struct.pack(">iIiI", offset[0], 1, offset[1], 1)
    return box(b"clap", struct.pack(">4I", *fractions), at)


def associated(item: int, *indexes: int) -> bytes:
    return struct.pack(">HB", item, len(indexes)) + bytes(indexes)


def heic(
    *properties: bytes,
    associations: bytes | None = None,
    codec: bytes = b"hvc1",
    item: int = 1,
    others: Sequence[tuple[int, bytes]] = (),
    references: Sequence[tuple[bytes, int, int]] = (),
    exif: int = 0,
) -> bytes:
    """A HEIF file whose primary item has ``properties``, in their order.

    :param others: numbers and types of further items.
    :param references: kind, from and to.
    :param exif: the orientation in the EXIF block that describes the item; 0 for none.
    """
    items = [(item, codec), *others]
    parts = []
    if exif:
        items.append((99, b"Exif"))
        references = [*references, (b"cdsc", 99, item)]
        block = bytes(4) + struct.pack(">2sHIHHHIHxx", b"MM", 42, 8, 1, 0x0112, 3, 1, exif)
        place = struct.pack(">HBBHHHHHII", 0, 0x44, 0, 1, 99, 1, 0, 1, 0, len(block))
        parts = [box(b"iloc", b"\1\0\0\0", place[2:]), box(b"idat", block)]
    table = [
        full(b"infe", struct.pack(">HH", number, 0), kind, b"\0", version=2)
        for number, kind in items
    ]
    if references:
        links = [box(kind, struct.pack(">HHH", by, 1, to)) for kind, by, to in references]
        parts.append(full(b"iref", *links))
    entries = associated(item, *range(1, len(properties) + 1))
    one_entry = struct.pack(">I", 1) + entries
    return box(b"ftyp", FTYP) + full(
        b"meta",
        full(b"pitm", struct.pack(">H", item)),
        full(b"iinf", struct.pack(">H", len(table)), *table),
        box(b"iprp", box(b"ipco", *properties), full(b"ipma", associations or one_entry)),
        *parts,
    )


def size_of(data: bytes) -> tuple[int, int]:
    picture = heif.read(data)
    return picture.width, picture.height


def written(size: tuple[int, int], *, orientation: int = 1) -> bytes:
    """A file as libheif's encoder writes it."""
    from pillow_heif import register_heif_opener

    register_heif_opener()
    tags = Image.Exif()
    tags[0x0112] = orientation
    out = io.BytesIO()
    Image.effect_noise(size, 50).convert("RGB").save(out, "HEIF", exif=tags)
    return out.getvalue()


def decoded_size(data: bytes) -> tuple[int, int] | None:
    """What libheif says, None if it refuses."""
    try:
        with Image.open(io.BytesIO(data), formats=["HEIF"]) as image:
            return image.size
    except (OSError, ValueError, RuntimeError, EOFError, SyntaxError):
        return None


@pytest.mark.parametrize(
    ("properties", "size"),
    [
        ((ispe(640, 480),), (640, 480)),
        ((ispe(640, 480), box(b"irot", b"\1")), (480, 640)),
        ((ispe(640, 480), box(b"irot", b"\2")), (640, 480)),
        ((ispe(640, 480), box(b"irot", b"\3"), box(b"imir", b"\1")), (480, 640)),
        ((ispe(640, 480), clap(301, 2, 200, 1)), (151, 200)),
        ((ispe(640, 480), clap(300, 1, 200, 1), box(b"irot", b"\1")), (200, 300)),
        ((box(b"hvcC", b"x" * 20), ispe(8064, 6048), box(b"nobody")), (8064, 6048)),
    ],
)
def test_read__properties(properties: tuple[bytes, ...], size: tuple[int, int]) -> None:
    assert size_of(heic(*properties)) == size


@pytest.mark.parametrize("size", [(64, 48), (70, 33), (131, 64)])
@pytest.mark.parametrize("orientation", [1, 6])
def test_read__as_libheif_says(size: tuple[int, int], orientation: int) -> None:
    data = written(size, orientation=orientation)
    assert size_of(data) == decoded_size(data)


def test_read__another_item_is_not_the_picture() -> None:
    thumbnail, primary = associated(7, 1), associated(1, 2)
    told = struct.pack(">I", 2) + thumbnail + primary
    assert size_of(heic(ispe(160, 120), ispe(4032, 3024), associations=told)) == (4032, 3024)


def test_read__a_meta_box_of_64_bits() -> None:
    data = heic(ispe(20, 10))
    at = data.index(b"meta") - 4
    large = data[at + 8 :]
    wide = struct.pack(">I4sQ", 1, b"meta", len(large) + 16) + large
    assert size_of(data[:at] + wide) == (20, 10)


@pytest.mark.parametrize("codec", [b"unci", b"av01", b"jpeg", b"j2k1"])
def test_inspect__other_codecs_are_not_taken(codec: bytes) -> None:
    with pytest.raises(errors.UnsupportedPicture):
        inspect(heic(ispe(64, 48), codec=codec))


@pytest.mark.parametrize(
    "data",
    [
        box(b"ftyp", FTYP),
        box(b"ftyp", FTYP) + box(b"meta"),
        box(b"ftyp", FTYP) + full(b"meta", box(b"pitm")),
        heic(),
        heic(ispe(0, 480)),
        heic(box(b"ispe", b"\0\0\0\0\1")),
        heic(ispe(64, 48), clap(10, 0, 10, 1)),
        heic(ispe(64, 48), box(b"irot")),
        heic(ispe(64, 48), associations=struct.pack(">I", 0xFFFFFFFF)),
        heic(ispe(64, 48), associations=struct.pack(">IHB", 1, 1, 255)),
        heic(ispe(64, 48), associations=struct.pack(">I", 1) + associated(1, 9)),
        heic(ispe(64, 48)).replace(b"meta", b"mota"),
        heic(ispe(64, 48))[:-1],
    ],
)
def test_inspect__boxes_that_make_no_sense(data: bytes) -> None:
    with pytest.raises(errors.UnreadableHeader):
        inspect(data)


def test_inspect__pixels_are_counted() -> None:
    assert inspect(heic(ispe(8192, 6100))).width == 8192
    for width, height in ((8192, 6104), (0xFFFFFFFF, 0xFFFFFFFF), (MAX_PIXELS + 1, 1)):
        with pytest.raises(errors.TooManyPixels):
            inspect(heic(ispe(width, height)))


@pytest.mark.parametrize(
    "data",
    [
        box(b"ftyp", FTYP) + box(b"free") * 1_900_000,
        box(b"ftyp", FTYP) + full(b"meta", b"\0\0\0\x08free" * 1_900_000),
        heic(box(b"free") * 1_800_000),
        heic(
            ispe(64, 48),
            associations=struct.pack(">I", 5_000_000) + b"\0\2\0" * 5_000_000,
        ),
    ],
    ids=["file", "meta", "properties", "associations"],
)
def test_inspect__15_megabytes_of_boxes_cost_little(data: bytes) -> None:
    began = time.process_time()
    with pytest.raises(errors.UnreadableHeader):
        inspect(data)
    # Some 10 ms; without the bound it would be seconds.
    assert time.process_time() - began < 1


_SEEDS = [heic(ispe(64, 48), clap(60, 1, 40, 1), box(b"irot", b"\1")), written((70, 33))]


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_inspect__whatever_comes(data: st.DataObject) -> None:
    """An answer or one of our refusals, never anything else; and never another size than libheif's
    but for a pixel of rounding, unless libheif shows a second picture in place of a broken one.
    """
    hostile = bytearray(data.draw(st.sampled_from(_SEEDS)))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, min(len(hostile), 500) - 1))
        hostile[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=8))
    try:
        header = inspect(bytes(hostile))
    except (errors.UnreadableHeader, errors.UnsupportedPicture, errors.TooManyPixels):
        return
    assert 1 <= header.width * header.height <= MAX_PIXELS
    told = decoded_size(bytes(hostile))
    if told is not None:
        assert abs(told[0] - header.width) <= 1
        assert abs(told[1] - header.height) <= 1


@given(st.binary(max_size=200))
def test_inspect__any_bytes_behind_the_first_box(tail: bytes) -> None:
    with pytest.raises((errors.UnreadableHeader, errors.UnsupportedPicture)):
        inspect(box(b"ftyp", FTYP) + tail)


def test_inspect__calls_no_decoder() -> None:
    """The web process must not even load the libraries that take pictures apart."""
    program = (
        "import sys; from searchapp.imaging.picture import inspect\n"
        "for data in sys.stdin.buffer.read().split(b'//next//'): inspect(data)\n"
        "assert not {'pillow_heif', '_pillow_heif', 'PIL._webp'} & set(sys.modules)\n"
    )
    out = io.BytesIO()
    Image.new("RGB", (30, 20)).save(out, "WEBP")
    pictures = b"//next//".join([heic(ispe(64, 48)), written((64, 48)), out.getvalue()])
    subprocess.run([sys.executable, "-c", program], input=pictures, check=True, cwd=ROOT)


# --- turned by EXIF --------------------------------------------------------------------------


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
    told = struct.pack(">HHIHxx", 0x0112, 3, 1, UPRIGHT)
    assert data.count(told) == 1
    assert b"irot" not in data
    return data.replace(told, struct.pack(">HHIHxx", 0x0112, 3, 1, value))


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


# --- other items -----------------------------------------------------------------------------


def test_inspect__a_thumbnail_may_be_of_another_codec() -> None:
    header = inspect(heic(ispe(640, 480), others=[(2, b"jpeg")]))
    assert header.kind is PictureKind.HEIF


def test_inspect__a_grid_is_of_the_codec_of_its_tiles() -> None:
    for tile, taken in ((b"hvc1", True), (b"j2k1", False)):
        data = heic(ispe(640, 480), codec=b"grid", others=[(2, tile)], references=[(b"dimg", 1, 2)])
        if taken:
            assert inspect(data).width == 640
        else:
            with pytest.raises(errors.UnsupportedPicture):
                inspect(data)


def test_inspect__a_film_without_a_still_picture_is_not_taken() -> None:
    with pytest.raises(errors.UnsupportedPicture):
        inspect(box(b"ftyp", FTYP) + box(b"moov", box(b"trak", full(b"tkhd", bytes(80)))))


def test_inspect__an_avif_film_has_the_size_of_its_track() -> None:
    size = struct.pack(">II", 480 << 16, 270 << 16)
    data = box(b"ftyp", b"avis\0\0\0\0msf1avis") + box(
        b"moov", box(b"trak", full(b"tkhd", bytes(72), size))
    )
    header = inspect(data)
    assert (header.kind, header.width, header.height) == (PictureKind.AVIF, 480, 270)


def test_inspect__thousands_of_references_cost_little() -> None:
    many = [(b"dimg", 1, 2)] * 15_000
    began = time.process_time()
    with pytest.raises(errors.UnreadableHeader):
        inspect(heic(ispe(64, 48), codec=b"grid", others=[(2, b"hvc1")], references=many))
    assert time.process_time() - began < 1


# --- AVIF ------------------------------------------------------------------------------------


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


# --- large pictures with a preview -----------------------------------------------------------


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
