"""The events that pages may send."""

from __future__ import annotations

from typing import Any

import pytest

from searchapp.web.reflex_compat.frames import EventSchema, event_schemas, shape_of


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
        """Takes an argument of an unknown type."""

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
    pages = f"{root}.searchapp___web___pages___"
    admin = f"{root}.searchapp___web___admin___state____admin_state"
    results = f"{pages}results___state____results_state"
    module = "searchapp___web___pages___results___actions___"
    action = f"{results}.{module}_action_state"
    assert {name: set(shape.taken) for name, shape in shapes.items()} == {
        f"{root}.hydrate": set(),
        f"{root}.hydrate_and_load": {"vars", "hashes"},
        f"{root}.reflex___state____update_vars_internal_state.update_vars_internal": {"vars"},
        f"{root}.reflex___state____on_load_internal_state.on_load_internal": set(),
        f"{admin}.load": set(),
        f"{admin}.follow": set(),
        f"{admin}.search": {"form"},
        f"{admin}.show_job": {"ref"},
        f"{admin}.show_failed": {"code", "offset"},
        f"{admin}.retry": {"ref"},
        f"{admin}.discard": {"ref"},
        f"{admin}.retry_all": set(),
        f"{admin}.discard_all": set(),
        f"{admin}.pause": {"paused"},
        f"{admin}.export": {"name"},
        f"{admin}.send_again": {"ref"},
        f"{admin}.switch_sms": {"on"},
        f"{results}.load": set(),
        f"{results}.refresh": set(),
        f"{results}.follow": set(),
        f"{action}.resume": {"pending"},
        f"{action}.{module}_owner_state.cancel": {"key"},
        f"{action}.{module}_owner_state.erase": {"key"},
        f"{action}.{module}_owner_state.notify": {"key", "form"},
        f"{action}.{module}_choosing_state.choose": {"key", "form", "left_out", "drawn"},
        f"{action}.{module}_again_state.search_again": {"key", "wish"},
        f"{action}.{module}_vote_state.vote": {"key", "item", "product", "said"},
        f"{action}.{module}_vote_state.opened": {"item", "product"},
        f"{action}.{module}_similar_state.show_similar": {"product"},
        f"{action}.{module}_link_state.share": {"key"},
        f"{action}.{module}_link_state.unshare": {"key"},
        f"{pages}small____share_state.load": set(),
        f"{pages}small____share_state.follow": set(),
        f"{pages}small____inbox_state.load": set(),
        f"{pages}small____inbox_state.follow": set(),
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
