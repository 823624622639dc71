"""The memory of a web process: what a burst of photos took goes back to the system afterwards.

Two allocators would keep it.  glibc raises the size from which a block gets pages of its own to
the largest that was freed so far (mallopt(3), M_MMAP_THRESHOLD): after the first photos all others
lie in the heap, between small things that stay; a size that is set stays.  Granian's jemalloc
looks for pages to give back only while it is asked for more, unless a thread does it
(jemalloc(3), background_thread).
"""

from __future__ import annotations

import ctypes
import os
import platform

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h

OWN_PAGES = 128 * 1024
"""Bytes from which a block has pages of its own: where glibc begins, and below any photo."""

_JEMALLOC = "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0"


def give_back_soon() -> None:
    """Sets both allocators; call it before Granian is imported, which reads its part then.

    An operator's own MALLOC_MMAP_THRESHOLD_ and _RJEM_MALLOC_CONF stay as they are.
    """
    os.environ.setdefault("_RJEM_MALLOC_CONF", _JEMALLOC)
    if platform.libc_ver()[0] == "glibc" and "MALLOC_MMAP_THRESHOLD_" not in os.environ:
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, OWN_PAGES)
        libc.mallopt(_M_TRIM_THRESHOLD, OWN_PAGES)
