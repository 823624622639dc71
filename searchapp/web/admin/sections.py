"""The sections of the operator's page."""

from __future__ import annotations

import reflex as rx

from searchapp.web.admin.state import AdminState
from searchapp.web.admin.tables import (
    bar_chart,
    cells,
    figure,
    figures,
    level,
    retry,
    scrolling,
    section,
    sentence,
    short,
    table,
    when,
    word,
    word_by,
)
from searchapp.web.components.shell import hooks, icon
from searchapp.web.words import label_name

_VIEW = AdminState.view


# --- the moment -----------------------------------------------------------------------------------


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


# --- searches over time ---------------------------------------------------------------------------


def searches() -> rx.Component:
    """Stored searches by state, and what ended in the last hour and day."""
    return section(
        "searches",
        figures(
            rx.foreach(
                _VIEW["statuses"],
                lambda part: figure(word_by("status", part["name"]), part["n"]),
            )
        ),
        rx.el.div(
            chart("hour", _VIEW["minutes"], good="good"),
            chart("day", _VIEW["hours"], good="good"),
            class_name="two",
        ),
    )


def chart(key: str, bars: rx.Var, *, good: str) -> rx.Component:
    """Bars from ``key_from`` ago until now, and what they add up to; ``good`` names the good."""
    return rx.el.figure(
        rx.el.figcaption(
            rx.el.strong(word(key)),
            rx.el.span(
                rx.el.i(class_name="dot good"),
                word(good),
                " ",
                rx.el.strong(bars["good"]),
                rx.el.i(class_name="dot bad"),
                word("bad"),
                " ",
                rx.el.strong(bars["bad"]),
            ),
        ),
        bar_chart(bars, word(key)),
        rx.el.div(
            rx.el.span(word(f"{key}_from")),
            rx.el.span(word("most"), " ", bars["most"]),
            rx.el.span(word("until_now")),
            class_name="axis soft small",
        ),
    )


def durations() -> rx.Component:
    """Seconds by stage."""

    def row(part: rx.Var) -> rx.Component:
        return rx.el.tr(
            rx.el.th(word_by("stage", part["stage"]), scope="row"),
            rx.el.td(level(part["median_part"], part["p95_part"]), class_name="wide"),
            rx.el.td(part["median"], class_name="number"),
            rx.el.td(part["p95"], class_name="number soft"),
        )

    heads = rx.el.tr(
        rx.el.th(word("stage"), scope="col"),
        rx.el.td(),
        rx.el.th(word("median"), scope="col", class_name="number"),
        rx.el.th(word("p95"), scope="col", class_name="number"),
    )
    measured = rx.el.table(rx.el.thead(heads), rx.el.tbody(rx.foreach(_VIEW["durations"], row)))
    return section(
        "durations",
        rx.cond(
            _VIEW["durations"].length() > 0,
            rx.fragment(
                scrolling(measured), rx.el.p(word("durations_hint"), class_name="soft small")
            ),
            rx.el.p(word("durations_none"), class_name="soft"),
        ),
    )


# --- text messages --------------------------------------------------------------------------------


def sms() -> rx.Component:
    """All about messages."""
    return section(
        "sms",
        _switch(),
        figures(
            rx.foreach(_VIEW["sms"], lambda part: figure(word_by("sms", part["name"]), part["n"]))
        ),
        rx.el.h3(word("spending")),
        _spending(),
        _troubles(),
    )


def _switch() -> rx.Component:
    stopped = _VIEW["sms_stopped"]
    return rx.el.div(
        rx.el.p(
            rx.cond(stopped, word("sms_off"), word("sms_on")),
            class_name=rx.cond(stopped, "standing bad", "standing good"),
        ),
        rx.el.button(
            rx.cond(stopped, word("start_sms"), word("stop_sms")),
            type="button",
            class_name="button plain",
            on_click=AdminState.switch_sms(stopped.to(bool)),
            custom_attrs=hooks(testid="sms-switch"),
        ),
        class_name="row",
    )


def _spending() -> rx.Component:
    def day(line: rx.Var) -> rx.Component:
        return cells(line["day"], line["accepted"], line["segments"], line["failed"])

    return rx.cond(
        _VIEW["days"].length() > 0,
        rx.el.div(
            chart("fortnight", _VIEW["spending"], good="accepted"),
            table(("date", "accepted", "segments", "failed"), _VIEW["days"], day),
            class_name="two",
        ),
        sentence("spending_none"),
    )


def _troubles() -> rx.Component:
    def row(line: rx.Var) -> rx.Component:
        button = rx.el.button(
            word("again"),
            type="button",
            class_name="button plain small",
            on_click=AdminState.send_again(line["ref"].to(str)),
        )
        return cells(
            short(line),
            word_by("sms", line["state"]),
            line["error"],
            rx.cond(line["again"], button),
            when(line["at"]),
        )

    return rx.cond(
        _VIEW["troubles"].length() > 0,
        rx.fragment(
            rx.el.h3(word("troubles")),
            table(("id", "state", "reason", "action", "at"), _VIEW["troubles"], row),
        ),
    )


# --- what is searched -----------------------------------------------------------------------------


def catalogue() -> rx.Component:
    """Feeds with their sizes, and the latest imports."""

    def feed(line: rx.Var) -> rx.Component:
        return cells(line["feed"], line["products"], line["in_stock"], when(line["updated_at"]))

    heads = ("feed", "products", "in_stock", "updated")
    return section(
        "catalogue",
        rx.cond(
            _VIEW["feeds"].length() > 0,
            rx.fragment(
                figures(figure(word("all_products"), _VIEW["products"])),
                table(heads, _VIEW["feeds"], feed),
            ),
            sentence("no_products"),
        ),
        _imports(),
    )


def _imports() -> rx.Component:
    def run(line: rx.Var) -> rx.Component:
        return cells(
            line["feed"],
            word_by("import", line["state"]),
            line["added"],
            line["changed"],
            line["refused"],
            when(line["at"]),
        )

    heads = ("feed", "state", "added", "changed", "refused", "at")
    return rx.cond(
        _VIEW["imports"].length() > 0,
        rx.fragment(rx.el.h3(word("imports")), table(heads, _VIEW["imports"], run)),
    )


def feedback() -> rx.Component:
    """Votes and clicks by kind of garment."""

    def row(line: rx.Var) -> rx.Component:
        said = (line["confirmed"], line["rejected"], line["clicked"])
        return cells(label_name(line["label"]), *said)

    return section(
        "feedback",
        rx.cond(
            _VIEW["feedback"].length() > 0,
            table(("kind", "confirmed", "rejected", "clicked"), _VIEW["feedback"], row),
            sentence("no_feedback"),
        ),
    )


# --- single searches ------------------------------------------------------------------------------


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
