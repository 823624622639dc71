"""The photo on a screen, drawn: grain is what tells a photo from what a program painted."""

from __future__ import annotations

import numpy as np
import pytest

from searchapp.vision.detection.detection import photo_on_screen
from tests.support.screens import HEIGHT, page


@pytest.mark.parametrize("paper", [255, 18])
def test_photo_on_screen__between_bars_and_writing(paper: int) -> None:
    found = photo_on_screen(page((200, 900), paper=paper))
    assert found is not None
    assert (found.left, found.right) == (0.0, 1.0)
    assert found.top * HEIGHT == pytest.approx(200, abs=12)
    assert found.bottom * HEIGHT == pytest.approx(900, abs=12)


def test_photo_on_screen__a_smooth_part_of_the_photo_belongs_to_it() -> None:
    screen = page((200, 900))
    screen[200:420] = (120, 140, 180)
    found = photo_on_screen(screen)
    assert found is not None
    assert found.top * HEIGHT == pytest.approx(200, abs=12)


def test_photo_on_screen__two_photos_are_ambiguous() -> None:
    assert photo_on_screen(page((200, 600), (700, 1000))) is None


def test_photo_on_screen__a_photo_is_no_screen() -> None:
    grain = np.random.default_rng(1).integers(90, 160, (HEIGHT, 600, 3)).astype(np.uint8)
    assert photo_on_screen(grain) is None


def test_photo_on_screen__writing_alone() -> None:
    assert photo_on_screen(page()) is None


def test_photo_on_screen__a_photo_with_margins_has_no_lines_of_writing() -> None:
    assert photo_on_screen(page((200, 900), lines=())) is None


def test_photo_on_screen__only_tall_pictures_are_screens_of_phones() -> None:
    assert photo_on_screen(page((200, 900))[:800]) is None


@pytest.mark.parametrize("shade", [0, 255])
def test_photo_on_screen__nothing_at_all(shade: int) -> None:
    assert photo_on_screen(np.full((HEIGHT, 600, 3), shade, np.uint8)) is None
