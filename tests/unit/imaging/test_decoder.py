"""Decoding in children: limits, crashes, and what comes back."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import sys

import pytest
from PIL import Image

from searchapp import errors
from searchapp.imaging import decoder as decoder_module
from searchapp.imaging.decoder import Decoder


def jpeg(size: tuple[int, int] = (64, 48)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG")
    return out.getvalue()


async def test_upright__same_child_serves_again() -> None:
    async with Decoder(decoders=1) as decoder:
        first = await decoder.upright(jpeg())
        second = await decoder.upright(jpeg((32, 16)))
    assert (first.width, first.height) == (64, 48)
    assert second.image.pixels.shape == (16, 32, 3)


async def test_upright__broken_picture_leaves_the_child_alive() -> None:
    async with Decoder(decoders=1) as decoder:
        with pytest.raises(errors.UnreadablePicture):
            await decoder.upright(jpeg()[:100])
        assert (await decoder.upright(jpeg())).width == 64


async def test_upright__crash_of_the_child_is_an_unreadable_picture() -> None:
    command = (sys.executable, "-c", "import os; os.abort()")
    async with Decoder(decoders=1, command=command) as decoder:
        with pytest.raises(errors.UnreadablePicture):
            await decoder.upright(jpeg())


async def test_upright__hanging_child_is_ended() -> None:
    command = (sys.executable, "-c", "import time; time.sleep(60)")
    async with Decoder(decoders=1, seconds=0.2, command=command) as decoder:
        with pytest.raises(errors.UnreadablePicture):
            await decoder.upright(jpeg())
        assert not decoder._busy
        assert not decoder._idle


@pytest.mark.parametrize("trouble", [errno.ENOMEM, errno.EMFILE, errno.EAGAIN])
async def test_upright__no_child_can_start_is_no_fault_of_the_picture(
    trouble: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object, **__: object) -> None:
        raise OSError(trouble, os.strerror(trouble))

    async with Decoder(decoders=1) as decoder:
        with monkeypatch.context() as patch:
            patch.setattr(asyncio, "create_subprocess_exec", refused)
            with pytest.raises(errors.DecoderUnavailable, match=os.strerror(trouble)) as raised:
                await decoder.upright(jpeg())
        assert not isinstance(raised.value, errors.JobError)
        assert (await decoder.upright(jpeg())).width == 64


async def test_upright__bad_pictures_count_for_the_child_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decoder_module, "PICTURES_PER_CHILD", 2)
    async with Decoder(decoders=1) as decoder:
        for left in (1, 0):
            with pytest.raises(errors.UnreadablePicture):
                await decoder.upright(jpeg()[:100])
            assert len(decoder._idle) == left


async def test_upright__child_that_died_while_idle_is_started_anew() -> None:
    async with Decoder(decoders=1) as decoder:
        await decoder.upright(jpeg())
        process = decoder._idle[0]._process
        assert process is not None
        process.kill()
        await process.wait()
        assert (await decoder.upright(jpeg())).width == 64


async def test_upright__child_sees_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEARCHAPP_SECRET_KEY", "do-not-hand-on")
    code = (
        "import os,sys; sys.stdin.buffer.read(8); r=str('SEARCHAPP_SECRET_KEY' in os.environ)"
        ".encode(); import struct; sys.stdout.buffer.write(struct.pack('<?IIIII',False,len(r),"
        "0,0,0,0)+r); sys.stdout.flush()"
    )
    async with Decoder(decoders=1, command=(sys.executable, "-c", code)) as decoder:
        with pytest.raises(errors.UnreadablePicture, match="False"):
            await decoder.upright(jpeg())
