"""What a page may say on its websocket, and the tab behind a state: who is connected, and how long
the server keeps what it shows.

Frames are those of Engine.IO and Socket.IO that Reflex's client sends, naming an event that exists,
with arguments of the kinds that it takes.  Engine.IO 4 frames begin with their kind: ``2`` ping,
``3`` pong, ``4`` message; a message goes on with the Socket.IO kind: ``0`` connect, ``1``
disconnect, ``2`` event.  A connect carries the page's first event, which Reflex handles like any
other.

A tab that is closed leaves its state behind, some 200 KB of a search; Reflex keeps one for an hour
unless it is told otherwise.  A page that comes back reads the search again, so minutes are enough,
as long as an open page touches its state in between.
"""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, is_dataclass
from types import SimpleNamespace
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

import orjson
import reflex as rx
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from reflex_base.registry import RegistrationContext
from reflex_base.utils.serializers import SERIALIZERS, serialize
from starlette.types import Scope

STATE_SECONDS = 120
"""Since it was last touched."""

TOUCH_SECONDS = 45.0
"""How often an open page touches its state: twice before it would go."""

_PEER = "asgi-scope-client"
"""Where Reflex puts the address of the peer, among the headers."""

T = TypeVar("T")


def connection_scope(state: rx.State) -> Scope:
    """The scope of the handshake, as far as it tells who is there."""
    headers = state.router.headers.raw_headers
    named = [(name.encode(), text.encode()) for name, text in headers.items() if name != _PEER]
    return {"type": "http", "client": (headers.get(_PEER, ""), 0), "headers": named}


def is_connected(app: rx.App, token: str) -> bool:
    """Whether the tab of a client token has an open websocket.

    Not by ``token_to_sid``: that copies all tokens, and each change asks once for each page.
    """
    sockets = app.event_namespace
    return sockets is not None and token in sockets._token_manager.token_to_socket  # noqa: SLF001


def to_json(value: object, **_options: object) -> str:
    """What is sent to a page, as Reflex's own encoder writes it but for the blanks, by orjson: to
    write what pages show was more than half of what a web process did for them.
    """
    flags = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
    return orjson.dumps(value, _plain, flags).decode()


def _plain(value: object) -> object:
    """A value as Reflex's serializer of its type has it; a dataclass that has none as it is."""
    if is_dataclass(value) and type(value) not in SERIALIZERS:
        return orjson.Fragment(orjson.dumps(value, serialize))
    return serialize(value)


def write_by_orjson(app: rx.App) -> None:
    """Has an app send its frames by :func:`to_json`."""
    assert app.sio is not None  # noqa: S101 - An app makes it when it is made.
    packets = app.sio.packet_class
    packets.json = SimpleNamespace(dumps=to_json, loads=packets.json.loads)


async def with_keepalive(values: AsyncIterator[T], seconds: float) -> AsyncIterator[T | None]:
    """``values``, and None whenever none came for ``seconds``."""
    coming = asyncio.ensure_future(anext(values))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=seconds)
            if not done:
                yield None
                continue
            try:
                value = coming.result()
            except StopAsyncIteration:
                return
            yield value
            coming = asyncio.ensure_future(anext(values))
    finally:
        coming.cancel()
        with suppress(asyncio.CancelledError, StopAsyncIteration):
            await coming


LONGEST = 64 * 1024
"""Characters of one frame.  No event of ours carries more than a few hundred."""

Check = Callable[[object], bool]
"""Whether a value is one that an argument takes."""

_CONNECT = re.compile(r"40/_event,(\{.*\})?", re.DOTALL)
_EVENT = re.compile(r"42/_event,\d{0,9}(\[.*\])", re.DOTALL)
_QUIET = frozenset({"2", "3", "41/_event,", '42/_event,["ping"]'})


@dataclass(frozen=True, slots=True)
class EventSchema:
    """The arguments of an event handler: the names it must get, and a check for each it takes."""

    required: frozenset[str]
    taken: Mapping[str, Check]

    def fits(self, payload: Mapping[str, Any]) -> bool:
        """Whether these are its arguments, by name and kind."""
        return self.required <= payload.keys() <= self.taken.keys() and all(
            self.taken[name](value) for name, value in payload.items()
        )


Shapes = Mapping[str, EventSchema]


