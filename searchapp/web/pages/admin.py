"""``/admin``: the house at a glance, for the operator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML  # type: ignore[import-untyped]

from searchapp.web.admin.words import WORDS as ALL_WORDS
from searchapp.web.components.bits import hooks, icon
from searchapp.web.components.charts import bar_chart, level
from searchapp.web.components.shell import page, panel
from searchapp.web.components.vars import WORDS, call, label_name
from searchapp.web.states.admin import AdminState

_VIEW = AdminState.view
_ENGLISH = WORDS["nav.language_code"] == "ko"
"""The switch offers the other language."""


class PlainForm(BaseHTML):
    """A form that the browser itself sends; Reflex's own one always stops that."""

    tag = "form"


def word(key: str) -> rx.Var:
    """A word of this page in the reader's language; it travels with this page alone."""
    korean, english = ALL_WORDS[key]
    return rx.cond(_ENGLISH, english, korean)


def word_by(prefix: str, slug: Any) -> rx.Var:
    """The word of ``prefix.slug`` where the slug comes from the server; unknown ones stay."""
    names = [key.partition(".")[2] for key in ALL_WORDS if key.startswith(f"{prefix}.")]
    return rx.match(slug, *((name, word(f"{prefix}.{name}")) for name in names), slug)


def admin() -> rx.Component:
    """The whole page."""
    return page(
        rx.el.link(rel="stylesheet", href="/styles/admin.css"),
        rx.match(
            AdminState.phase,
            ("open", _house()),
            ("login", _login()),
            ("closed", panel("shield-check", word("closed"), word("closed_hint"))),
            ("away", rx.fragment(_sentence("away", role="alert"), _house())),
            _sentence("loading", role="status"),
        ),
        kind="admin",
    )


def _sentence(key: str, **attrs: str) -> rx.Component:
    return rx.el.p(word(key), class_name="soft", custom_attrs=attrs)


# --- the door --------------------------------------------------------------------------------


def _login() -> rx.Component:
    """A plain form: the cookie is set by the answer, out of reach of scripts."""
    problem = AdminState.router.url.query_parameters["problem"].to(str)
    wait = AdminState.router.url.query_parameters["wait"].to(str)
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
        rx.cond(
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
        ),
        rx.el.button(word("enter"), type="submit", class_name="button primary large"),
        class_name="door",
        custom_attrs={"action": "/api/admin/login", "method": "post"} | hooks(testid="login"),
    )


def _leave() -> rx.Component:
    return PlainForm.create(
        rx.el.button(word("leave"), type="submit", class_name="button plain"),
        custom_attrs={"action": "/api/admin/logout", "method": "post"},
    )


# --- the house -------------------------------------------------------------------------------


def _house() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.h1(word("title")),
            rx.el.div(
                rx.el.span(call("when", WORDS, _VIEW["at"]), class_name="soft small"),
                _leave(),
                class_name="actions",
            ),
            class_name="row",
        ),
        rx.el.p(
            word_by("note", AdminState.note),
            class_name="note-line",
            custom_attrs={"role": "status"},
        ),
        _now(),
        _lookup(),
        _searches(),
        _durations(),
        _failures(),
        _sms(),
        _catalogue(),
        _feedback(),
    )


def _section(key: str, *children: Any) -> rx.Component:
    return rx.el.section(rx.el.h2(word(key)), *children, custom_attrs=hooks(testid=f"admin-{key}"))


def _figure(name: Any, value: Any) -> rx.Component:
    return rx.el.div(rx.el.dt(name), rx.el.dd(value))


def _figures(*figures: rx.Component) -> rx.Component:
    return rx.el.dl(*figures, class_name="figures")


def _now() -> rx.Component:
    return _section(
        "now",
        _figures(
            *(
                _figure(word(name), _VIEW[name])
                for name in ("workers", "waiting", "running", "choosing", "oldest")
            )
        ),
        rx.cond(
            _VIEW["workers"].to(int) == 0,
            rx.el.p(icon("triangle-alert"), word("no_workers"), class_name="problem shown"),
        ),
    )


def _searches() -> rx.Component:
    statuses = _VIEW["statuses"]
    return _section(
        "searches",
        _figures(
            rx.foreach(statuses, lambda part: _figure(word_by("status", part["name"]), part["n"]))
        ),
        rx.el.div(
            _chart("hour", _VIEW["minutes"]), _chart("day", _VIEW["hours"]), class_name="two"
        ),
    )


def _chart(key: str, chart: rx.Var) -> rx.Component:
    return rx.el.figure(
        bar_chart(chart, word(key)),
        rx.el.figcaption(
            word(key),
            ": ",
            rx.el.strong(chart["good"]),
            " ",
            word("good"),
            ", ",
            rx.el.strong(chart["bad"]),
            " ",
            word("bad"),
            rx.el.span(" · ", word("most"), " ", chart["most"], class_name="soft"),
        ),
    )


def _durations() -> rx.Component:
    def row(part: rx.Var) -> rx.Component:
        return rx.el.tr(
            rx.el.th(word_by("stage", part["stage"]), scope="row"),
            rx.el.td(level(part["median_part"], part["p95_part"]), class_name="wide"),
            rx.el.td(part["median"], class_name="number"),
            rx.el.td(part["p95"], class_name="number soft"),
        )

    return _section(
        "durations",
        _scrolling(rx.el.table(rx.el.tbody(rx.foreach(_VIEW["durations"], row)))),
        rx.el.p(word("durations_hint"), class_name="soft small"),
    )


