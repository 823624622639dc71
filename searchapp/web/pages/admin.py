"""``/admin``: the house at a glance, for the operator."""

from __future__ import annotations

import reflex as rx

from searchapp.web.components.admin.cases import failures, lookup
from searchapp.web.components.admin.door import leave, login
from searchapp.web.components.admin.messages import sms
from searchapp.web.components.admin.now import now, standing
from searchapp.web.components.admin.searches import durations, searches
from searchapp.web.components.admin.shop import catalogue, feedback
from searchapp.web.components.admin.wording import sentence, when, word, word_by
from searchapp.web.components.shell import page, panel
from searchapp.web.states.admin import AdminState

SECTIONS = {
    "now": now,
    "lookup": lookup,
    "searches": searches,
    "durations": durations,
    "failures": failures,
    "sms": sms,
    "catalogue": catalogue,
    "feedback": feedback,
}


def admin() -> rx.Component:
    """The whole page."""
    return page(
        rx.el.link(rel="stylesheet", href="/styles/admin.css"),
        rx.match(
            AdminState.phase,
            ("open", _house()),
            ("login", login()),
            ("closed", panel("shield-check", word("closed"), word("closed_hint"))),
            ("away", rx.fragment(sentence("away", role="alert"), _house())),
            sentence("loading", role="status"),
        ),
        kind="admin",
    )


def _house() -> rx.Component:
    return rx.fragment(
        _head(),
        rx.el.p(
            word_by("note", AdminState.note),
            class_name="note-line",
            custom_attrs={"role": "status"},
        ),
        standing(),
        *(part() for part in SECTIONS.values()),
    )


def _head() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.h1(word("title")),
            rx.el.div(
                rx.el.span(when(AdminState.view["at"]), class_name="soft small"),
                leave(),
                class_name="actions",
            ),
            class_name="row",
        ),
        rx.el.nav(
            *(rx.el.a(word(key), href=f"#{key}") for key in SECTIONS),
            class_name="sections",
            custom_attrs={"aria-label": word("title")},
        ),
        class_name="head",
    )
