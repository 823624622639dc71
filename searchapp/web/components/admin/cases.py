"""Single searches: those that failed, and those that somebody asks about.

What can be done stands in front, where a phone shows it without scrolling.
"""

from __future__ import annotations

import reflex as rx

from searchapp.web.components.admin.tables import cells, retry, section, short, table
from searchapp.web.components.admin.wording import sentence, when, word, word_by
from searchapp.web.states.admin import AdminState

_VIEW = AdminState.view


def lookup() -> rx.Component:
    """Asks for a search's link or a number, and shows what was found."""
    return section(
        "lookup",
        rx.el.form(
            rx.el.label(word("asked"), html_for="asked"),
            rx.el.div(
                rx.el.input(
                    name="asked", id="asked", max_length=200, auto_complete="off", required=True
                ),
                rx.el.button(word("look"), type="submit", class_name="button plain"),
                class_name="ask",
            ),
            on_submit=AdminState.search,
        ),
        rx.cond(AdminState.found.length() > 0, table(_FOUND_HEADS, AdminState.found, _found)),
    )


_FOUND_HEADS = (
    "id", "state", "reason", "action", "at", "phone", "message", "items", "stage", "until",
)  # fmt: skip


def _found(line: rx.Var) -> rx.Component:
    return cells(
        short(line),
        word_by("status", line["status"]),
        word_by("error", line["error_code"]),
        retry(line),
        when(line["at"]),
        line["phone_masked"],
        word_by("sms", line["sms"]),
        line["items"],
        word_by("stage", line["stage"]),
        when(line["until"]),
    )


def failures() -> rx.Component:
    """The newest failed searches, with reasons."""

    def row(line: rx.Var) -> rx.Component:
        return cells(
            short(line),
            word_by("error", line["error_code"]),
            retry(line),
            when(line["at"]),
            line["attempt"],
            line["phone_masked"],
        )

    heads = ("id", "reason", "action", "at", "attempt", "phone")
    return section(
        "failures",
        rx.cond(
            _VIEW["failures"].length() > 0,
            table(heads, _VIEW["failures"], row),
            sentence("none_failed"),
        ),
    )
