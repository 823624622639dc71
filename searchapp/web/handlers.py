"""The events that pages may send: what Reflex registered, without the doors that we do not use."""

from __future__ import annotations

import inspect

from reflex_base.registry import RegistrationContext

from searchapp.web.asgi.frames import EventShape

CLOSED = frozenset({"setvar", "set_is_hydrated", "handle_frontend_exception"})
"""Setting a variable by its name, and writing text of one's own into our log."""


def event_shapes() -> dict[str, EventShape]:
    """The arguments of each open event handler, by its full name.

    Call it when all pages are there.
    """
    return {
        name: shape_of(registered.handler.fn)
        for name, registered in RegistrationContext.get().event_handlers.items()
        if name.rpartition(".")[2] not in CLOSED
    }


def shape_of(handler: object) -> EventShape:
    """The arguments of a handler but for the state itself."""
    function = getattr(handler, "func", handler)
    parameters = list(inspect.signature(function).parameters.values())[1:]  # type: ignore[arg-type]
    named = [p for p in parameters if p.kind not in {p.VAR_POSITIONAL, p.VAR_KEYWORD}]
    required = frozenset(p.name for p in named if p.default is p.empty)
    return EventShape(required, frozenset(p.name for p in named))
