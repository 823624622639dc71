"""The one photo on a phone's screen: a tall stretch of rows between bars, titles and captions.

What a program paints is flat, with thin lines of writing on it; a photo is grainy in nearly every
row.  The garment head sees photos inside pictures too, and only garments there: not where a worn
one ends and the screen begins.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from searchapp.vision.crops import NormalizedBox, Pixels

TALL, NARROWEST = 1.5, 100
"""Phone screens are at least so many times taller than wide, and so many pixels wide."""

FLAT = 4
"""Grey levels between neighbours in what a program painted, JPEG included."""

_GRAINY = 0.015
"""A row with a larger share of pixels that are not flat shows writing or a photo."""

_INK, _COVERED = 10, 0.25
"""So does a flat row whose grey is so far from the page's in such a share of its pixels."""

_BRIDGED = 0.008
"""Gaps between rows up to this share of the height belong to what is around them."""

_LINE, _LINES = 0.05, 3
"""Stretches shorter than this share of the height are lines; a screen has at least so many."""

_LEAST, _MOST, _AHEAD = 0.15, 0.85, 2.5
"""Share of the screen that its one photo takes, and how many times longer it is than the next."""


def photo_on_screen(pixels: Pixels) -> NormalizedBox | None:
    """The frame of the photo on a screenshot; None if it is none, or shows several photos."""
    height, width = pixels.shape[:2]
    if height < TALL * width or width < NARROWEST:
        return None
    stretches = _stretches(_filled_rows(pixels), round(_BRIDGED * height))
    if len(stretches) < _LINES + 1:
        return None
    photo, *others = sorted(stretches, key=lambda rows: rows[0] - rows[1])
    share, *shares = ((end - start) / height for start, end in (photo, *others))
    one_photo = max(_LEAST, _AHEAD * shares[0]) <= share < _MOST
    if not one_photo or sum(other < _LINE for other in shares) < _LINES:
        return None
    return NormalizedBox(0.0, photo[0] / height, 1.0, photo[1] / height)


def _filled_rows(pixels: Pixels) -> NDArray[np.bool_]:
    """Which rows show anything but the page."""
    grey = pixels.mean(axis=2, dtype=np.float32)
    grainy = np.zeros(grey.shape, bool)
    grainy[:, 1:] |= np.abs(np.diff(grey, axis=1)) > FLAT
    grainy[1:] |= np.abs(np.diff(grey, axis=0)) > FLAT
    filled: NDArray[np.bool_] = grainy.mean(axis=1) > _GRAINY
    if not filled.all():
        # Smooth parts of a photo are flat as well, but seldom in the colour of the page.
        page = np.median(grey[~filled])
        filled |= (np.abs(grey - page) > _INK).mean(axis=1) > _COVERED
    return filled


def _stretches(filled: NDArray[np.bool_], bridged: int) -> list[tuple[int, int]]:
    """First row and the one after the last of each stretch of filled rows."""
    found: list[tuple[int, int]] = []
    for row in np.flatnonzero(filled).tolist():
        if found and row - found[-1][1] <= bridged:
            found[-1] = found[-1][0], row + 1
        else:
            found.append((row, row + 1))
    return found
