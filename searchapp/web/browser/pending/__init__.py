"""Actions that are noted before they are asked for: at most once becomes exactly once.

Why Python cannot do it: an event that is sent into a socket which died silently is lost, and only
the browser knows that it was asked for.  So a tap notes its action under a fresh key in the tab's
own storage (:func:`noted`, in the arguments of the event itself); the handler, which is idempotent
by that key, answers it in a state var; whatever is not answered when the page is connected again is
resumed.  What is noted also tells the page that a button is busy, and shows a vote at once.
"""

from __future__ import annotations

from typing import Annotated, Any

import reflex as rx
from reflex.event import passthrough_event_spec

from searchapp.web.browser import module
from searchapp.web.browser.client_var import ClientVar, function

MODULE = module("pending/pending.jsx")

PENDING = ClientVar("pending", {}, "tab")
"""The actions that are not answered yet, by their names."""


class PendingActions(rx.Component):
    """Draws nothing; forgets what is answered, and resumes what is not at each new visit."""

    library = MODULE
    tag = "PendingActions"

    answered: rx.Var[dict[str, str]]
    """By key: where an action has led to, or nothing."""

    visit: rx.Var[str]
    """Another text at each connection; empty before the first."""

    on_resume: Annotated[rx.EventHandler, passthrough_event_spec(dict[str, dict[str, Any]])]
    """``key``, ``path`` and ``args`` of each, by their names."""

    on_moved: Annotated[rx.EventHandler, passthrough_event_spec(str)]
    """Where an action has led to."""


def noted(name: str | rx.Var[str], *arguments: Any) -> rx.Var[str]:
    """The key under which an action is noted at the moment of the tap."""
    key: rx.Var[str] = function("noted", name, *arguments, library=MODULE)
    return key


def is_pending(name: str) -> rx.Var[bool]:
    """Whether the action of that name is not answered yet."""
    found: rx.Var[bool] = PENDING.part(lambda actions: actions.contains(name)).to(bool)
    return found


def pending_argument(name: rx.Var[str], place: int) -> rx.Var[str]:
    """An argument of the action of that name, nothing if there is none that is not answered."""

    def argument(actions: rx.Var[Any]) -> rx.Var[Any]:
        return actions.to(dict[str, dict[str, list[str]]])[name]["args"][place]

    found: rx.Var[str] = PENDING.part(argument).to(str)
    return found
