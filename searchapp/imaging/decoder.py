"""Decodes pictures in child processes, so that a bad one can hurt nothing but itself.

Only a decoder's own verdict on the bytes, and its limit of processor time, blame the picture.  A
child that is killed, stopped, or slow by the clock says nothing about it: that is
:class:`~searchapp.errors.DecoderUnavailable`, and the work is tried again later.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import numpy as np

from searchapp import errors
from searchapp.imaging.decode_child import DECODED, HEADER, OUT_OF_MEMORY, REQUEST
from searchapp.imaging.picture import UprightImage, UprightPicture

DECODERS = 2
"""At most so many children at once."""

SECONDS = 60.0
"""Wall clock for one picture: on a busy machine several times the processor time it may take."""

PICTURES_PER_CHILD = 200
"""A child is replaced after so many pictures, or after a very large one, to give memory back."""

LARGE_PIXELS = 24_000_000

_ROOT = str(Path(__file__).resolve().parents[2])


class Decoder(contextlib.AbstractAsyncContextManager["Decoder"]):
    """A pool of decoding children.  Start is lazy; :meth:`close` ends them all.

    Use one per event loop, as ``async with Decoder() as decoder``.
    """

    def __init__(
        self,
        decoders: int = DECODERS,
        seconds: float = SECONDS,
        command: tuple[str, ...] = (sys.executable, "-m", "searchapp.imaging.decode_child"),
    ) -> None:
        self._room = asyncio.Semaphore(decoders)
        self._seconds = seconds
        self._command = command
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def upright(self, data: bytes, longest: int | None = None) -> UprightPicture:
        """The safe upright form of ``data``, see :func:`searchapp.imaging.picture.make_upright`.

        :param longest: longest side of the JPEG in pixels; None keeps every pixel.
        :raises errors.UnreadablePicture: it cannot be decoded, or not within the processor time.
        :raises errors.DecoderUnavailable: no child could start, or it ended or hung without a
            verdict; the picture is not at fault.
        """
        async with self._room:
            child = self._idle.pop() if self._idle else _Child(self._command)
            self._busy.add(child)
            try:
                await child.start()
                picture = await asyncio.wait_for(child.decode(data, longest), self._seconds)
            except errors.UnreadablePicture:
                await self._put_back(child)
                raise
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                raise _blamed(error, await child.end()) from None
            except BaseException:
                await child.end()
                raise
            finally:
                self._busy.discard(child)
            await self._put_back(child, large=picture.width * picture.height > LARGE_PIXELS)
            return picture

    async def _put_back(self, child: _Child, *, large: bool = False) -> None:
        if large or child.served >= PICTURES_PER_CHILD:
            await child.end()
        else:
            self._idle.append(child)

    async def close(self) -> None:
        """End every child."""
        children, self._idle = [*self._idle, *self._busy], []
        for child in children:
            await child.end()


class _Child:
    """One decoding process."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._command = command
        self._process: Process | None = None
        self.served = 0

    async def decode(self, data: bytes, longest: int | None) -> UprightPicture:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise OSError("no pipes to the decoding child")
        self.served += 1
        process.stdin.write(REQUEST.pack(len(data), longest or 0))
        process.stdin.write(data)
        await process.stdin.drain()
        head = HEADER.unpack(await process.stdout.readexactly(HEADER.size))
        verdict, length, width, height, small_width, small_height = head
        body = await process.stdout.readexactly(length)
        if verdict == OUT_OF_MEMORY:
            raise errors.DecoderUnavailable(f"a picture could not be decoded: {body.decode()}")
        if verdict != DECODED:
            raise errors.UnreadablePicture(body.decode())
        raw = await process.stdout.readexactly(small_width * small_height * 3)
        pixels = np.frombuffer(raw, np.uint8).reshape(small_height, small_width, 3)
        return UprightPicture(body, width, height, UprightImage(pixels, width, height))

    async def start(self) -> None:
        """Starts the process unless it runs: one that was ended while idle is made anew.

        The child gets none of our environment: what breaks it should find no secret there.

        :raises errors.DecoderUnavailable: out of memory, processes or open files.
        """
        if self._process is not None and self._process.returncode is None:
            return
        env = {"PATH": os.defpath, "PYTHONPATH": _ROOT, "OMP_NUM_THREADS": "1"}
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=env,
                limit=4 * 1024 * 1024,
                start_new_session=True,
            )
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise errors.DecoderUnavailable(f"no picture can be decoded now: {reason}") from None

    async def end(self) -> int:
        """Ends the process; its exit status, or minus the signal that ended it."""
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.returncode is None:
            # Not ``process.kill()``: that takes the status of one that has just ended by itself.
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        return await process.wait()


def _blamed(error: Exception, status: int) -> errors.AppError:
    """What it means that a child with this exit status gave no answer."""
    if status == -signal.SIGXCPU:
        return errors.UnreadablePicture("ProcessorTime")
    why = "took too long" if isinstance(error, TimeoutError) else f"ended with status {status}"
    return errors.DecoderUnavailable(f"a picture could not be decoded: its decoder {why}")
