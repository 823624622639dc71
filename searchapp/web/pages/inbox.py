"""``/dev/phone``: the messages that would have gone out, while no provider is connected."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.components.bits import hooks, icon
from searchapp.web.components.shell import page, panel
from searchapp.web.components.vars import INBOX, WORDS, call, tr


def inbox() -> rx.Component:
    """The whole page.  The client script asks for the messages; see ``web/extras.py``."""
    messages = INBOX["messages"].to(list[dict[str, Any]])
    return page(
        rx.match(
            INBOX["phase"].to(str),
            ("closed", panel("inbox", tr("inbox.closed"), tr("inbox.closed_hint"))),
            ("empty", panel("inbox", tr("inbox.empty"), tr("inbox.empty_hint"))),
            rx.fragment(_head(), rx.el.ol(rx.foreach(messages, _message), class_name="messages")),
        ),
        kind="words inbox",
        custom_attrs=hooks(inbox=""),
    )


def _head() -> rx.Component:
    return rx.el.div(
        rx.el.h1(tr("inbox.title")),
        rx.el.p(tr("inbox.lead"), class_name="soft"),
    )


def _message(message: rx.Var) -> rx.Component:
    return rx.el.li(
        rx.el.p(message["to"], " · ", call("when", WORDS, message["at"]), class_name="soft small"),
        rx.el.p(
            icon("message-square"),
            rx.el.span(message["text"]),
            rx.cond(
                message["link"].to(str) != "",
                rx.el.a(message["link"], href=message["link"].to(str)),
            ),
            class_name="bubble",
        ),
        custom_attrs=hooks(testid="sms"),
    )
