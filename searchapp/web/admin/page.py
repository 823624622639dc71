"""``/admin``: the system at a glance, for the operator."""

from __future__ import annotations

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML  # type: ignore[import-untyped]

from searchapp.web.admin.sections import (
    audit,
    durations,
    failures,
    lookup,
    now,
    searches,
    sms,
    standing,
)
from searchapp.web.admin.shop import catalogue, demand, feedback
from searchapp.web.admin.state import AdminState
from searchapp.web.admin.tables import sentence, when, word, word_by
from searchapp.web.components.shell import hooks, icon, page, panel

# --- logging in ----------------------------------------------------------------------------------
# Plain forms, so that the cookie is set by the answer, out of reach of scripts.


class PlainForm(BaseHTML):
    """A form that the browser itself sends; Reflex's own one always stops that."""

    tag = "form"


def login() -> rx.Component:
    """Asks for the password, and says why the last one did not open."""
    return PlainForm.create(
        rx.el.h1(word("login")),
        rx.el.label(word("password"), html_for="password"),
        rx.el.input(
            type="password",
            name="password",
            id="password",
            auto_complete="current-password",
            required=True,
            max_length=1024,
        ),
        _problem(),
        rx.el.button(word("enter"), type="submit", class_name="button primary large"),
        class_name="door",
        custom_attrs={"action": "/api/admin/login", "method": "post"} | hooks(testid="login"),
    )


def _problem() -> rx.Component:
    problem = AdminState.router.url.query_parameters["problem"].to(str)
    wait = AdminState.router.url.query_parameters["wait"].to(str)
    return rx.cond(
        problem,
        rx.el.p(
            icon("triangle-alert"),
            rx.el.span(
                word_by("problem", problem),
                rx.cond(
                    problem == "too_many_requests",
                    rx.el.span(" ", word("wait"), wait),
                ),
            ),
            class_name="problem shown",
            custom_attrs={"role": "alert"},
        ),
    )


def leave() -> rx.Component:
    """Logs out."""
    return PlainForm.create(
        rx.el.button(word("leave"), type="submit", class_name="button plain"),
        custom_attrs={"action": "/api/admin/logout", "method": "post"},
    )


# --- the page ------------------------------------------------------------------------------------


SECTIONS = {
    "now": now,
    "lookup": lookup,
    "searches": searches,
    "durations": durations,
    "failures": failures,
    "sms": sms,
    "catalogue": catalogue,
    "demand": demand,
    "feedback": feedback,
    "audit": audit,
}


def admin() -> rx.Component:
    """The whole page."""
    return page(
        rx.el.link(rel="stylesheet", href="/styles/admin.css"),
        rx.match(
            AdminState.phase,
            ("open", _system()),
            ("login", login()),
            ("closed", panel("shield-check", word("closed"), word("closed_hint"))),
            ("unavailable", rx.fragment(sentence("away", role="alert"), _system())),
            sentence("loading", role="status"),
        ),
        title=word("title"),
        kind="admin",
    )


def _system() -> rx.Component:
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
