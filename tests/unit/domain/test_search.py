"""Boxes and ids."""

import pytest

from searchapp.domain.ids import is_id, new_id, short
from searchapp.domain.search import Box


@pytest.mark.parametrize(
    ("box", "wanted"),
    [
        (Box(10, 10, 20, 20), Box(10, 10, 20, 20)),
        (Box(-5, -5, 20, 20), Box(0, 0, 15, 15)),
        (Box(90, 40, 50, 50), Box(90, 40, 10, 10)),
        (Box(100, 0, 5, 5), None),
        (Box(0, 0, 0, 10), None),
    ],
)
def test_box__clipped(box: Box, wanted: Box | None) -> None:
    assert box.clipped(100, 50) == wanted


def test_ids__are_known_by_their_form_and_never_the_same() -> None:
    names = {new_id() for _ in range(1000)}

    assert len(names) == 1000
    assert all(is_id(name) for name in names)
    assert not is_id("../../etc/passwd")
    assert not is_id(f"{new_id()}\n")
    assert len(short(new_id())) == 7
