"""The events that pages may send: what Reflex registered, without the doors that we do not use."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any, get_type_hints

from pydantic import Field, TypeAdapter, ValidationError
from reflex_base.registry import RegistrationContext

from searchapp.web.reflex_compat.frames import Check, EventSchema

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
