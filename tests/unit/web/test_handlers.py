"""The events that pages may send."""

from __future__ import annotations

from searchapp.web.handlers import shape_of


class State:
    def load(self) -> None:
        """Takes nothing."""

    async def choose(self, item: str, label: str = "") -> None:
        """Takes one or two."""

    def anything(self, *args: object, **kwargs: object) -> None:
        """Has no arguments with names."""


def test_shape_of__nothing() -> None:
    shape = shape_of(State.load)
    assert shape.fits({})
    assert not shape.fits({"self": 1})


def test_shape_of__required_and_optional() -> None:
    shape = shape_of(State.choose)
    assert shape.fits({"item": "i1"})
    assert shape.fits({"item": "i1", "label": "top"})
    assert not shape.fits({"label": "top"})
    assert not shape.fits({"item": "i1", "more": 1})


def test_shape_of__stars_open_nothing() -> None:
    assert not shape_of(State.anything).fits({"x": 1})
