"""The moment: what wants attention, who works, what waits."""

from __future__ import annotations

import reflex as rx

from searchapp.web.components.admin.tables import figure, figures, section
from searchapp.web.components.admin.wording import word, word_by
from searchapp.web.components.bits import hooks, icon
from searchapp.web.states.admin import AdminState

_VIEW = AdminState.view


def standing() -> rx.Component:
    """All is well, or what is not."""
    return rx.el.div(
        rx.cond(
            _VIEW["attention"].length() > 0,
            rx.el.ul(
                rx.foreach(
                    _VIEW["attention"],
                    lambda slug: rx.el.li(
                        icon("triangle-alert"), rx.el.span(word_by("attention", slug))
                    ),
                ),
                class_name="attention",
            ),
            rx.el.p(icon("check"), word("all_well"), class_name="attention well"),
        ),
        custom_attrs={"role": "status"} | hooks(testid="admin-standing"),
    )


def now() -> rx.Component:
    """Workers and the queue."""
    names = ("workers", "waiting", "running", "choosing", "oldest")
    return section("now", figures(*(figure(word(name), _VIEW[name]) for name in names)))
