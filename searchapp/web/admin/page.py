"""``/admin``: the system at a glance, for the operator; with its sections about products: feeds,
what people look for, and say.
"""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from searchapp.web.admin.lines import (
    DemandLine,
    FeedbackLine,
    FeedLine,
    ImportLine,
    ProductLine,
    ScheduleLine,
)
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
from searchapp.web.admin.state import AdminState
from searchapp.web.admin.tables import (
    BAD,
    FAIR,
    GOOD,
    cells,
    figure,
    figures,
    named,
    section,
    sentence,
    small_button,
    stacked_chart,
    table,
    titled_table,
    unless_empty,
    when,
    word,
    word_by,
)
from searchapp.web.components.shell import hooks, icon, page, panel
from searchapp.web.words import label_name, tr, tr_by

_VIEW = AdminState.view


def catalogue() -> rx.Component:
    """Feeds with their sizes, those by address, and the latest imports of all."""

    def feed(line: rx.vars.ObjectVar[FeedLine]) -> rx.Component:
        return cells(line.feed, line.products, line.in_stock, when(line.updated_at))

    heads = ("feed", "products", "in_stock", "updated")
    return section(
        "catalogue",
        unless_empty(
            _VIEW.feeds,
            "no_products",
            figures(figure(word("all_products"), _VIEW.products)),
            table(heads, _VIEW.feeds, feed),
        ),
        _schedules(),
        _imports(),
    )


def _schedules() -> rx.Component:
    def schedule(line: rx.vars.ObjectVar[ScheduleLine]) -> rx.Component:
        return cells(
            line.feed,
            line.every,
            when(line.last_success_at),
            when(line.next_at),
            line.last_error,
            line.shown_address,
        )

    heads = ("feed", "every", "last_success", "next", "reason", "address")
    return titled_table("schedules", heads, _VIEW.schedules, schedule)


def _imports() -> rx.Component:
    counts = ("added", "changed", "unchanged", "removed", "refused", "seconds")

    def run(line: rx.vars.ObjectVar[ImportLine]) -> rx.Component:
        return cells(
            line.feed,
            word_by("import", line.state),
            when(line.at),
            *named(line, *counts),
            line.error,
            line.source,
        )

    heads = ("feed", "state", "at", *counts, "reason", "source")
    return titled_table("imports", heads, _VIEW.imports, run)


def demand() -> rx.Component:
    """How well each kind is found, and what is asked for and never found."""
    rows, found = _VIEW.demand, ("same", "similar", "none")
    parts = dict(zip(found, ((word(f"match.{n}"), c) for n, c in _FOUND.items()), strict=True))
    shares = ("searched", *found, "similar_share", "none_share")

    def kind(line: rx.vars.ObjectVar[dict[str, Any]]) -> rx.Component:
        return cells(label_name(line["kind"].to(str)), *named(line, *shares))

    heads = ("kind", "searched", *(f"match.{name}" for name in found))
    return section(
        "demand",
        unless_empty(
            rows,
            "no_demand",
            stacked_chart(rows, word("demand"), parts, height=220),
            table((*heads, "similar_share", "none_share"), rows, kind),
            _not_found(),
            _download("demand"),
        ),
    )


_FOUND = {"same": GOOD, "similar": FAIR, "none": BAD}


def _not_found() -> rx.Component:
    def line_of(line: rx.vars.ObjectVar[DemandLine]) -> rx.Component:
        colour = line.colour.to(str)
        named = rx.cond(colour != "", tr_by("colour", colour, colour), tr("results.any_colour"))
        return cells(label_name(line.kind.to(str)), named, line.searched)

    return titled_table("not_found", ("kind", "colour", "searched"), _VIEW.not_found, line_of)


def feedback() -> rx.Component:
    """Votes and clicks by kind of garment and by product."""
    said = ("confirmed", "rejected", "clicked")

    def kind(line: rx.vars.ObjectVar[FeedbackLine]) -> rx.Component:
        return cells(label_name(line.label), *named(line, *said))

    def product(line: rx.vars.ObjectVar[ProductLine]) -> rx.Component:
        return cells(line.title, rx.el.code(line.product), *named(line, *said))

    return section(
        "feedback",
        unless_empty(
            _VIEW.feedback,
            "no_feedback",
            table(("kind", *said), _VIEW.feedback, kind),
            rx.el.h3(word("products")),
            table(("title_", "product", *said), _VIEW.product_feedback, product),
            _download("feedback"),
        ),
    )


def _download(name: str) -> rx.Component:
    return rx.el.div(small_button("export", AdminState.export(name)), class_name="actions exports")


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
                rx.el.span(when(AdminState.view.at), class_name="soft small"),
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
