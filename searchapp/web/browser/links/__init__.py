"""Links on their way to other people, and the short sentence that says how it went.

Why Python cannot do it: ``rx.set_clipboard`` does not tell whether the text was copied, and needs a
connection that is not busy; the phone's own share sheet (``navigator.share``) opens during a tap
alone; whether the page is in a frame, and who may frame it, only the browser knows.
"""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.vars.function import ArgsFunctionOperation, FunctionVar
from reflex_base.event import EventChain

from searchapp.web.browser import module
from searchapp.web.browser.client_var import ClientVar, call, function

MODULE = module("links/links.js")

TOAST = ClientVar("toast", {"text": "", "at": 0}, "page")
"""The last short sentence, and when it was said."""


def copy_link(link: Any, said: Any, failed: Any) -> Any:
    """An event that copies ``link``, or the page's own address when it is empty."""
    return call("copyLink", link, say(said), say(failed), library=MODULE)


def share_link(link: Any, said: Any, failed: Any, title: Any) -> Any:
    """An event that opens the phone's sheet; where there is none the link is copied."""
    return call("shareLink", link, say(said), say(failed), title, library=MODULE)


def say(text: Any) -> Any:
    """An event that shows a short sentence for a moment."""
    return TOAST.set({"text": text, "at": rx.Var("Date.now()").to(int)})


def choose(product: dict[str, Any]) -> Any:
    """An event of a link that hands ``product`` to the page of the shop that frames this one, in
    place of opening the link; outside of a frame it does nothing."""
    handed = function("choose", rx.Var("event"), product, library=MODULE)
    return ArgsFunctionOperation.create(("event",), handed).to(FunctionVar, EventChain)
