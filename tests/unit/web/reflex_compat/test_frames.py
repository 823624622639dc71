"""What may be said on a websocket."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.web.reflex_compat.frames import LONGEST, EventSchema, is_allowed


def is_number(value: object) -> bool:
    return isinstance(value, int)


SHAPES = {
    "state.load": EventSchema(frozenset(), {}),
    "state.update": EventSchema(
        frozenset({"vars"}), {"vars": lambda value: isinstance(value, dict), "more": is_number}
    ),
}
ROUTE = {"pathname": "/results/x", "query": {"job_id": "x"}, "asPath": "/results/x", "hash": ""}


SCHEMA = "a9255a338f3531ba78ff2c760953e9aa"


def said(
    name: object = "state.load", payload: object = None, **fields: object
) -> dict[str, object]:
    return {"name": name, "payload": {} if payload is None else payload, **fields}


def event(name: object = "state.load", payload: object = None, **fields: object) -> str:
    return f"42/_event,{json.dumps(['event', said(name, payload, **fields)])}"


def boot(event: object, **fields: object) -> str:
    return f"40/_event,{json.dumps({'event': event, **fields})}"


@pytest.mark.parametrize(
    "frame",
    [
        "2",
        "3",
        "40/_event,",
        "40/_event,{}",
        boot(said()),
        boot(said("state.update", {"vars": {}}, router_data=ROUTE), state_schema=SCHEMA),
        "41/_event,",
        '42/_event,["ping"]',
        event(),
        event(router_data=ROUTE),
        event("state.update", {"vars": {"a": 1}}),
        event("state.update", {"vars": {}, "more": 5}),
        event(router_data={}).replace("_event,", "_event,17", 1),
    ],
)
def test_is_legal__what_pages_send(frame: str) -> None:
    assert is_allowed(frame, SHAPES)


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "4",
        "5",
        "1",
        "6",
        "2probe",
        "40",
        "40/other,",
        "42/_event,",
        "42/other," + event().partition(",")[2],
        "42/_event,[]",
        '42/_event,["event"]',
        '42/_event,["event",null]',
        '42/_event,["event","x"]',
        '42/_event,["event",{},{}]',
        '42/_event,["client_error",{"message":"x"}]',
        '42/_event,["disconnect",{}]',
        '451-/_event,["event",{"_placeholder":true,"num":0}]',
        event("state.setvar"),
        event("state.load.__init__"),
        event(7),
        event(None),
        event(["state.load"]),
        event(payload={"extra": 1}),
        event(payload=[]),
        event("state.update"),
        event("state.update", {"vars": 1, "self": 2}),
        event(router_data=[]),
        event(router_data={"pathname": 5}),
        event(router_data={"query": "x"}),
        event(router_data={"query": {"a": {}}}),
        event(router_data={"query": {"a": [{}]}}),
        event("state.update", {"vars": "x"}),
        event("state.update", {"vars": {}, "more": "5"}),
        event(token="another"),
        '40/_event,{"token":"x"}',
        "40/_event,[]",
        "40/_event,{",
        boot(None),
        boot([]),
        boot(said("state.setvar", {"var_name": "x", "value": 1})),
        boot(said("state.update", {"vars": "x"})),
        boot(said(), state_schema="forged"),
        boot(said(), state_schema=7),
        boot(said(), more=1),
        event(payload={"vars": "x" * LONGEST}),
        "42/_event," + "[" * 50_000,
        '42/_event,["event",' + "[" * 20_000 + "]" * 20_000 + "]",
        '42/_event,["event",{"name":NaN}]',
    ],
)
def test_is_legal__nothing_else(frame: str) -> None:
    assert not is_allowed(frame, SHAPES)


@given(st.text(max_size=200))
def test_is_legal__noise_never_raises(noise: str) -> None:
    is_allowed(noise, SHAPES)
    assert not is_allowed(f'42/_event,["event",{noise}', SHAPES)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@given(JSON, JSON, JSON)
def test_is_legal__only_known_names_with_their_arguments(
    name: object, payload: object, route: object
) -> None:
    reported = {"name": name, "payload": payload, "router_data": route}
    assert not is_allowed(f"42/_event,{json.dumps(['event', reported])}", SHAPES)
    assert not is_allowed(boot(reported), SHAPES)
