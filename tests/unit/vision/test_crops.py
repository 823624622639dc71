"""Frames, boxes and cuts."""

from __future__ import annotations

import numpy as np
import pytest

from searchapp.domain.search import Box
from searchapp.vision.crops import (
    WHOLE,
    NormalizedBox,
    cut,
    mask_out,
    normalized_box,
    quarter_turns,
    resize_to_square,
)


def test_frame_of__box_beyond_the_edge_is_clipped() -> None:
    assert normalized_box(Box(-10, 50, 60, 100), 100, 100) == NormalizedBox(0.0, 0.5, 0.5, 1.0)


def test_frame_of__box_outside_is_the_whole_picture() -> None:
    assert normalized_box(Box(200, 200, 5, 5), 100, 100) == WHOLE


def test_frame_box__never_empty() -> None:
    box = NormalizedBox(1.0, 1.0, 1.0, 1.0).box(10, 10)
    assert (box.x, box.y, box.width, box.height) == (9, 9, 1, 1)


def test_with_deadline__is_relative_to_the_outer_frame() -> None:
    inner = NormalizedBox(0.5, 0.0, 1.0, 0.5).within(NormalizedBox(0.0, 0.5, 1.0, 1.0))
    assert inner == NormalizedBox(0.5, 0.5, 1.0, 0.75)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_turned_back__finds_the_same_pixels(turns: int) -> None:
    pixels = np.arange(40 * 60 * 3, dtype=np.uint32).reshape(40, 60, 3)
    frame = NormalizedBox(0.1, 0.25, 0.4, 0.75)
    before = cut(pixels, frame.turned_back(turns))
    assert np.array_equal(np.rot90(before, turns), cut(np.rot90(pixels, turns), frame))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (NormalizedBox(0, 0, 1, 1), 1.0),
        (NormalizedBox(0, 0, 0.5, 1), 0.5),
        (NormalizedBox(2, 2, 3, 3), 0.0),
    ],
)
def test_overlap(other: NormalizedBox, expected: float) -> None:
    assert WHOLE.iou(other) == pytest.approx(expected)


def test_cut_and_turn__keep_the_right_pixels() -> None:
    pixels = np.arange(16, dtype=np.uint8).reshape(4, 4, 1).repeat(3, 2)
    part = cut(pixels, NormalizedBox(0.5, 0.0, 1.0, 0.5))
    assert part[..., 0].tolist() == [[2, 3], [6, 7]]
    turned = quarter_turns(part, [0, 1])
    assert turned[1][..., 0].tolist() == [[3, 7], [2, 6]]


def test_squashed__shape() -> None:
    assert resize_to_square(np.zeros((30, 90, 3), np.uint8), 16).shape == (16, 16, 3)


def test_share_in__of_the_inner_frame() -> None:
    half = NormalizedBox(0.2, 0, 1, 1)
    assert NormalizedBox(0, 0, 0.4, 0.4).containment(half) == pytest.approx(0.5)
    assert NormalizedBox(0, 0, 0.2, 1).containment(NormalizedBox(0.5, 0, 1, 1)) == 0
    assert NormalizedBox(0.5, 0.5, 0.5, 0.5).containment(WHOLE) == 0


def test_painted_over__in_the_colour_of_the_ground() -> None:
    pixels = np.zeros((9, 7, 3), np.uint8)
    pixels[:, 4:] = 90
    left = np.array([[True, False]] * 3)
    painted = mask_out(pixels, left, ~left)
    assert (painted[:, 4:] == pixels[:, 4:]).all()
    assert (painted[:, :4] == 90).all()
    assert (mask_out(pixels, left, np.zeros_like(left))[:, 0] == 255).all()
