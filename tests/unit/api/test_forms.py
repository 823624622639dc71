"""Forms as they stream in, whole, cut anywhere, or hostile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchapp.api.forms import MAX_FIELD_BYTES, MAX_PARTS, Form, read_form
from searchapp.errors import RequestError

PHOTO = bytes(range(256)) * 40 + b"\r\n--not-the-boundary\r\n"


def encoded(
    files: Sequence[tuple[str, bytes]] = (("image", PHOTO),),
    fields: dict[str, str] | None = None,
) -> tuple[str, bytes]:
    """Content type and body as a client makes them."""
    request = httpx.Request(
        "POST",
        "http://x",
        files=[(name, ("p.jpg", data, "image/jpeg")) for name, data in files],
        data=fields or {},
    )
    return request.headers["content-type"], request.read()


async def chunked(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def read(kind: str, body: bytes, size: int = 1 << 16) -> Form:
    return await read_form(kind, chunked(body, size), "image")


@settings(max_examples=30, deadline=None)
@given(size=st.integers(1, 300))
async def test_read_form__however_it_is_cut(size: int) -> None:
    form = await read(*encoded(fields={"lang": "ko", "items": '[{"box":[1,2,3,4]}]'}), size)
    assert form.file == PHOTO
    assert form.fields == {"lang": "ko", "items": '[{"box":[1,2,3,4]}]'}


async def test_read_form__without_a_file() -> None:
    request = httpx.Request("POST", "http://x", files={"lang": (None, "en")})
    form = await read(request.headers["content-type"], request.read())
    assert (form.file, form.fields) == (None, {"lang": "en"})


async def test_read_form__an_empty_file_is_a_file() -> None:
    assert (await read(*encoded([("image", b"")]))).file == b""


@pytest.mark.parametrize(
    "kind", ["", "application/json", "multipart/form-data", "multipart/mixed; boundary=x", "\xff;="]
)
async def test_read_form__other_kinds(kind: str) -> None:
    with pytest.raises(RequestError):
        await read(kind, b"--x--")


async def test_read_form__cut_at_its_end() -> None:
    kind, body = encoded()
    with pytest.raises(RequestError):
        await read(kind, body[:-6])


async def test_read_form__two_files() -> None:
    with pytest.raises(RequestError):
        await read(*encoded([("image", b"a"), ("image", b"b")]))


async def test_read_form__too_many_parts() -> None:
    with pytest.raises(RequestError):
        await read(*encoded(fields={f"f{n}": "" for n in range(MAX_PARTS)}))


async def test_read_form__a_field_of_megabytes() -> None:
    with pytest.raises(RequestError):
        await read(*encoded(fields={"items": "x" * (MAX_FIELD_BYTES + 1)}))


async def test_read_form__a_field_that_is_no_text() -> None:
    with pytest.raises(RequestError):
        await read(*encoded([("image", b"a"), ("lang", b"\xff\xfe")]))


async def test_read_form__endless_part_headers() -> None:
    body = b"--x\r\nContent-Disposition: form-data; name=image\r\nX: " + b"y" * 100_000
    with pytest.raises(RequestError):
        await read("multipart/form-data; boundary=x", body)


async def test_read_form__a_part_without_a_name() -> None:
    body = b"--x\r\nContent-Type: image/jpeg\r\n\r\nabc\r\n--x--\r\n"
    with pytest.raises(RequestError):
        await read("multipart/form-data; boundary=x", body)


@settings(max_examples=settings().max_examples * 3 // 2)
@given(body=st.binary(max_size=400), size=st.integers(1, 50))
async def test_read_form__noise_is_refused_in_order(body: bytes, size: int) -> None:
    with pytest.raises(RequestError):
        await read("multipart/form-data; boundary=x", b"--x\r\n" + body, size)


@settings(max_examples=settings().max_examples)
@given(data=st.data())
async def test_read_form__a_flipped_byte_never_crashes(data: st.DataObject) -> None:
    kind, body = encoded([("image", b"abc")], {"lang": "ko"})
    broken = bytearray(body)
    broken[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        form = await read(kind, bytes(broken))
    except RequestError:
        return
    assert form.file is None or len(form.file) <= len(body)
