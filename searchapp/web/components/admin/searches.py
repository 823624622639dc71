"""Searches over time: by state, throughput, seconds by stage."""

from __future__ import annotations

import reflex as rx

from searchapp.web.components.admin.tables import figure, figures, scrolling, section
from searchapp.web.components.admin.wording import word, word_by
from searchapp.web.components.charts import bar_chart, level
from searchapp.web.states.admin import AdminState

_VIEW = AdminState.view


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
