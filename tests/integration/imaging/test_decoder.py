"""Decoding in children: limits, crashes, and what comes back."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import signal
import sys
from itertools import islice

import pytest
from PIL import Image

from searchapp import errors
from searchapp.imaging import decoder as decoder_module
from searchapp.imaging.decoder import Decoder
from searchapp.imaging.decoding import MAX_PIXELS
from searchapp.imaging.picture import TALL_PIXELS
from tests.support.hostile import hostile_pictures


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


async def test_upright__hostile_pictures_do_no_harm() -> None:
    """Each ends as a picture or as a refusal, and an honest one is served after all of them."""
    ended = set()
    async with Decoder() as decoder:
        for _, data in islice(hostile_pictures(seed=5), 40):
            try:
                picture = await decoder.upright(data, 1280)
            except errors.UnreadablePicture:
                ended.add("refused")
            else:
                ended.add("taken")
                assert picture.image.pixels.size <= 3 * TALL_PIXELS
                assert picture.width * picture.height <= MAX_PIXELS
        assert (await decoder.upright(jpeg())).width == 64
    assert ended == {"refused", "taken"}


@pytest.mark.parametrize("signal_", ["SIGABRT", "SIGKILL", "SIGSEGV", "SIGTERM"])
async def test_upright__child_ended_by_a_signal_is_no_fault_of_the_picture(signal_: str) -> None:
    code = f"import os, signal; os.kill(os.getpid(), signal.{signal_})"
    async with Decoder(decoders=1, command=(sys.executable, "-c", code)) as decoder:
        with pytest.raises(errors.DecoderUnavailable) as raised:
            await decoder.upright(jpeg())
    assert not isinstance(raised.value, errors.JobError)


async def test_upright__killed_while_it_decodes_and_the_next_try_succeeds() -> None:
    async with Decoder(decoders=1) as decoder:
        await decoder.upright(jpeg())
        process = decoder._idle[0]._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        work = asyncio.create_task(decoder.upright(jpeg()))
        await asyncio.sleep(0.1)
        process.kill()
        with pytest.raises(errors.DecoderUnavailable):
            await work
        assert (await decoder.upright(jpeg())).width == 64


async def test_upright__stopped_child_is_ended_and_the_next_try_succeeds() -> None:
    async with Decoder(decoders=1, seconds=30) as decoder:
        await decoder.upright(jpeg())
        process = decoder._idle[0]._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        decoder._seconds = 0.2
        with pytest.raises(errors.DecoderUnavailable, match="took too long"):
            await decoder.upright(jpeg())
        assert not decoder._busy
        assert not decoder._idle
        decoder._seconds = 30
        assert (await decoder.upright(jpeg())).width == 64


async def test_upright__too_much_processor_time_is_the_picture() -> None:
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\n"
        "while True: sum(range(10_000))"
    )
    async with Decoder(decoders=1, command=(sys.executable, "-c", code)) as decoder:
        with pytest.raises(errors.UnreadablePicture, match="ProcessorTime"):
            await decoder.upright(jpeg())


async def test_upright__out_of_memory_is_no_fault_of_the_picture() -> None:
    """The real child, with a lower limit: a large picture does not fit, a small one does."""
    code = (
        "from pathlib import Path\n"
        "from searchapp.imaging import decode_child as child\n"
        "used = int(Path('/proc/self/statm').read_text().split()[0]) * 4096\n"
        "child.MEMORY_BYTES = used + 120_000_000\n"
        "child.main()"
    )
    large = io.BytesIO()
    Image.new("RGB", (8000, 6000)).save(large, "PNG")
    async with Decoder(decoders=1, command=(sys.executable, "-c", code)) as decoder:
        with pytest.raises(errors.DecoderUnavailable, match="memory"):
            await decoder.upright(large.getvalue())
        assert (await decoder.upright(jpeg())).width == 64


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


async def test_upright__child_that_died_while_idle_is_restarted() -> None:
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
        ".encode(); import struct; sys.stdout.buffer.write(struct.pack('<BIIIII',2,len(r),"
        "0,0,0,0)+r); sys.stdout.flush()"
    )
    async with Decoder(decoders=1, command=(sys.executable, "-c", code)) as decoder:
        with pytest.raises(errors.UnreadablePicture, match="False"):
            await decoder.upright(jpeg())
