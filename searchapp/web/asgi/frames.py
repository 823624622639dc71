"""What a page may say on its websocket: the Engine.IO and Socket.IO frames that Reflex's client
sends, naming an event that exists, with arguments that it takes.

Engine.IO 4 frames begin with their kind: ``2`` ping, ``3`` pong, ``4`` message; a message goes on
with the Socket.IO kind: ``0`` connect, ``1`` disconnect, ``2`` event.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONGEST = 64 * 1024
"""Characters of one frame.  No event of ours carries more than a few hundred."""

_CONNECT = re.compile(r"40/_event,(?:\{.{0,2000}\})?", re.DOTALL)
_EVENT = re.compile(r"42/_event,\d{0,9}(\[.*\])", re.DOTALL)
_QUIET = frozenset({"2", "3", "41/_event,", '42/_event,["ping"]'})


@dataclass(frozen=True, slots=True)
class EventShape:
    """The arguments of an event handler: the names it must get, and all that it takes."""

    required: frozenset[str]
    taken: frozenset[str]

    def fits(self, payload: Mapping[str, Any]) -> bool:
        """Whether these are its arguments, by name."""
        return self.required <= payload.keys() <= self.taken


def is_legal(frame: str, shapes: Mapping[str, EventShape]) -> bool:
    """Whether our own page could have sent ``frame``."""
    if len(frame) > LONGEST:
        return False
    if frame in _QUIET or _CONNECT.fullmatch(frame):
        return True
    found = _EVENT.fullmatch(frame)
    if found is None:
        return False
    try:
        said = json.loads(found[1])
    except (ValueError, RecursionError):
        return False
    return len(said) == 2 and said[0] == "event" and _is_event(said[1], shapes)


def _is_event(event: object, shapes: Mapping[str, EventShape]) -> bool:
    if not isinstance(event, dict) or not isinstance(event.get("name"), str):
        return False
    shape = shapes.get(event["name"])
    payload = event.get("payload", {})
    return (
        shape is not None
        and isinstance(payload, dict)
        and shape.fits(payload)
        and _is_route(event.get("router_data", {}))
    )


def _is_route(route: object) -> bool:
    """Where the page is: paths as text, and the query as texts by name."""
    if not isinstance(route, dict):
        return False
    query = route.get("query", {})
    return (
        all(isinstance(value, str) for name, value in route.items() if name != "query")
        and isinstance(query, dict)
        and all(isinstance(value, str | list) for value in query.values())
    )
