"""The child process that decodes: limited in memory and time, with nothing of value inside.

Run as ``python -m searchapp.imaging.decode_child``.  A request on stdin is two little-endian
numbers, ``length`` and ``longest`` (0 = keep every pixel), and the file.  The answer on stdout is
``HEADER`` and, if the verdict is DECODED, the JPEG and the raw pixels of the working copy; if not,
a reason.
"""

from __future__ import annotations

import resource
import struct
import sys
from typing import BinaryIO

from searchapp import errors
from searchapp.imaging.picture import UprightPicture, make_upright

REQUEST = struct.Struct("<II")
HEADER = struct.Struct("<BIIIII")
"""Verdict, bytes of the JPEG (or of the reason), width, height, working width and height."""

DECODED, UNREADABLE, OUT_OF_MEMORY = 1, 2, 3
"""Verdicts; the last one is about this process, not about the picture."""

MEMORY_BYTES = 1_600_000_000
"""Address space: enough for 50 million pixels turned and converted, not for a bomb."""

CPU_SECONDS = 15
"""Processor time for one picture; the system ends the child with SIGXCPU behind it."""


def main() -> None:
    """Serve requests until stdin ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while _serve(sys.stdin.buffer, sys.stdout.buffer):
        pass


def _serve(requests: BinaryIO, answers: BinaryIO) -> bool:
    head = requests.read(REQUEST.size)
    if len(head) < REQUEST.size:
        return False
    length, longest = REQUEST.unpack(head)
    data = requests.read(length)
    _allow_more_time()
    try:
        _answer(answers, make_upright(data, longest or None))
    except errors.UnreadablePicture as error:
        _refuse(answers, UNREADABLE, error.detail)
    except MemoryError:
        _refuse(answers, OUT_OF_MEMORY, "out of memory")
    answers.flush()
    return True


def _refuse(answers: BinaryIO, verdict: int, reason: str) -> None:
    text = reason.encode()
    answers.write(HEADER.pack(verdict, len(text), 0, 0, 0, 0) + text)


def _answer(answers: BinaryIO, upright: UprightPicture) -> None:
    height, width = upright.image.pixels.shape[:2]
    answers.write(
        HEADER.pack(DECODED, len(upright.jpeg), upright.width, upright.height, width, height)
    )
    answers.write(upright.jpeg)
    answers.write(upright.image.pixels.tobytes())


def _allow_more_time() -> None:
    """The limit counts from the start of the process, so it moves on with each picture."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (used + CPU_SECONDS, hard))


if __name__ == "__main__":
    main()