def _scrolling(table: rx.Component) -> rx.Component:
    return rx.el.div(table, class_name="scrolling", custom_attrs={"tabindex": "0"})


def _table(
    heads: Sequence[str], rows: rx.Var, row: Callable[[rx.Var], rx.Component]
) -> rx.Component:
    return _scrolling(
        rx.el.table(
            rx.el.thead(rx.el.tr(*(rx.el.th(word(head), scope="col") for head in heads))),
            rx.el.tbody(rx.foreach(rows, row)),
        )
    )


def _row(*cells: Any) -> rx.Component:
    return rx.el.tr(*(rx.el.td(cell) for cell in cells))


def _when(moment: Any) -> rx.Var:
    return call("when", WORDS, moment)


def _retry(line: rx.Var) -> rx.Component:
    return rx.cond(
        line["may_retry"],
        rx.el.button(
            word("retry"),
            type="button",
            class_name="button plain small",
            on_click=AdminState.retry(line["ref"].to(str)),
        ),
    )


def _short(line: rx.Var) -> rx.Component:
    return rx.el.code(line["short"], "…")


def _failures() -> rx.Component:
    def row(line: rx.Var) -> rx.Component:
        return _row(
            _short(line),
            word_by("error", line["error"]),
            line["attempt"],
            line["phone"],
            _when(line["at"]),
            _retry(line),
        )

    heads = ("id", "reason", "attempt", "phone", "at", "action")
    return _section(
        "failures",
        rx.cond(
            _VIEW["failures"].length() > 0,
            _table(heads, _VIEW["failures"], row),
            _sentence("none_failed"),
        ),
    )


def _lookup() -> rx.Component:
    def row(line: rx.Var) -> rx.Component:
        return _row(
            _short(line),
            word_by("status", line["status"]),
            word_by("stage", line["stage"]),
            word_by("error", line["error"]),
            line["items"],
            line["phone"],
            word_by("sms", line["sms"]),
            _when(line["at"]),
            _when(line["until"]),
            _retry(line),
        )

    heads = (
        "id", "state", "stage", "reason", "items", "phone", "message", "at", "until", "action",
    )  # fmt: skip
    return _section(
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
        rx.cond(AdminState.found.length() > 0, _table(heads, AdminState.found, row)),
    )


def _sms() -> rx.Component:
    def day(line: rx.Var) -> rx.Component:
        return _row(line["day"], line["accepted"], line["segments"], line["failed"])

    return _section(
        "sms",
        rx.el.div(
            rx.el.p(
                rx.cond(_VIEW["sms_stopped"], word("sms_off"), word("sms_on")),
                class_name=rx.cond(_VIEW["sms_stopped"], "standing bad", "standing good"),
            ),
            rx.el.button(
                rx.cond(_VIEW["sms_stopped"], word("start_sms"), word("stop_sms")),
                type="button",
                class_name="button plain",
                on_click=AdminState.switch_sms(_VIEW["sms_stopped"].to(bool)),
                custom_attrs=hooks(testid="sms-switch"),
            ),
            class_name="row",
        ),
        _figures(
            rx.foreach(_VIEW["sms"], lambda part: _figure(word_by("sms", part["name"]), part["n"]))
        ),
        rx.el.h3(word("spending")),
        rx.cond(
            _VIEW["days"].length() > 0,
            _table(("date", "accepted", "segments", "failed"), _VIEW["days"], day),
            _sentence("spending_none"),
        ),
        _troubles(),
    )


def _troubles() -> rx.Component:
    def row(line: rx.Var) -> rx.Component:
        button = rx.el.button(
            word("again"),
            type="button",
            class_name="button plain small",
            on_click=AdminState.send_again(line["ref"].to(str)),
        )
        return _row(
            _short(line),
            word_by("sms", line["state"]),
            line["error"],
            _when(line["at"]),
            rx.cond(line["may_again"], button),
        )

    return rx.cond(
        _VIEW["troubles"].length() > 0,
        rx.fragment(
            rx.el.h3(word("troubles")),
            _table(("id", "state", "reason", "at", "action"), _VIEW["troubles"], row),
        ),
    )


def _catalogue() -> rx.Component:
    def feed(line: rx.Var) -> rx.Component:
        return _row(line["feed"], line["products"], line["in_stock"], _when(line["at"]))

    def run(line: rx.Var) -> rx.Component:
        return _row(
            line["feed"],
            word_by("import", line["state"]),
            line["added"],
            line["changed"],
            line["refused"],
            _when(line["at"]),
        )

    return _section(
        "catalogue",
        rx.cond(
            _VIEW["feeds"].length() > 0,
            _table(("feed", "products", "in_stock", "updated"), _VIEW["feeds"], feed),
            _sentence("no_products"),
        ),
        rx.cond(
            _VIEW["imports"].length() > 0,
            rx.fragment(
                rx.el.h3(word("imports")),
                _table(
                    ("feed", "state", "added", "changed", "refused", "at"), _VIEW["imports"], run
                ),
            ),
        ),
    )


def _feedback() -> rx.Component:
    def row(line: rx.Var) -> rx.Component:
        return _row(label_name(line["label"]), line["confirmed"], line["rejected"], line["clicked"])

    return _section(
        "feedback",
        rx.cond(
            _VIEW["feedback"].length() > 0,
            _table(("kind", "confirmed", "rejected", "clicked"), _VIEW["feedback"], row),
            _sentence("no_feedback"),
        ),
    )