class _Route(BaseModel):
    """Where the page is: paths as text, and the query as texts by name."""

    model_config = ConfigDict(extra="allow", strict=True)
    __pydantic_extra__: dict[str, str] = Field(init=False)

    query: dict[str, str | list[str]] = {}


class _Event(BaseModel):
    """An event as Reflex's client names it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    payload: dict[str, Any] = {}
    router_data: _Route = _Route()

    def is_known(self, shapes: Shapes) -> bool:
        """Whether there is such an event, with these arguments."""
        shape = shapes.get(self.name)
        return shape is not None and shape.fits(self.payload)


class _Connect(BaseModel):
    """What goes along with a connect: the first event, and which build the page is of, a hash by
    which Reflex tells a page of another build to load itself again."""

    model_config = ConfigDict(extra="forbid", strict=True)

    event: _Event = _Event(name="")
    state_schema: str | None = Field(default=None, pattern="^[0-9a-f]{32}$")


_MESSAGE = TypeAdapter(tuple[Literal["event"], _Event])


def is_allowed(frame: str, shapes: Shapes) -> bool:
    """Whether our own page could have sent ``frame``."""
    if len(frame) > LONGEST:
        return False
    if frame in _QUIET:
        return True
    connect, message = _CONNECT.fullmatch(frame), _EVENT.fullmatch(frame)
    try:
        if connect:
            first = _Connect.model_validate_json(connect[1] or "{}")
            return "event" not in first.model_fields_set or first.event.is_known(shapes)
        return message is not None and _MESSAGE.validate_json(message[1])[1].is_known(shapes)
    except ValidationError:
        return False


# --- the events that pages may send -------------------------------------------------------------

CLOSED = frozenset({"setvar", "set_is_hydrated", "handle_frontend_exception"})
"""Setting a variable by its name, and writing text of one's own into our log."""

BROWSER_STORAGE = "vars"
"""The argument by which Reflex takes variables from a browser's storage.  None of our states keeps
any there, and Reflex stumbles over names that it does not know."""

_Pair = Annotated[list[str], Field(min_length=2, max_length=2)]
_FORM = TypeAdapter(dict[str, list[_Pair]])
_FORM_KEY = "__reflex_form_data__"


def event_schemas() -> dict[str, EventSchema]:
    """The arguments of each open event handler, by its full name.

    Call it when all pages are there.
    """
    return {
        name: shape_of(registered.handler.fn)
        for name, registered in RegistrationContext.get().event_handlers.items()
        if name.rpartition(".")[2] not in CLOSED
    }


def shape_of(handler: Callable[..., Any]) -> EventSchema:
    """The arguments of a handler but for the state itself.

    :raises KeyError: when one has no type, so that its arguments are unknown.
    """
    function = inspect.unwrap(getattr(handler, "func", handler))
    parameters = list(inspect.signature(function).parameters.values())[1:]
    named = [p for p in parameters if p.kind not in {p.VAR_POSITIONAL, p.VAR_KEYWORD}]
    hints = get_type_hints(function)
    required = frozenset(p.name for p in named if p.default is p.empty)
    return EventSchema(required, {p.name: check_of(p.name, hints[p.name]) for p in named})


def takes(handler: Callable[..., Any], arguments: Sequence[object]) -> bool:
    """Whether a handler takes these arguments, in their order."""
    shape = shape_of(handler)
    payload = dict(zip(shape.taken, arguments, strict=False))
    return len(payload) == len(arguments) and shape.fits(payload)


def check_of(name: str, hint: Any) -> Check:
    """Whether a value is of the type ``hint``, nothing converted; forms also as they travel, and
    what a browser stores only when it is nothing.
    """
    adapter = TypeAdapter(hint)
    if name == BROWSER_STORAGE:
        return lambda value: not value and _is_a(adapter, value)
    if hint == dict[str, str]:
        return lambda value: _is_a(_FORM if _is_form(value) else adapter, value)
    return lambda value: _is_a(adapter, value)


def _is_form(value: object) -> bool:
    """Whether ``value`` is the fields of a form, in the order in which they stand there."""
    return isinstance(value, dict) and _FORM_KEY in value


def _is_a(adapter: TypeAdapter[Any], value: object) -> bool:
    try:
        adapter.validate_python(value, strict=True)
    except ValidationError:
        return False
    return True
