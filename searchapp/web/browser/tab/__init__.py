"""What surrounds a page in its tab.

Why Python cannot do it: title and icon of a tab in the background change while it is hidden; that a
phone slept, or is online again, only the browser hears (``rx.window_event_listener`` knows neither
``online`` nor a clock that jumped); focus and scrolling are calls of methods of elements.
"""

from __future__ import annotations

from typing import Annotated

import reflex as rx
from reflex.event import no_args_event_spec, passthrough_event_spec

from searchapp.web.browser import module
from searchapp.web.browser.client_var import call

MODULE = module("tab/tab.jsx")


class Tab(rx.Component):
    """Draws nothing."""

    library = MODULE
    tag = "Tab"

    title: rx.Var[str]
    lang: rx.Var[str]

    icon: rx.Var[str]
    """The address of the tab's icon."""

    on_wake: Annotated[rx.EventHandler, no_args_event_spec]
    """The page was shown again, has slept, is online again, or another tab has done something."""

    on_look: Annotated[rx.EventHandler, passthrough_event_spec(bool, bool)]
    """Whether the tab is hidden, and whether the browser has a network; also once at the
    beginning."""


def focus_on(selector: str, *, top: bool = False, lost: bool = False) -> object:
    """An event that moves the focus once what was set before it has been drawn.

    :param top: whether the page is scrolled to its top, too.
    :param lost: only if the element that had it is no longer there; nothing scrolls then.
    """
    return call("focusOn", selector, top, lost, library=MODULE)


def turn(strip: rx.Var[str], by: int) -> object:
    """An event that scrolls the element of that id by most of its width; ``by`` is 1 or -1."""
    return call("turn", strip, by, library=MODULE)
