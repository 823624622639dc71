"""The filters that a search has, and searching the whole catalogue with others."""

from __future__ import annotations

import reflex as rx

from searchapp.web.components.bits import button, hooks, icon
from searchapp.web.components.vars import ARRANGE, WORDS, call, tr
from searchapp.web.states.results import ResultsState

JOB = ResultsState.job


def filter_chips() -> rx.Component:
    """Each filter of the search; once it has ended, taking one away searches again without it."""
    chips = call("filterChips", WORDS, JOB.filters, returns=list[dict[str, str]])
    return rx.cond(
        JOB.filters_json != "",
        rx.el.div(
            rx.el.h2(tr("filters.title"), id="filters-title"),
            rx.el.ul(
                rx.foreach(chips, _chip),
                class_name="chips",
                custom_attrs={"aria-labelledby": "filters-title"},
            ),
            class_name="filters",
            custom_attrs=hooks(testid="filters"),
        ),
    )


def _chip(chip: rx.Var[dict[str, str]]) -> rx.Component:
    words = call("fill", tr("filters.without"), {"name": chip["text"]})
    return rx.el.li(
        rx.cond(
            JOB.running | (JOB.again == ""),
            rx.el.span(chip["text"], class_name="chip fixed"),
            rx.el.button(
                chip["text"],
                icon("x"),
                type="button",
                class_name="chip",
                custom_attrs={
                    "aria-label": words,
                    **hooks(act="again-without", name=chip["name"], failed=tr("error.action")),
                },
            ),
        )
    )


def search_everywhere() -> rx.Component:
    """The end of the sheet: a new search of the same photo with its filters."""
    none = call("narrowed", ARRANGE, returns=int) == 0
    return rx.cond(
        JOB.again != "",
        rx.el.div(
            everywhere_button(disabled=none),
            rx.el.p(tr("filters.note"), class_name="soft small"),
            class_name="everywhere",
        ),
    )


def everywhere_button(*, disabled: rx.Var | bool = False) -> rx.Component:
    """Starts that search."""
    return button(
        icon("search"),
        tr("filters.everywhere"),
        act="again-narrower",
        attrs=hooks(failed=tr("error.action"), crossed=tr("filters.crossed")),
        disabled=disabled,
    )
