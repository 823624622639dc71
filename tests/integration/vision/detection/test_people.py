"""People, found by the real pose models in drawn pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from searchapp.vision.crops import Pixels
from searchapp.vision.detection.people import MASK_SIDE, MAX_PEOPLE, PeopleFinder, Person
from tests.support.drawn_people import BLUE, GREEN, RED, drawn_person, row


@pytest.fixture(scope="module")
def finder() -> PeopleFinder:
    return PeopleFinder()


def test_find__points_and_mask_of_a_person(finder: PeopleFinder) -> None:
    (person,) = finder.find(np.asarray(drawn_person()))
    shoulders, hips, ankles = (person.points[list(two), 1].mean() for two in _PAIRS)
    assert shoulders == pytest.approx(225 / 900, abs=0.05)
    assert hips == pytest.approx(470 / 900, abs=0.06)
    assert ankles == pytest.approx(800 / 900, abs=0.08)
    middle, corner = person.mask[30:60, 45:51].mean(), person.mask[:10, :10].mean()
    assert middle > 0.8
    assert corner < 0.1


_PAIRS = ((11, 12), (23, 24), (27, 28))


def test_find__no_person(finder: PeopleFinder) -> None:
    assert finder.find(np.full((300, 200, 3), 210, np.uint8)) == []


def test_find__who_stands_close_is_found_once_others_are_painted_over(finder: PeopleFinder) -> None:
    picture = row(drawn_person(RED), drawn_person(GREEN), drawn_person(BLUE), apart=216)
    people = finder.find(np.asarray(picture))
    middles = sorted(float(one.points[[11, 12], 0].mean()) * picture.width for one in people)
    assert middles == pytest.approx([148, 364, 580], abs=40)


def test_find__at_most_so_many(finder: PeopleFinder) -> None:
    picture = row(*[drawn_person(RED)] * (MAX_PEOPLE + 2), apart=260)
    assert len(finder.find(np.asarray(picture))) == MAX_PEOPLE


def test_find__a_wide_picture_has_its_people_in_its_own_fractions(finder: PeopleFinder) -> None:
    wide = Image.new("RGB", (1500, 900), (215, 210, 200))
    wide.paste(drawn_person(), (900, 0))
    (person,) = finder.find(np.asarray(wide))
    assert float(person.points[[11, 12], 0].mean()) == pytest.approx(1140 / 1500, abs=0.03)


@pytest.mark.parametrize(("chin", "found"), [(0.0, True), (0.3, False)])
def test_find__a_photo_that_ends_at_the_neck_gets_room_above(
    finder: PeopleFinder, monkeypatch: pytest.MonkeyPatch, chin: float, found: bool
) -> None:
    height, share = 300, 1 / 3  # Half the height above is a third of the whole.
    heights = ((slice(0, 11), chin), (slice(11, 23), 0.1), (slice(23, 33), 0.5))
    points, mask = np.full((33, 3), 0.5, np.float32), np.zeros((MASK_SIDE, MASK_SIDE), np.float32)
    for part, y in heights:
        points[part, 1] = share + y * (1 - share)
    mask[MASK_SIDE // 3 : 2 * MASK_SIDE // 3] = 1

    def only_with_room(pixels: Pixels) -> list[Person]:
        return [Person(0.95, points, mask)] if len(pixels) == height * 1.5 else []

    monkeypatch.setattr(finder, "_found", only_with_room)
    people = finder.find(np.full((height, 200, 3), 210, np.uint8))
    assert bool(people) is found
    for person in people:
        assert person.headless
        assert person.points[[11, 25], 1] == pytest.approx([0.1, 0.5])
        assert person.mask[:46].mean() == pytest.approx(1, abs=0.02)
        assert person.mask[50:].mean() == pytest.approx(0, abs=0.02)


def test_find__trousers_alone_are_no_person(finder: PeopleFinder) -> None:
    whole = drawn_person()
    assert finder.find(np.asarray(whole.crop((0, 500, *whole.size)))) == []
