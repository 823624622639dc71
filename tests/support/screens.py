"""Screens of a phone, drawn: a page with lines of writing, and photos in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 600, 1280

_LINES = (40, 110, 1050, 1100, 1150, 1210)


def page(
    *photos: tuple[int, int], paper: int = 255, lines: Sequence[int] = _LINES
) -> NDArray[np.uint8]:
    """A screen with grainy photos from row to row, and lines of writing at some rows."""
    random = np.random.default_rng(5)
    screen = np.full((HEIGHT, WIDTH, 3), paper, np.uint8)
    for top, bottom in photos:
        screen[top:bottom] = random.integers(60, 200, (bottom - top, WIDTH, 3))
    for row in lines:
        for x in range(40, 400, 14):
            screen[row : row + 20, x : x + 6] = 128
    return screen
