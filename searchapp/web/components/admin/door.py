"""The door of the operator's page: plain forms, so that the cookie is set by the answer, out of
reach of scripts."""

from __future__ import annotations

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML  # type: ignore[import-untyped]

from searchapp.web.components.admin.wording import word, word_by
from searchapp.web.components.bits import hooks, icon
from searchapp.web.states.admin import AdminState


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
