"""Sorting and filtering results: a sheet of options, all of them matters of one tab."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.components.bits import button, hooks, icon
from searchapp.web.components.sheets import sheet
from searchapp.web.components.vars import ARRANGE, WORDS, call, tr, tr_by

_ORDERS = (
    ("match", "results.by_match"),
    ("price", "results.by_price"),
    ("price_down", "results.by_price_down"),
)


def arrange_button() -> rx.Component:
    """Opens the sheet; says how many filters are on, so that nobody wonders what is missing."""
    narrowed = call("narrowed", ARRANGE, returns=int)
    return button(
        icon("sliders-horizontal"),
        tr("results.sort"),
        rx.cond(narrowed > 0, rx.el.span(_count(narrowed), class_name="count")),
        act="open",
        attrs=hooks(opens="arrange"),
    )


def _count(narrowed: rx.Var) -> rx.Component:
    return rx.fragment(
        rx.el.span(narrowed, custom_attrs={"aria-hidden": "true"}),
        rx.el.span(call("fill", tr("results.filters_on"), {"n": narrowed}), class_name="unseen"),
    )


def reset_button() -> rx.Component:
    """Takes every filter away, and sorts by match again."""
    return button(tr("results.reset"), kind="quiet", act="arrange-reset")


def arrange_sheet(items: rx.Var) -> rx.Component:
    """The orders, and a filter of each kind for which the results differ."""
    return sheet(
        "arrange",
        tr("results.sort"),
        _group("results.sort_by", *(_option("sort", value, tr(w)) for value, w in _ORDERS)),
        _prices(items),
        _colours(items),
        _brands(items),
        rx.el.div(
            button(tr("results.show"), kind="primary", act="close"),
            reset_button(),
            class_name="actions",
        ),
    )


def _prices(items: rx.Var) -> rx.Component:
    steps = call("priceSteps", items, returns=list[int])
    return rx.cond(
        steps.length() > 0,
        _group(
            "results.max_price",
            _option("max", 0, tr("results.any_price")),
            rx.foreach(steps, lambda step: _option("max", step, call("upTo", WORDS, step, items))),
        ),
    )


def _colours(items: rx.Var) -> rx.Component:
    slugs = call("colours", items, returns=list[str])
    return rx.cond(
        slugs.length() > 1,
        _group(
            "results.colour",
            _option("colour", "", tr("results.any_colour")),
            rx.foreach(slugs, _colour),
        ),
    )


def _colour(slug: rx.Var[str]) -> rx.Component:
    swatch = rx.el.span(class_name="swatch", custom_attrs={"aria-hidden": "true"} | hooks(c=slug))
    return _option("colour", slug, rx.fragment(swatch, tr_by("colour", slug)))


def _brands(items: rx.Var) -> rx.Component:
    names = call("brands", items, returns=list[str])
    return rx.cond(
        names.length() > 1,
        _group(
            "results.brand",
            _option("brand", "", tr("results.any_brand")),
            rx.foreach(names, lambda name: _option("brand", name, name)),
        ),
    )


def _group(words: str, *options: Any) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(tr(words)), rx.el.div(*options, class_name="chips"), class_name="group"
    )


def _option(part: str, value: Any, words: Any) -> rx.Component:
    return rx.el.button(
        icon("check"),
        words,
        type="button",
        class_name="chip",
        custom_attrs={
            "aria-pressed": rx.cond(ARRANGE[part] == value, "true", "false"),
            **hooks(act="arrange", part=part, value=value),
        },
    )
