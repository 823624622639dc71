"""People, found by the real pose models in drawn pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from searchapp.vision.people import MAX_PEOPLE, PeopleFinder
from tests.support.drawn_people import BLUE, GREEN, RED, row, somebody


@pytest.fixture(scope="module")
def finder() -> PeopleFinder:
    return PeopleFinder()


def test_find__points_and_mask_lie_where_somebody_stands(finder: PeopleFinder) -> None:
    (person,) = finder.find(np.asarray(somebody()))
    shoulders, hips, ankles = (person.points[list(two), 1].mean() for two in _PAIRS)
    assert shoulders == pytest.approx(225 / 900, abs=0.05)
    assert hips == pytest.approx(470 / 900, abs=0.06)
    assert ankles == pytest.approx(800 / 900, abs=0.08)
    middle, corner = person.mask[30:60, 45:51].mean(), person.mask[:10, :10].mean()
    assert middle > 0.8
    assert corner < 0.1


_PAIRS = ((11, 12), (23, 24), (27, 28))


def test_find__nobody(finder: PeopleFinder) -> None:
    assert finder.find(np.full((300, 200, 3), 210, np.uint8)) == []


def test_find__who_stands_close_is_found_once_others_are_painted_over(finder: PeopleFinder) -> None:
    picture = row(somebody(RED), somebody(GREEN), somebody(BLUE), apart=216)
    people = finder.find(np.asarray(picture))
    middles = sorted(float(one.points[[11, 12], 0].mean()) * picture.width for one in people)
    assert middles == pytest.approx([148, 364, 580], abs=40)


def test_find__at_most_so_many(finder: PeopleFinder) -> None:
    picture = row(*[somebody(RED)] * (MAX_PEOPLE + 2), apart=260)
    assert len(finder.find(np.asarray(picture))) == MAX_PEOPLE


def test_find__a_wide_picture_has_its_people_in_its_own_fractions(finder: PeopleFinder) -> None:
    wide = Image.new("RGB", (1500, 900), (215, 210, 200))
    wide.paste(somebody(), (900, 0))
    (person,) = finder.find(np.asarray(wide))
    assert float(person.points[[11, 12], 0].mean()) == pytest.approx(1140 / 1500, abs=0.03)
