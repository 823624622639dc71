"""The events that pages may send."""

from __future__ import annotations

from typing import Any

import pytest

from searchapp.web.reflex_compat.frames import EventSchema
from searchapp.web.reflex_compat.handlers import event_schemas, shape_of


class State:
    def load(self) -> None:
        """Takes nothing."""

    async def choose(self, item: str, label: str = "") -> None:
        """Takes one or two."""

    def switch(self, on: bool) -> None:
        """Takes yes or no."""

    def send(self, form: dict[str, str]) -> None:
        """Takes a form."""

    def untyped(self, what) -> None:  # type: ignore[no-untyped-def]
        """Takes nobody knows what."""

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


def test_shape_of__an_argument_without_a_type_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        shape_of(State.untyped)


@pytest.mark.parametrize("value", [None, 0, True, 1.5, [], {}, ["i1"], {"i1": 1}])
def test_shape_of__only_its_own_kind(value: object) -> None:
    assert not shape_of(State.choose).fits({"item": value})


@pytest.mark.parametrize(
    ("value", "fits"), [(True, True), (1, False), ("on", False), (None, False)]
)
def test_shape_of__nothing_is_converted(value: object, fits: bool) -> None:
    assert shape_of(State.switch).fits({"on": value}) is fits


@pytest.mark.parametrize(
    ("form", "fits"),
    [
        ({"asked": "x"}, True),
        ({"__reflex_form_data__": [["asked", "x"], ["asked", "y"]]}, True),
        ({"__reflex_form_data__": []}, True),
        ({"asked": 1}, False),
        ({"__reflex_form_data__": [["asked"]]}, False),
        ({"__reflex_form_data__": [["asked", 1]]}, False),
        ({"__reflex_form_data__": "asked"}, False),
        ({"__reflex_form_data__": [], "more": "x"}, False),
        ([], False),
        (None, False),
    ],
)
def test_shape_of__forms(form: object, fits: bool) -> None:
    assert shape_of(State.send).fits({"form": form}) is fits


@pytest.fixture(scope="module")
def shapes() -> dict[str, EventSchema]:
    """Those of our pages; they are there once the app was imported."""
    import searchapp.searchapp  # noqa: F401

    return event_schemas()


def test_event_shapes__are_all_known(shapes: dict[str, EventSchema]) -> None:
    """A new one is a new door: think of its right to the job before it comes into this list."""
    root = "reflex___state____state"
    ours = f"{root}.searchapp___web___states___"
    admin = f"{ours}admin____admin_state"
    assert {name: set(shape.taken) for name, shape in shapes.items()} == {
        f"{root}.hydrate": set(),
        f"{root}.hydrate_and_load": {"vars", "hashes"},
        f"{root}.reflex___state____update_vars_internal_state.update_vars_internal": {"vars"},
        f"{root}.reflex___state____on_load_internal_state.on_load_internal": set(),
        f"{admin}.load": set(),
        f"{admin}.follow": set(),
        f"{admin}.search": {"form"},
        f"{admin}.retry": {"ref"},
        f"{admin}.send_again": {"ref"},
        f"{admin}.switch_sms": {"on"},
        f"{ours}results____results_state.load": set(),
        f"{ours}results____results_state.follow": set(),
        f"{ours}share____share_state.load": set(),
    }


@pytest.mark.parametrize("stored", [{"a.b": 1}, {"": ""}, [], "x", 1, True])
def test_event_shapes__no_variable_comes_from_a_browser(
    shapes: dict[str, EventSchema], stored: object
) -> None:
    taking = [shape for shape in shapes.values() if "vars" in shape.taken]
    assert len(taking) == 2
    for shape in taking:
        assert shape.fits({"vars": {}})
        assert not shape.fits({"vars": stored})


def test_states__keep_nothing_in_a_browsers_storage(shapes: dict[str, EventSchema]) -> None:
    """Else ``vars`` has to be let through for their names."""
    from reflex.state import State as Root

    def names(state: Any) -> list[str]:
        mine = [name for name in state.base_vars if state._is_client_storage(name)]
        return mine + [name for inner in state.get_substates() for name in names(inner)]

    assert names(Root) == []
